#include "cli/model_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "serialization/compile_config.hpp"
#include "serialization/model_config.hpp"
#include "serialization/weights_tree.hpp"

namespace rhyton::cli {

namespace {

void diff_json(const Json& a, const Json& b, const std::string& where, const std::string& key,
               std::vector<ConfigDifference>& out) {
  const auto below = [&](const std::string& part) {
    return key.empty() ? part : fmt::format("{}.{}", key, part);
  };
  if (a.is_object() && b.is_object()) {
    for (const auto& [name, value] : a.items())
      diff_json(value, b.contains(name) ? b[name] : Json(), where, below(name), out);
    for (const auto& [name, value] : b.items())
      if (!a.contains(name)) diff_json(Json(), value, where, below(name), out);
  } else if (a.is_array() && b.is_array() && a.size() == b.size()) {
    for (std::size_t i = 0; i < a.size(); ++i) diff_json(a[i], b[i], where, below(std::to_string(i)), out);
  } else if (a != b) {
    out.push_back({where, key, a, b});
  }
}

std::string text_of(const Json& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
}

std::string name_of(const Json& layer) { return text_of(layer["config"], "name"); }

bool is_model(const Json& layer) { return layer["config"].contains("layers"); }

void diff_models(const Json& a, const Json& b, const std::string& where, ModelDiff& diff);

void diff_layers(const Json& a, const Json& b, const std::string& where, ModelDiff& diff) {
  ++diff.layers;
  if (is_model(a) && is_model(b)) return diff_models(a, b, where, diff);
  diff_json(a, b, where, "", diff.architecture);
}

/// For each of a's layers the position of its partner in b, or -1.
std::vector<std::ptrdiff_t> pair_layers(const Json& a, const Json& b) {
  std::vector<std::ptrdiff_t> partner(a.size(), -1);
  std::vector<bool> taken(b.size(), false);
  std::map<std::string, std::size_t> by_name;
  for (std::size_t j = 0; j < b.size(); ++j) by_name.emplace(name_of(b[j]), j);
  for (std::size_t i = 0; i < a.size(); ++i)
    if (const auto found = by_name.find(name_of(a[i])); found != by_name.end() && !taken[found->second]) {
      partner[i] = static_cast<std::ptrdiff_t>(found->second);
      taken[found->second] = true;
    }
  std::map<std::string, std::vector<std::size_t>> left;
  for (std::size_t j = b.size(); j-- > 0;)
    if (!taken[j]) left[text_of(b[j], "class_name")].push_back(j);
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto& same_class = left[text_of(a[i], "class_name")];
    if (partner[i] >= 0 || same_class.empty()) continue;
    partner[i] = static_cast<std::ptrdiff_t>(same_class.back());
    same_class.pop_back();
  }
  return partner;
}

/// Whether each layer of a functional model is called once, on what the one before gave, as in a Sequential.
bool is_chain(const Json& config) {
  const Json& layers = config["layers"];
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Json nodes = layers[i].value("inbound_nodes", Json::array());
    if (nodes.size() != (i == 0 ? 0 : 1)) return false;
    if (i == 0) continue;
    const Json args = nodes[0].value("args", Json::array());
    if (args.size() != 1 || !args[0].is_object() || !nodes[0].value("kwargs", Json::object()).empty())
      return false;
    if (args[0].value("/config/keras_history"_json_pointer, Json()) !=
        Json::array({layers[i - 1].value("name", Json()), 0, 0}))
      return false;
  }
  const Json last = layers.empty() ? Json() : layers.back().value("name", Json());
  const Json& outputs = config.value("output_layers", Json());
  return outputs == Json::array({last, 0, 0}) || outputs == Json::array({Json::array({last, 0, 0})});
}

/// A functional model that is a chain, in the terms of a Sequential; anything else as it is.
Json as_sequential(const Json& model) {
  Json out = model;
  const std::string class_name = text_of(model, "class_name");
  if (class_name != "Sequential" && (class_name != "Functional" || !is_chain(model["config"]))) return out;
  for (const char* key : {"module", "registered_name", "build_config"}) out.erase(key);
  for (const char* key : {"input_layers", "output_layers", "build_input_shape"}) out["config"].erase(key);
  for (Json& layer : out["config"]["layers"])
    for (const char* key : {"name", "inbound_nodes"}) layer.erase(key);
  return out;
}

void diff_models(const Json& given_a, const Json& given_b, const std::string& where, ModelDiff& diff) {
  // The class of the same chain of layers is one difference, however many keys tell of it.
  const bool classes = given_a["class_name"] != given_b["class_name"];
  const Json a = classes ? as_sequential(given_a) : given_a, b = classes ? as_sequential(given_b) : given_b;
  const auto label = [&](const Json& layer) {
    return fmt::format("{}{} '{}'", where.empty() ? "" : where + ", ", text_of(layer, "class_name"),
                       name_of(layer));
  };
  // All but the layers and what belongs to them.
  const auto frame = [](const Json& model) {
    Json out = model;
    out["config"].erase("layers");
    // A list of one tensor is as good as the tensor: files for Keras 2 have no other form.
    for (const char* key : {"input_layers", "output_layers"})
      if (const auto list = out["config"].find(key);
          list != out["config"].end() && list->is_array() && list->size() == 1 && (*list)[0].is_array()) {
        const Json only = (*list)[0];
        *list = only;
      }
    return out;
  };
  diff_json(frame(a), frame(b), where.empty() ? "model" : where, "", diff.architecture);
  const Json &first = a["config"]["layers"], &second = b["config"]["layers"];
  const auto partner = pair_layers(first, second);
  std::vector<bool> taken(second.size(), false);
  std::ptrdiff_t last = -1;
  bool reordered = false;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (partner[i] < 0) {
      diff.architecture.push_back({label(first[i]), "", first[i], Json()});
      continue;
    }
    taken[static_cast<std::size_t>(partner[i])] = true;
    reordered = reordered || partner[i] < last;
    last = partner[i];
    diff_layers(first[i], second[static_cast<std::size_t>(partner[i])], label(first[i]), diff);
  }
  for (std::size_t j = 0; j < second.size(); ++j)
    if (!taken[j]) diff.architecture.push_back({label(second[j]), "", Json(), second[j]});
  if (reordered) {
    const auto names = [](const Json& layers) {
      Json out = Json::array();
      for (const Json& layer : layers) out.push_back(name_of(layer));
      return out;
    };
    diff.architecture.push_back(
        {where.empty() ? "model" : where, "order of layers", names(first), names(second)});
  }
}

double value_at(ConstView v, Dim i) {
  switch (v.dtype()) {
    case DType::float64:
      return v.data<double>()[i];
    case DType::int32:
      return v.data<std::int32_t>()[i];
    case DType::int64:
      return static_cast<double>(v.data<std::int64_t>()[i]);
    case DType::uint8:
      return v.data<std::uint8_t>()[i];
    case DType::boolean:
      return v.data<bool>()[i] ? 1.0 : 0.0;
    default:
      return v.data<float>()[i];
  }
}

void diff_arrays(const std::string& where, ConstView a, ConstView b, const Tolerance& tolerance,
                 ModelDiff& diff, std::vector<ArrayDifference>& out) {
  ++diff.arrays;
  ArrayDifference d{where, to_string(a.shape()), to_string(b.shape()), 0, a.size(), 0.0};
  if (a.shape() == b.shape())
    for (Dim i = 0; i < a.size(); ++i) {
      const double x = value_at(a, i), y = value_at(b, i);
      if (x == y || (std::isnan(x) && std::isnan(y))) continue;
      const double error = std::abs(x - y);
      if (error <= tolerance.atol + tolerance.rtol * std::abs(y)) continue;
      ++d.values;
      d.largest = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(d.largest, error);
    }
  if (a.shape() != b.shape() || d.values > 0) out.push_back(std::move(d));
}

/// "layers/dense: kernel".
std::map<std::string, ConstView> named_weights(const Model& model, std::vector<std::string>& order) {
  std::map<std::string, ConstView> out;
  for (const auto& group : weight_groups(model.graph()))
    for (std::size_t i = 0; i < group.weights.size(); ++i) {
      const std::string name = fmt::format("{}/vars/{} ({})", group.path, i, group.weights[i]->name);
      out.emplace(name, group.weights[i]->value);
      order.push_back(name);
    }
  return out;
}

void diff_named(const std::map<std::string, ConstView>& a, const std::map<std::string, ConstView>& b,
                const std::vector<std::string>& order, const Tolerance& tolerance, ModelDiff& diff) {
  for (const auto& name : order) {
    const auto x = a.find(name), y = b.find(name);
    if (x != a.end() && y != b.end()) {
      diff_arrays(name, x->second, y->second, tolerance, diff, diff.weights);
    } else {
      const std::string shape = to_string(x != a.end() ? x->second.shape() : y->second.shape());
      diff.weights.push_back({name, x != a.end() ? shape : "", x != a.end() ? "" : shape, 0, 0, 0.0});
    }
  }
}

/// Paths that have variables, with their number.
void list_paths(const WeightsStore& store, const std::string& path, std::map<std::string, std::size_t>& out) {
  if (const std::size_t count = store.count(path); count > 0) out.emplace(path, count);
  for (const auto& child : store.children(path))
    list_paths(store, path.empty() ? child : fmt::format("{}/{}", path, child), out);
}

Tensor read_from(const WeightsStore& store, const std::string& path, std::size_t i) {
  const DatasetFacts facts = store.facts(path, i);
  Tensor out = Tensor::uninitialized(facts.shape, facts.tensor_dtype);
  store.read(path, i, out.view());
  return out;
}

}  // namespace

void diff_architecture(const Model& a, const Model& b, ModelDiff& diff) {
  diff_models(model_object(a.graph(), false), model_object(b.graph(), false), "", diff);
}

void diff_weights(const Model& a, const Model& b, const Tolerance& tolerance, ModelDiff& diff) {
  std::vector<std::string> order, second;
  const auto x = named_weights(a, order), y = named_weights(b, second);
  for (const auto& name : second)
    if (x.count(name) == 0) order.push_back(name);
  diff_named(x, y, order, tolerance, diff);
}

void diff_training(const Model& a, const Model& b, const Tolerance& tolerance, ModelDiff& diff) {
  const auto config = [](const Model& model) {
    return model.compiled() ? write_compile_config(model.compile_arguments()) : Json();
  };
  diff_json(config(a), config(b), "training", "", diff.training);
  if (!a.compiled() || !b.compiled() || a.optimizer().built() != b.optimizer().built()) {
    const auto has_state = [](const Model& model) { return model.compiled() && model.optimizer().built(); };
    if (has_state(a) != has_state(b))
      diff.training.push_back({"training", "optimizer state", has_state(a), has_state(b)});
    return;
  }
  if (!a.optimizer().built()) return;
  const auto x = a.optimizer().state(), y = b.optimizer().state();
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
    diff_arrays(fmt::format("optimizer/vars/{} ({})", i, x[i].name), x[i].view, y[i].view, tolerance, diff,
                diff.optimizer);
  if (x.size() != y.size()) diff.training.push_back({"training", "optimizer variables", x.size(), y.size()});
}

void diff_stores(const WeightsStore& a, const WeightsStore& b, const Tolerance& tolerance, ModelDiff& diff) {
  std::map<std::string, std::size_t> x, y, all;
  list_paths(a, "", x);
  list_paths(b, "", y);
  all = x;
  for (const auto& [path, count] : y) all[path] = std::max(all[path], count);
  for (const auto& [path, count] : all)
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = path + (path.empty() ? "vars/" : "/vars/") + std::to_string(i);
      const bool in_a = i < x[path], in_b = i < y[path];
      if (in_a && in_b) {
        diff_arrays(name, read_from(a, path, i), read_from(b, path, i), tolerance, diff, diff.weights);
      } else {
        const std::string shape = to_string((in_a ? a : b).facts(path, i).shape);
        diff.weights.push_back({name, in_a ? shape : "", in_a ? "" : shape, 0, 0, 0.0});
      }
    }
}

}  // namespace rhyton::cli
