#include "serialization/weights_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nn/assets.hpp"
#include "nn/error.hpp"
#include "serialization/weight_listing.hpp"

namespace rhyton {

namespace {

/// The name of a class in a path. "package>Class": Python's name of the class alone. One class has another
/// name in public.
std::string path_name(std::string name) {
  if (const auto separator = name.find('>'); separator != std::string::npos)
    name = name.substr(separator + 1);
  return snake_case(name == "GroupQueryAttention" ? "GroupedQueryAttention" : name);
}

/// Paths of a model's layers: "layers/dense", "layers/dense_1".
class LayerPaths {
 public:
  explicit LayerPaths(const std::string& model) : model_(model) {}
  std::string next(const std::string& class_name) {
    const std::string name = path_name(class_name);
    const int count = used_[name]++;
    return join_path(model_, "layers/" + (count == 0 ? name : fmt::format("{}_{}", name, count)));
  }

 private:
  const std::string& model_;
  std::map<std::string, int> used_;
};

/// Finds a path under the names that other versions of Keras gave to its parts.
class PathResolver {
 public:
  explicit PathResolver(const WeightsStore& store) : store_(store) {}

  /// The path as it is in the store; empty if nothing is there.
  std::string resolve(const std::string& path) const {
    std::string found;
    std::size_t position = 0;
    while (position < path.size()) {
      const auto end = std::min(path.find('/', position), path.size());
      found = step(found, path.substr(position, end - position));
      if (found.empty()) return found;
      position = end + 1;
    }
    return found;
  }

 private:
  std::string step(const std::string& at, const std::string& part) const {
    // Attention's parts began with an underscore in Keras 2; Keras 2.12 and 2.13 had another word for
    // "layers".
    std::vector<std::string> names = {part, part[0] == '_' ? part.substr(1) : "_" + part};
    if (part == "layers") names.emplace_back("_layer_checkpoint_dependencies");
    for (const auto& name : names)
      if (store_.has(join_path(at, name))) return join_path(at, name);
    return {};
  }

  const WeightsStore& store_;
};

/// Where a file keeps the layers of a partial model: under the layers' own names where it says them, since a
/// class that is not known may be of another path than its name tells, and shift those behind it.
class PartialPaths {
 public:
  PartialPaths(const WeightsStore& store, const PartialModel& model, const std::string& path)
      : store_(store), computed_(path) {
    for (const PartialLayer& part : model.layers) layers_.insert(part.name);
    const std::string all = PathResolver(store).resolve(join_path(path, "layers"));
    if (all.empty()) return;
    for (const auto& child : store.children(all)) {
      const std::string at = join_path(all, child);
      const std::string name = name_at(at);
      if (layers_.count(name) != 0) named_.emplace(name, at);
    }
  }

  std::string next(const PartialLayer& part) {
    const std::string class_name = part.layer ? part.layer->class_name() : part.class_name;
    std::string path = computed_.next(class_name);
    if (const auto named = named_.find(part.name); named != named_.end()) return named->second;
    // Another layer's, so this one has none.
    for (std::string there = PathResolver(store_).resolve(path);
         !there.empty() && named_.count(name_at(there)) != 0; there = PathResolver(store_).resolve(path))
      path = computed_.next(class_name);
    return path;
  }

 private:
  std::string name_at(const std::string& path) const {
    try {
      return store_.layer_name(path);
    } catch (const Error&) {
      return {};  // no variables, so no place for a name
    }
  }

  const WeightsStore& store_;
  LayerPaths computed_;
  std::set<std::string> layers_;
  std::map<std::string, std::string> named_;
};

class GroupCollector {
 public:
  std::vector<WeightGroup> groups;
  /// Layers of a partial model whose weights are not known, and where the file keeps them.
  std::vector<std::pair<std::string, const PartialLayer*>> unjudged;

  void model(const GraphLayer& model, const std::string& path) {
    LayerPaths paths(path);
    for (const auto& layer : model.layers()) visit(*layer, paths.next(layer->class_name()));
  }

  void model(const PartialModel& model, const WeightsStore& store, const std::string& path) {
    PartialPaths paths(store, model, path);
    for (const PartialLayer& part : model.layers) {
      const std::string at = paths.next(part);
      if (part.judged()) {
        visit(*part.layer, at);
      } else if (!part.model) {
        unjudged.emplace_back(at, &part);
      } else if (visited_.insert(part.model.get()).second) {
        this->model(*part.model, store, at);
      }
    }
  }

 private:
  void visit(const Layer& layer, const std::string& path) {
    if (!visited_.insert(&layer).second) return;
    WeightGroup group{path, &layer, {}};
    for (const auto& weight : layer.own_weights())
      if (weight->options.persistent) group.weights.push_back(weight);
    // Trainable ones first, whatever the order in which they were made.
    std::stable_partition(group.weights.begin(), group.weights.end(),
                          [](const auto& weight) { return weight->options.trainable; });
    groups.push_back(std::move(group));
    if (const auto* inner = dynamic_cast<const GraphLayer*>(&layer)) {
      model(*inner, path);
    } else {
      for (const auto& [attribute, sublayer] : layer.sublayers())
        visit(*sublayer, join_path(path, attribute));
    }
  }

  std::set<const void*> visited_;
};

struct Assignment {
  std::string path;
  std::size_t index = 0;
  std::shared_ptr<Weight> weight;
};

std::string place(const WeightsStore& store, const std::string& path) {
  return fmt::format("'{}', {}", store.name(), path);
}

/// A layer whose variables in the file are more or fewer than its weights.
std::string wrong_count(const WeightsStore& store, const WeightGroup& group, const std::string& path,
                        std::size_t count) {
  WeightListing there;
  for (std::size_t i = 0; i < std::min<std::size_t>(count, WeightListing::most); ++i) {
    try {
      there.add("", to_string(store.facts(path, i).shape));
    } catch (const Error&) {
      there.add("", "one that cannot be read");
    }
  }
  return fmt::format("{}: {} expects {}; the file has {}{}.", place(store, group.path), group.layer->label(),
                     expected_text(group.weights, "variables"), count, there.text());
}

/// What goes where, or why it cannot.
void plan_group(const WeightsStore& store, const WeightGroup& group, std::vector<Assignment>& plan,
                std::set<std::string>& used, std::vector<std::string>& problems, LoadReport& report) {
  const std::string path = PathResolver(store).resolve(group.path);
  used.insert(path);
  const std::size_t count = path.empty() ? 0 : store.count(path);
  if (count != group.weights.size()) {
    problems.push_back(wrong_count(store, group, path, count));
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Shape& expected = group.weights[i]->value.shape();
    try {
      const DatasetFacts facts = store.facts(path, i);
      if (facts.shape == expected) {
        plan.push_back({path, i, group.weights[i]});
      } else {
        problems.push_back(fmt::format(
            "{}/vars/{}: {} expects the weight '{}' in the shape {}; the file has {}.", place(store, path), i,
            group.layer->label(), group.weights[i]->name, to_string(expected), to_string(facts.shape)));
      }
    } catch (const Error& error) {
      problems.push_back(error.what());
    }
  }
  const std::string name = store.layer_name(path);
  if (!name.empty() && name != group.layer->name())
    report.notes.push_back(
        fmt::format("{}: these are the weights of '{}', and went to {}: weights are matched by order.",
                    place(store, path), name, group.layer->label()));
}

/// Paths of layers whose weights are not known, and names under which the file may have them elsewhere.
struct Unjudged {
  std::set<std::string> paths, names;
};

/// Variables that nobody asked for; those of optimizers, metrics and random generators are expected.
void find_unused(const WeightsStore& store, const std::string& path, const std::set<std::string>& used,
                 const Unjudged& unjudged, std::vector<std::string>& unused) {
  for (const auto& child : store.children(path)) {
    if (child == "seed_generator" || child == "optimizer" || child == "metrics") continue;
    const std::string below = join_path(path, child);
    if (unjudged.paths.count(below) != 0) continue;
    const bool nobodys = used.count(below) == 0 && store.count(below) > 0;
    if (nobodys && !unjudged.names.empty() && unjudged.names.count(store.layer_name(below)) != 0) continue;
    if (nobodys) unused.push_back(place(store, below) + ": the model has no layer for these variables.");
    find_unused(store, below, used, unjudged, unused);
  }
}

bool has_variables(const WeightsStore& store, const std::string& path) {
  if (store.count(path) > 0) return true;
  const auto children = store.children(path);
  return std::any_of(children.begin(), children.end(),
                     [&](const auto& child) { return has_variables(store, join_path(path, child)); });
}

/// What goes where, and why it cannot.
std::vector<std::string> plan_groups(const WeightsStore& store, const std::vector<WeightGroup>& groups,
                                     std::vector<Assignment>& plan, std::set<std::string>& used,
                                     LoadReport& report) {
  std::vector<std::string> problems;
  for (const auto& group : groups) {
    // What such a layer keeps by name is its own business (layer_assets).
    if (dynamic_cast<const HasAssets*>(group.layer) != nullptr)
      used.insert({group.path, group.path + "/_lookup_layer"});
    if (!group.weights.empty()) plan_group(store, group, plan, used, problems, report);
  }
  return problems;
}

}  // namespace

std::string path_name(const Layer& layer) { return path_name(layer.class_name()); }

std::vector<WeightGroup> layer_groups(const GraphLayer& model) {
  GroupCollector collector;
  collector.model(model, "");
  return std::move(collector.groups);
}

std::vector<WeightGroup> weight_groups(const GraphLayer& model) {
  auto groups = layer_groups(model);
  std::erase_if(groups, [](const WeightGroup& group) { return group.weights.empty(); });
  return groups;
}

void read_weights(const WeightsStore& store, const GraphLayer& model, bool staged, bool skip_mismatch,
                  LoadReport& report) {
  std::vector<Assignment> plan;
  std::set<std::string> used;
  auto problems = plan_groups(store, layer_groups(model), plan, used, report);
  if (!skip_mismatch)
    for (auto& problem : problems) report.fault(std::move(problem));
  else
    report.notes.insert(report.notes.end(), problems.begin(), problems.end());
  // Alone they are no reason to refuse a file; beside something that is missing, they may be what became of
  // it.
  std::vector<std::string> unused;
  find_unused(store, "", used, {}, unused);
  const bool fits = report.problems.empty();
  auto& list = fits ? report.notes : report.problems;
  list.insert(list.end(), unused.begin(), unused.end());
  if (!fits) return;

  std::vector<Tensor> values;
  for (const auto& item : plan) {
    View into = item.weight->value.view();
    if (staged) into = values.emplace_back(Tensor::uninitialized(into.shape(), into.dtype())).view();
    store.read(item.path, item.index, into);
    if (!staged) item.weight->touch();
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    copy(values[i], plan[i].weight->value.view());
    plan[i].weight->touch();
  }
}

void judge_weights(const WeightsStore& store, const PartialModel& model, LoadReport& report) {
  if (model.layers.empty()) return;
  GroupCollector collector;
  collector.model(model, store, "");
  std::vector<Assignment> plan;
  std::set<std::string> used;
  Unjudged unjudged;
  for (auto& problem : plan_groups(store, collector.groups, plan, used, report))
    report.fault(std::move(problem));
  std::vector<std::string> behind;
  for (const auto& [path, part] : collector.unjudged) {
    unjudged.names.insert(part->name);
    const std::string there = PathResolver(store).resolve(path);
    if (there.empty() || used.count(there) != 0 || !unjudged.paths.insert(there).second) continue;
    if (part->layer != nullptr && has_variables(store, there)) behind.push_back(part->name);
  }
  std::vector<std::string> unused;
  unjudged.names.erase("");
  find_unused(store, "", used, unjudged, unused);
  for (auto& problem : unused) report.fault(std::move(problem));
  report.remark = unjudged_remark(behind);
}

std::string path_in(FileDialect dialect, const std::string& path) {
  if (dialect == FileDialect::keras3) return path;
  // Keras 2 knows the parts of attention with an underscore alone, and Keras 3 with it too.
  std::string out = path;
  for (const char* part : {"/query_dense", "/key_dense", "/value_dense", "/output_dense", "/query_norm"})
    if (path.ends_with(part)) out.insert(path.rfind('/') + 1, "_");
  return out;
}

void write_weights(Hdf5Writer& file, const GraphLayer& model, FileDialect dialect) {
  // tf.keras looks for the model's own variables, even if there are none.
  file.group("vars");
  for (const auto& group : weight_groups(model)) {
    const std::string path = path_in(dialect, group.path) + "/vars";
    file.group(path);
    file.attribute(path, "name", group.layer->name());
    for (std::size_t i = 0; i < group.weights.size(); ++i)
      file.write(fmt::format("{}/{}", path, i), group.weights[i]->value);
  }
}

NamedTensors named_weights(const GraphLayer& model) {
  NamedTensors out;
  for (const auto& group : weight_groups(model))
    for (std::size_t i = 0; i < group.weights.size(); ++i)
      out.emplace_back(fmt::format("{}/vars/{}", group.path, i), group.weights[i]->value);
  return out;
}

}  // namespace rhyton
