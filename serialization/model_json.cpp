#include "serialization/model_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "layers/core/input_layer.hpp"
#include "layers/refused.hpp"
#include "nn/error.hpp"
#include "serialization/dialect.hpp"
#include "serialization/functional_builder.hpp"
#include "serialization/limits.hpp"
#include "serialization/model_builder.hpp"
#include "serialization/operation_json.hpp"

namespace rhyton {

namespace {

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool trainable_of(const Json& config) {
  const auto found = config.is_object() ? config.find("trainable") : config.end();
  return found == config.end() || !found->is_boolean() || found->get<bool>();
}

/// The shape of a Sequential's input, from whatever says it.
std::optional<Shape> stated_input(const Json& object, const std::shared_ptr<Layer>& first) {
  auto shape = stated_shape(object["config"], "build_input_shape");
  if (!shape) shape = built_shape(object);
  if (!shape)
    if (const auto* inner = dynamic_cast<const GraphLayer*>(first.get());
        inner != nullptr && inner->has_graph() && inner->inputs().size() == 1)
      shape = inner->inputs()[0].shape();
  if (!shape) {
    const Json& list = object["config"].is_array() ? object["config"] : object["config"]["layers"];
    if (!list.empty()) shape = built_shape(list[0]);
  }
  return shape;
}

/// What an object says beside where it stands.
Json without_marks(const Json& json) {
  Json out = json;
  if (out.is_object())
    for (const char* key : {"shared_object_id", "build_config", "inbound_nodes", "name"})
      if (key != std::string_view("name") || out.contains("class_name")) out.erase(key);
  if (out.is_structured())
    for (auto& [key, item] : out.items()) item = without_marks(item);
  return out;
}

void count_marks(const Json& json, std::map<std::int64_t, int>& marks) {
  if (json.is_object())
    if (const auto id = json.find("shared_object_id"); id != json.end() && id->is_number_integer())
      ++marks[id->get<std::int64_t>()];
  if (json.is_structured())
    for (const auto& [key, item] : json.items()) count_marks(item, marks);
}

/// Models inside wrappers (TimeDistributed, Bidirectional) come through the registry.
void register_models() {
  static const bool done = [] {
    for (const char* name : {"Sequential", "Functional", "Model"})
      Registry<Layer>::global().add(name, [name](const Json& config) -> std::shared_ptr<Layer> {
        const Json object = {{"class_name", name}, {"config", config}};
        LoadReport report;
        auto model = graph_from_json(object, LoadScope::dialect(), report);
        report.check(name);
        return model;
      });
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

PartialLayer ModelBuilder::make_model(const Json& object) {
  const auto found = object.is_object() ? object.find("config") : object.end();
  PartialLayer model;
  model.class_name = object.is_object() ? text_of(object, "class_name") : std::string();
  if (model.class_name.empty() || found == object.end()) {
    report_.fault("the JSON is not a model: expected an object with class_name and config.");
    return model;
  }
  model.name = found->is_object() ? text_of(*found, "name") : std::string();
  if (depth_ == 0) count_marks(object, marks_);
  if (depth_ == limits::nested_models) {
    report_.fault(fmt::format("models are nested more than {} deep.", limits::nested_models));
    return model;
  }
  const std::string where = place(model);
  if (++depth_ > 1) names_.push_back(model.name);
  try {
    const bool functional = model.class_name == "Functional" || model.class_name == "Model";
    if (model.class_name == "Sequential") {
      make_sequential(object, model);
    } else if (functional || (is_model_object(object) && found->find("input_layers") != found->end())) {
      if (!functional)
        report_.notes.push_back(
            fmt::format("the class '{}' was read as a functional model: it is its graph.", model.class_name));
      make_functional(*found, model);
    } else {
      report_.unsupported(
          fmt::format("{}{}' is a model of a class of its own, whose file does not hold its graph; only "
                      "Sequential and functional models can be read.",
                      depth_ > 1 ? where + ": '" : "'", model.class_name));
    }
  } catch (const Error& error) {
    const LoadScope* scope = LoadScope::current();
    if (depth_ == 1 || (scope != nullptr && scope->out_of_calls())) throw;
    add(error, where, model.name);
  }
  if (depth_-- > 1) names_.pop_back();
  return model;
}

void ModelBuilder::make_functional(const Json& config, PartialLayer& model) {
  const GraphDescription graph = read_graph(config, dialect_, report_.notes);
  layer_count_ += graph.layers.size();
  if (layer_count_ > limits::layers) {
    report_.fault(fmt::format("the model has more than {} layers.", limits::layers));
    return;
  }
  std::vector<PartialLayer> layers;
  bool whole = true;
  for (const auto& layer : graph.layers) {
    if (is_operation(layer)) {
      layers.push_back({layer.name, layer.class_name});
      continue;
    }
    layers.push_back(make_layer(layer.object));
    if (layers.back().name.empty()) layers.back().name = layer.name;
    for (const auto& problem : layer.problems) report_.unsupported(problem);
    if (!layer.problems.empty()) layers.back().layer = nullptr;
    whole = whole && layers.back().whole();
  }
  for (const LayerDescription* layer : GraphCalls(graph).unknown_operations()) {
    const bool lost = layer->class_name == "TFOpLambda" && operation_name(*layer) == "einsum";
    report_.unsupported(
        fmt::format("the operation {} ('{}{}", operation_name(*layer), layer->name,
                    lost ? "'): Keras 2 does not write what it is applied to, and cannot read the file "
                           "itself. Build the model with an EinsumDense layer or with matrix products."
                         : "') is not supported here."));
    whole = false;
  }
  if (whole) {
    std::vector<std::shared_ptr<Layer>> all;
    for (auto& part : layers) all.push_back(std::move(part.layer));
    model.layer = FunctionalBuilder(graph, std::move(all), dialect_).build(trainable_of(config));
  } else if (partial_) {
    model.model = infer_functional(graph, std::move(layers), dialect_, report_);
  }
}

void ModelBuilder::make_sequential(const Json& object, PartialLayer& made) {
  const Json& config = object["config"];
  // Very old files: the configuration is the list itself.
  const Json* list = config.is_array() ? &config : nullptr;
  if (config.is_object() && config.find("layers") != config.end()) list = &config["layers"];
  if (list == nullptr || !list->is_array()) {
    report_.fault("a Sequential model without a list of layers.");
    return;
  }
  layer_count_ += list->size();
  if (layer_count_ > limits::layers) {
    report_.fault(fmt::format("the model has more than {} layers.", limits::layers));
    return;
  }
  bool whole = true;
  std::optional<Shape> input_shape;
  std::vector<PartialLayer> parts;
  for (const Json& entry : *list) {
    Json layer = entry;
    if (parts.empty() && layer.is_object() && layer.contains("config"))
      input_shape = stated_shape(layer["config"], "batch_input_shape");
    std::vector<std::string> problems;
    modernize_layer(layer, dialect_, report_.notes, &problems);
    parts.push_back(make_layer(layer));
    for (const auto& problem : problems) report_.unsupported(problem);
    if (!problems.empty()) parts.back().layer = nullptr;
    whole = whole && parts.back().whole();
  }
  if (!whole) {
    if (!partial_) return;
    const std::shared_ptr<Layer> first = parts.empty() ? nullptr : parts.front().layer;
    if (!input_shape) input_shape = stated_input(object, first);
    std::optional<TensorSpec> input;
    if (input_shape) input = TensorSpec{*input_shape, DType::float32};
    made.model = infer_sequential(*list, std::move(parts), input, report_);
    return;
  }
  std::vector<std::shared_ptr<Layer>> layers;
  for (auto& part : parts) layers.push_back(std::move(part.layer));
  const std::string name = config.is_object() ? text_of(config, "name") : std::string();
  auto model = std::make_shared<SequentialLayer>(name, trainable_of(config));
  const bool has_input = !layers.empty() && layers.front()->class_name() == "InputLayer";
  if (!has_input && input_shape && !layers.empty())
    model->add(std::make_shared<InputLayer>(*input_shape, DType::float32, layers.front()->name() + "_input"));
  model->add(layers);
  if (!model->has_graph() && !layers.empty()) build_sequential(*model, object, layers.front());
  made.layer = model;
}

void ModelBuilder::build_sequential(SequentialLayer& model, const Json& object,
                                    const std::shared_ptr<Layer>& first) {
  if (const std::optional<Shape> shape = stated_input(object, first)) {
    model.make_graph({TensorSpec{*shape, DType::float32}});
  } else {
    report_.notes.push_back(
        fmt::format("the model '{}' does not say its input's shape; it waits for data.", model.name()));
  }
}

std::string ModelBuilder::place(const PartialLayer& layer) const {
  std::string text =
      layer.class_name + (layer.name.empty() ? " layer" : fmt::format(" layer '{}'", layer.name));
  for (std::size_t i = 0; i < names_.size(); ++i) text += (i == 0 ? " in '" : "/") + names_[i];
  return names_.empty() ? text : text + "'";
}

void ModelBuilder::add(const std::exception& error, const std::string& where, const std::string& name) {
  const bool named = !name.empty() && names_.empty() &&
                     std::string_view(error.what()).find(fmt::format("'{}'", name)) != std::string_view::npos;
  report_.add(error, named ? "" : where);
}

PartialLayer ModelBuilder::make_layer(const Json& object) {
  PartialLayer part;
  part.class_name = object.is_object() ? text_of(object, "class_name") : std::string();
  const Json config = object.is_object() && object.contains("config") ? object["config"] : Json();
  part.name = config.is_object() ? text_of(config, "name") : std::string();
  if (part.class_name.empty()) {
    report_.fault("a layer without class_name.");
    return part;
  }
  // One object in Python that stands in several places of the file.
  std::int64_t shared = -1;
  if (const auto id = object.find("shared_object_id"); id != object.end() && id->is_number_integer())
    shared = id->get<std::int64_t>();
  if (const auto known = shared_.find(shared);
      shared >= 0 && known != shared_.end() && known->second.name == part.name)
    return known->second;
  if (shared >= 0 && marks_[shared] == 1)
    if (auto made = find_made(object, part.name)) {
      shared_.emplace(shared, *made);
      return *made;
    }
  if (is_model_object(object)) {
    PartialLayer model = make_model(object);
    model.name = part.name;
    part = std::move(model);
  } else {
    const std::string where = place(part);
    try {
      make_single(object, where, part);
    } catch (const Error& error) {
      add(error, where, part.name);
    } catch (const nlohmann::json::exception& error) {
      report_.fault(fmt::format("{}: its configuration is not what it should be: {}", where, error.what()));
    }
  }
  if (shared >= 0) shared_.emplace(shared, part);
  if (shared < 0 && !part.name.empty()) made_.emplace(part.name, Made{object, part});
  return part;
}

void ModelBuilder::make_single(const Json& object, const std::string& where, PartialLayer& part) {
  const auto& registry = Registry<Layer>::global();
  const std::string registered = text_of(object, "registered_name");
  if (registry.contains(registered) || registry.contains(part.class_name)) {
    const Forgiveness forgiveness;
    const auto tell = [&] {
      for (const auto& fault : forgiveness.faults) add(ValueError(fault), where, part.name);
    };
    try {
      part.layer = registry.make_from_json(object);
    } catch (const Error&) {
      tell();
      throw;
    }
    tell();
    part.sure = forgiveness.faults.empty();
  } else if (const RefusedLayer* refused = find_refused(part.class_name)) {
    report_.unsupported(fmt::format("{}: {}", where, refused->reason));
  } else {
    report_.unsupported(
        fmt::format("{}: this class is not known here{}. If it is your own, register it before loading.",
                    where, registered.empty() ? "" : fmt::format(" (nor is '{}')", registered)));
  }
}

// Keras forgets the mark of the first of several places when that is inside a Sequential.
std::optional<PartialLayer> ModelBuilder::find_made(const Json& object, const std::string& name) const {
  const auto [begin, end] = made_.equal_range(name);
  for (auto it = begin; it != end; ++it)
    if (without_marks(it->second.object) == without_marks(object)) return it->second.layer;
  return std::nullopt;
}

std::shared_ptr<GraphLayer> graph_from_json(const Json& model, Dialect dialect, LoadReport& report,
                                            PartialModel* partial) {
  register_models();
  try {
    ModelBuilder builder(dialect, report, partial != nullptr);
    const PartialLayer made = builder.make_model(model);
    if (report.problems.empty()) return std::dynamic_pointer_cast<GraphLayer>(made.layer);
    if (partial != nullptr && made.model) *partial = *made.model;
    return nullptr;
  } catch (const Error& error) {
    report.add(error, "");
  } catch (const std::bad_alloc&) {
    report.fault("the model needs more memory than there is.");
  } catch (const nlohmann::json::exception& error) {
    report.fault(std::string("the model's configuration is not what it should be: ") + error.what());
  }
  return nullptr;
}

}  // namespace rhyton
