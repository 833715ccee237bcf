#include "serialization/legacy_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "nn/error.hpp"
#include "serialization/keras_file.hpp"
#include "serialization/lora_weights.hpp"
#include "serialization/weight_listing.hpp"
#include "serialization/weights_store.hpp"

namespace rhyton {

namespace {

/// A layer's weights as this format lists them: those of nested models that are not trained go to the end.
std::vector<std::shared_ptr<Weight>> legacy_order(const Layer& layer) {
  auto out = layer.trainable_weights();
  const auto rest = layer.non_trainable_weights();
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

/// One layer's group in the file.
struct LegacyGroup {
  std::string name, path;
  std::vector<LegacyWeight> weights;
};

struct Assignment {
  LegacyWeight from;
  std::shared_ptr<Weight> weight;
};

std::vector<LegacyGroup> list_groups(const Hdf5File& file, const std::string& group) {
  std::vector<LegacyGroup> groups;
  for (const auto& layer : file.texts(group, "layer_names")) {
    const std::string path = join_path(group, layer);
    LegacyGroup entry{layer, path, {}};
    std::vector<std::string> paths;
    for (const auto& weight : file.texts(path, "weight_names")) paths.push_back(join_path(path, weight));
    entry.weights = fold_lora(file, paths);
    if (!entry.weights.empty()) groups.push_back(std::move(entry));
  }
  return groups;
}

class Matcher {
 public:
  Matcher(const Hdf5File& file, LoadReport& report, bool skip) : file_(file), report_(report), skip_(skip) {}

  std::vector<Assignment> plan;

  std::string place(const LegacyGroup& group) const {
    return fmt::format("'{}', {}: ", file_.name(), group.path);
  }

  void problem(const std::string& text) {
    if (skip_) {
      report_.notes.push_back(text);
    } else {
      report_.fault(text);
    }
  }

  /// A weight's name within its group.
  static std::string below(const LegacyGroup& group, const LegacyWeight& weight) {
    return weight.path.starts_with(group.path + "/") ? weight.path.substr(group.path.size() + 1)
                                                     : weight.path;
  }

  void match(const Layer& layer, const LegacyGroup& group) {
    const auto weights = legacy_order(layer);
    if (weights.size() != group.weights.size()) {
      WeightListing there;
      for (const auto& weight : group.weights) there.add(below(group, weight), shape_text(weight));
      problem(fmt::format("{}{} expects {}; the file has {}{}.", place(group), layer.label(),
                          expected_text(weights, "weights"), group.weights.size(), there.text()));
      return;
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Shape& expected = weights[i]->value.shape();
      try {
        const std::string& path = group.weights[i].path;
        const Shape found = file_.facts(path).shape;
        if (found == expected || is_cudnn(weights, i, found)) {
          plan.push_back({group.weights[i], weights[i]});
          if (found != expected) mark_cudnn(found);
        } else {
          problem(fmt::format("'{}', {}: {} expects the weight '{}' in the shape {}; the file has {}.",
                              file_.name(), path, layer.label(), weights[i]->name, to_string(expected),
                              to_string(found)));
        }
      } catch (const Error& error) {
        problem(error.what());
      }
    }
  }

 private:
  std::string shape_text(const LegacyWeight& weight) const {
    try {
      return to_string(file_.facts(weight.path).shape);
    } catch (const Error&) {
      return "that cannot be read";
    }
  }

  /// Whether weight i gets the bias of one of NVIDIA's layers, behind the two kernels.
  bool is_cudnn(const std::vector<std::shared_ptr<Weight>>& weights, std::size_t i, const Shape& bias) const {
    return i >= 2 && plan.size() >= 2 && plan[plan.size() - 2].weight == weights[i - 2] &&
           plan.back().weight == weights[i - 1] && weights[i - 1]->name == "recurrent_kernel" &&
           cudnn_gates(weights[i - 1]->value.shape(), weights[i]->value.shape(), bias) != 0;
  }
  void mark_cudnn(const Shape& bias) {
    Assignment* parts = &plan[plan.size() - 3];
    const Dim gates = cudnn_gates(parts[1].weight->value.shape(), parts[2].weight->value.shape(), bias);
    const CudnnPart names[] = {CudnnPart::kernel, CudnnPart::recurrent_kernel, CudnnPart::bias};
    for (int k = 0; k < 3; ++k) {
      parts[k].from.cudnn = names[k];
      parts[k].from.gates = gates;
    }
  }

  const Hdf5File& file_;
  LoadReport& report_;
  bool skip_;
};

/// Judges by names what cannot be matched by order.
class Judge {
 public:
  Judge(const Hdf5File& file, const std::string& group, LoadReport& report)
      : group_(group), report_(report), matcher_(file, report, false) {
    for (auto& entry : list_groups(file, group)) {
      const std::string name = entry.name;
      groups_.emplace(name, std::move(entry));
    }
  }

  bool has(const std::string& layer) const { return groups_.count(layer) != 0; }

  void judge(const PartialModel& model) {
    std::set<std::string> known;
    for (const PartialLayer& part : model.layers) {
      known.insert(part.name);
      const auto found = groups_.find(part.name);
      const bool there = found != groups_.end();
      if (part.judged()) {
        if (there || !part.layer->weights().empty())
          matcher_.match(*part.layer,
                         there ? found->second : LegacyGroup{part.name, join_path(group_, part.name), {}});
      } else if (there && part.model) {
        judge_within(*part.model, found->second);
      } else if (there && part.layer) {
        unjudged_.push_back(part.name);
      }
    }
    for (const auto& [name, group] : groups_)
      if (known.count(name) == 0)
        report_.fault(matcher_.place(group) + "the model has no layer for these weights.");
    report_.remark = unjudged_remark(unjudged_);
  }

 private:
  /// The layers inside a nested model, by name.
  struct Inside {
    std::map<std::string, const Layer*> judged;  ///< null where two have one name
    std::map<std::string, bool> others;          ///< whether that layer is known
    std::set<const void*> visited = {};          ///< models: one may stand in many places
  };

  static void add(const PartialModel& model, Inside& inside) {
    for (const PartialLayer& part : model.layers) {
      const auto* whole = dynamic_cast<const GraphLayer*>(part.layer.get());
      if (part.model) {
        if (inside.visited.insert(part.model.get()).second) add(*part.model, inside);
      } else if (!part.judged()) {
        inside.others[part.name] = part.layer != nullptr;
      } else if (whole != nullptr) {
        if (inside.visited.insert(whole).second) add(partial_model(*whole), inside);
      } else {
        const auto [at, added] = inside.judged.emplace(part.name, part.layer.get());
        if (!added && at->second != part.layer.get()) at->second = nullptr;
      }
    }
  }

  /// A nested model's weights stand in one list, and how many an unknown layer has in it is not known: those
  /// of the others are found by the layers' names in their own, where the file has these.
  void judge_within(const PartialModel& model, const LegacyGroup& group) {
    Inside inside;
    add(model, inside);
    std::map<const Layer*, LegacyGroup> owned;
    std::set<std::string> behind;
    for (const LegacyWeight& weight : group.weights) {
      const Layer* owner = nullptr;
      bool others = false;
      std::stringstream parts(Matcher::below(group, weight));
      for (std::string part; std::getline(parts, part, '/');) {
        if (const auto known = inside.judged.find(part); known != inside.judged.end()) owner = known->second;
        const auto other = inside.others.find(part);
        others = others || other != inside.others.end();
        if (other != inside.others.end() && other->second) behind.insert(part);
      }
      if (owner != nullptr && !others) owned[owner].weights.push_back(weight);
    }
    if (owned.empty()) return unjudged_.push_back(group.name);
    for (const auto& [name, layer] : inside.judged) {
      if (layer == nullptr || layer->weights().empty()) continue;
      LegacyGroup& own = owned[layer];
      own.name = name;
      own.path = group.path;
      matcher_.match(*layer, own);
    }
    unjudged_.insert(unjudged_.end(), behind.begin(), behind.end());
  }

  std::string group_;
  LoadReport& report_;
  Matcher matcher_;
  std::map<std::string, LegacyGroup> groups_;
  std::vector<std::string> unjudged_;
};

}  // namespace

bool has_legacy_weights(const Hdf5File& file, const std::string& group) {
  return file.has_attribute(group, "layer_names");
}

void read_legacy_weights(const Hdf5File& file, const std::string& group, const GraphLayer& model,
                         const LegacyOptions& options, LoadReport& report) {
  const auto groups = list_groups(file, group);
  std::vector<const Layer*> layers;
  for (const auto& layer : model.layers())
    if (!layer->weights().empty()) layers.push_back(layer.get());

  Matcher matcher(file, report, options.skip_mismatch);
  if (options.by_name) {
    std::map<std::string, const Layer*> by_name;
    for (const Layer* layer : layers) by_name[layer->name()] = layer;
    for (const auto& entry : groups)
      if (const auto found = by_name.find(entry.name); found != by_name.end())
        matcher.match(*found->second, entry);
  } else if (groups.size() != layers.size()) {
    report.fault(fmt::format("'{}': the model has {} layers with weights; the file has {}.", file.name(),
                             layers.size(), groups.size()));
    // Which of them it is, if the file's names are the model's.
    Judge judge(file, group, report);
    if (!options.skip_mismatch &&
        std::any_of(layers.begin(), layers.end(), [&](const Layer* l) { return judge.has(l->name()); }))
      judge.judge(partial_model(model));
  } else {
    for (std::size_t i = 0; i < layers.size(); ++i) matcher.match(*layers[i], groups[i]);
  }
  if (!report.problems.empty()) return;

  std::vector<Tensor> values;
  for (const auto& item : matcher.plan) {
    View into = item.weight->value.view();
    if (options.staged) into = values.emplace_back(Tensor::uninitialized(into.shape(), into.dtype())).view();
    read_legacy_weight(file, item.from, into);
    if (!options.staged) item.weight->touch();
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    copy(values[i], matcher.plan[i].weight->value.view());
    matcher.plan[i].weight->touch();
  }
}

void judge_legacy_weights(const Hdf5File& file, const std::string& group, const PartialModel& model,
                          LoadReport& report) {
  if (!model.layers.empty()) Judge(file, group, report).judge(model);
}

void write_legacy_weights(Hdf5Writer& file, const std::string& group, const GraphLayer& model,
                          const std::string& keras_version) {
  std::vector<std::string> layer_names;
  file.group(group.empty() ? "/" : group);
  for (const auto& layer : model.layers()) {
    layer_names.push_back(layer->name());
    const std::string path = join_path(group, layer->name());
    file.group(path);
    std::vector<std::string> weight_names;
    std::map<std::string, int> used;
    for (const auto& weight : legacy_order(*layer)) {
      // Names must differ within the group; inner layers have kernels too.
      std::string name = fmt::format("{}/{}", layer->name(), weight->name);
      if (const int count = used[name]++; count > 0) name += "_" + std::to_string(count);
      weight_names.push_back(name);
      file.write(join_path(path, name), weight->value);
    }
    file.attribute(path, "weight_names", weight_names);
  }
  file.attribute(group, "layer_names", layer_names);
  file.attribute(group, "backend", std::string("rhyton"));
  file.attribute(group, "keras_version", keras_version);
  file.group(join_path(group, "top_level_model_weights"));
  file.attribute(join_path(group, "top_level_model_weights"), "weight_names", std::vector<std::string>{});
}

}  // namespace rhyton
