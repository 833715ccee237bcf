#include "serialization/model_json.hpp"

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

/// A shape such as [null, 28, 28, 1].
std::optional<Shape> shape_of(const Json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array() || found->empty()) return std::nullopt;
  Shape shape;
  from_config(*found, shape);
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

std::shared_ptr<GraphLayer> ModelBuilder::make_model(const Json& object) {
  const auto found = object.is_object() ? object.find("config") : object.end();
  const std::string class_name = object.is_object() ? text_of(object, "class_name") : std::string();
  if (class_name.empty() || found == object.end()) {
    report_.fault("the JSON is not a model: expected an object with class_name and config.");
    return nullptr;
  }
  if (depth_ == 0) count_marks(object, marks_);
  if (++depth_ > limits::nested_models) {
    report_.fault("models are nested more than " + std::to_string(limits::nested_models) + " deep.");
    return nullptr;
  }
  std::shared_ptr<GraphLayer> model;
  const bool functional = class_name == "Functional" || class_name == "Model";
  if (class_name == "Sequential") {
    model = make_sequential(object);
  } else if (functional || (is_model_object(object) && found->find("input_layers") != found->end())) {
    if (!functional)
      report_.notes.push_back("the class '" + class_name +
                              "' was read as a functional model: it is its graph.");
    model = make_functional(*found);
  } else {
    report_.unsupported(
        "'" + class_name +
        "' is a model of a class of its own, whose file does not hold its graph; only Sequential and "
        "functional models can be read.");
  }
  --depth_;
  return model;
}

std::shared_ptr<GraphLayer> ModelBuilder::make_functional(const Json& config) {
  GraphDescription graph = read_graph(config, dialect_, report_.notes);
  layer_count_ += graph.layers.size();
  if (layer_count_ > limits::layers) {
    report_.fault("the model has more than " + std::to_string(limits::layers) + " layers.");
    return nullptr;
  }
  const std::size_t problems = report_.problems.size();
  std::vector<std::shared_ptr<Layer>> layers;
  for (auto& layer : graph.layers) layers.push_back(is_operation(layer) ? nullptr : make_layer(layer.object));
  if (report_.problems.size() != problems) return nullptr;
  return FunctionalBuilder(graph, std::move(layers), dialect_, report_).build(trainable_of(config));
}

std::shared_ptr<GraphLayer> ModelBuilder::make_sequential(const Json& object) {
  const Json& config = object["config"];
  // Very old files: the configuration is the list itself.
  const Json* list = config.is_array() ? &config : nullptr;
  if (config.is_object() && config.find("layers") != config.end()) list = &config["layers"];
  if (list == nullptr || !list->is_array()) {
    report_.fault("a Sequential model without a list of layers.");
    return nullptr;
  }
  layer_count_ += list->size();
  if (layer_count_ > limits::layers) {
    report_.fault("the model has more than " + std::to_string(limits::layers) + " layers.");
    return nullptr;
  }
  const std::size_t problems = report_.problems.size();
  std::optional<Shape> input_shape;
  std::vector<std::shared_ptr<Layer>> layers;
  for (const Json& entry : *list) {
    Json layer = entry;
    if (layers.empty() && layer.is_object() && layer.contains("config"))
      input_shape = shape_of(layer["config"], "batch_input_shape");
    modernize_layer(layer, dialect_, report_.notes);
    layers.push_back(make_layer(layer));
  }
  if (report_.problems.size() != problems) return nullptr;

  const std::string name = config.is_object() ? text_of(config, "name") : std::string();
  auto model = std::make_shared<SequentialLayer>(name, trainable_of(config));
  const bool has_input = !layers.empty() && layers.front()->class_name() == "InputLayer";
  if (!has_input && input_shape && !layers.empty())
    model->add(std::make_shared<InputLayer>(*input_shape, DType::float32, layers.front()->name() + "_input"));
  model->add(layers);
  if (!model->has_graph() && !layers.empty()) build_sequential(*model, object, layers.front());
  return model;
}

void ModelBuilder::build_sequential(SequentialLayer& model, const Json& object,
                                    const std::shared_ptr<Layer>& first) {
  std::optional<Shape> shape = shape_of(object["config"], "build_input_shape");
  if (!shape && object.contains("build_config")) shape = shape_of(object["build_config"], "input_shape");
  if (!shape)
    if (const auto* inner = dynamic_cast<const GraphLayer*>(first.get());
        inner != nullptr && inner->has_graph() && inner->inputs().size() == 1)
      shape = inner->inputs()[0].shape();
  if (!shape) {
    const Json& list = object["config"].is_array() ? object["config"] : object["config"]["layers"];
    if (list[0].is_object() && list[0].contains("build_config"))
      shape = shape_of(list[0]["build_config"], "input_shape");
  }
  if (shape) {
    model.make_graph({TensorSpec{*shape, DType::float32}});
  } else {
    report_.notes.push_back("the model '" + model.name() +
                            "' does not say its input's shape; it waits for data.");
  }
}

std::shared_ptr<Layer> ModelBuilder::make_layer(const Json& object) {
  const std::string class_name = object.is_object() ? text_of(object, "class_name") : std::string();
  const Json config = object.is_object() && object.contains("config") ? object["config"] : Json();
  const std::string name = config.is_object() ? text_of(config, "name") : std::string();
  const std::string where = class_name + (name.empty() ? " layer" : " layer '" + name + "'");
  if (class_name.empty()) {
    report_.fault("a layer without class_name.");
    return nullptr;
  }
  // One object in Python that stands in several places of the file.
  std::int64_t shared = -1;
  if (const auto id = object.find("shared_object_id"); id != object.end() && id->is_number_integer())
    shared = id->get<std::int64_t>();
  if (const auto known = shared_.find(shared);
      shared >= 0 && known != shared_.end() && known->second->name() == name)
    return known->second;
  std::shared_ptr<Layer> layer;
  if (shared >= 0 && marks_[shared] == 1) layer = find_made(object, name);
  if (layer) {
    shared_.emplace(shared, layer);
    return layer;
  }
  try {
    const auto& registry = Registry<Layer>::global();
    const std::string registered = text_of(object, "registered_name");
    if (is_model_object(object)) {
      layer = make_model(object);
    } else if (registry.contains(registered) || registry.contains(class_name)) {
      layer = registry.make_from_json(object);
    } else if (const RefusedLayer* refused = find_refused(class_name)) {
      report_.unsupported(where + ": " + refused->reason);
    } else {
      report_.unsupported(where + ": this class is not known here" +
                          (registered.empty() ? "" : " (nor is '" + registered + "')") +
                          ". If it is your own, register it before loading.");
    }
  } catch (const Error& error) {
    const bool named = !name.empty() && std::string_view(error.what()).find(name) != std::string_view::npos;
    report_.add(error, named ? "" : where);
  }
  if (layer && shared >= 0) shared_.emplace(shared, layer);
  if (layer && shared < 0 && !layer->name().empty()) made_.emplace(name, Made{object, layer});
  return layer;
}

// Keras forgets the mark of the first of several places when that is inside a Sequential.
std::shared_ptr<Layer> ModelBuilder::find_made(const Json& object, const std::string& name) const {
  const auto [begin, end] = made_.equal_range(name);
  for (auto it = begin; it != end; ++it)
    if (without_marks(it->second.object) == without_marks(object)) return it->second.layer;
  return nullptr;
}

std::shared_ptr<GraphLayer> graph_from_json(const Json& model, Dialect dialect, LoadReport& report) {
  register_models();
  try {
    ModelBuilder builder(dialect, report);
    auto graph = builder.make_model(model);
    return report.problems.empty() ? graph : nullptr;
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
