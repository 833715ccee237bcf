#include "nn/activations/activation_fn.hpp"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "nn/load_scope.hpp"
#include "nn/object.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

constexpr const char* keras2_hard_sigmoid = "hard_sigmoid_keras2";

struct CustomRegistry {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const CustomActivation>> by_name;
};
CustomRegistry& custom_registry() {
  static CustomRegistry registry;
  return registry;
}

// These two have no name of their own in Keras 3; here they have.
std::optional<ActivationSpec> spec_of_name(const std::string& name) {
  if (name == keras2_hard_sigmoid) return ActivationSpec{.kind = ActivationKind::hard_sigmoid_keras2};
  if (name == "threshold") return std::nullopt;  // cannot do without its arguments
  if (name == "gelu_tanh") return ActivationSpec{.kind = ActivationKind::gelu_tanh};
  return activation_by_name(name);
}

std::string name_of(const ActivationSpec& spec) {
  if (spec.kind == ActivationKind::hard_sigmoid_keras2) return keras2_hard_sigmoid;
  if (spec.kind == ActivationKind::gelu_tanh) return "gelu_tanh";
  return std::string(activation_name(spec.kind));
}

double number(const Json& config, const char* key, const char* other_key, double fallback) {
  for (const char* k : {key, other_key}) {
    auto it = config.find(k);
    if (it != config.end() && !it->is_null()) {
      double value = 0.0;
      from_config(*it, value);
      return value;
    }
  }
  return fallback;
}

// Keras 3 has no function for clip(0.2 x + 0.5, 0, 1), but takes a model of two layers in a function's place.
bool holds_keras2_hard_sigmoid(const Json& config) {
  const auto layers = config.find("layers");
  if (layers == config.end() || !layers->is_array() || layers->size() != 2) return false;
  const auto config_of = [&](std::size_t i, const char* class_name) {
    const Json& layer = (*layers)[i];
    const bool fits = layer.is_object() && layer.value("class_name", Json()) == class_name &&
                      layer.contains("config") && layer["config"].is_object();
    return fits ? layer["config"] : Json();
  };
  const Json scale = config_of(0, "Rescaling"), clip = config_of(1, "ReLU");
  return scale.is_object() && clip.is_object() && number(scale, "scale", "scale", 1) == 0.2 &&
         number(scale, "offset", "offset", 0) == 0.5 && number(clip, "max_value", "max_value", 0) == 1.0 &&
         number(clip, "negative_slope", "negative_slope", 0) == 0.0 &&
         number(clip, "threshold", "threshold", 0) == 0.0;
}

// A layer in the place of a function; alpha, theta are Keras 2's names.
std::optional<ActivationSpec> spec_of_layer(const std::string& class_name, const Json& config) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (class_name == "LeakyReLU")
    return ActivationSpec{.kind = ActivationKind::leaky_relu,
                          .a = number(config, "negative_slope", "alpha", 0.3)};
  if (class_name == "ReLU")
    return ActivationSpec{.kind = ActivationKind::relu,
                          .a = number(config, "negative_slope", "negative_slope", 0.0),
                          .b = number(config, "max_value", "max_value", infinity),
                          .c = number(config, "threshold", "threshold", 0.0)};
  if (class_name == "ThresholdedReLU")
    return ActivationSpec{
        .kind = ActivationKind::threshold, .a = number(config, "theta", "theta", 1.0), .b = 0.0};
  if (class_name == "ELU")
    return ActivationSpec{.kind = ActivationKind::elu, .a = number(config, "alpha", "alpha", 1.0)};
  if (class_name == "Softmax") {
    auto it = config.find("axis");
    const Json* axis = it == config.end() ? nullptr : &*it;
    if (axis && axis->is_array() && axis->size() == 1) axis = &axis->at(0);
    std::int64_t value = -1;
    if (axis && axis->is_array()) throw NotSupported("a Softmax over several axes as an activation argument");
    if (axis) from_config(*axis, value);
    return ActivationSpec{.kind = ActivationKind::softmax, .axis = static_cast<int>(value)};
  }
  if (class_name == "Gelu")
    return ActivationSpec{.kind = config.value("approximate", Json(true)) == true ? ActivationKind::gelu_tanh
                                                                                  : ActivationKind::gelu};
  if (class_name == "Sequential" && holds_keras2_hard_sigmoid(config))
    return ActivationSpec{.kind = ActivationKind::hard_sigmoid_keras2};
  return std::nullopt;
}

Json layer_object(const std::string& class_name, Json config, const char* module = "keras.layers") {
  Json out = Json::object();
  out["module"] = module;
  out["class_name"] = class_name;
  out["config"] = std::move(config);
  out["registered_name"] = nullptr;
  return out;
}

Json keras2_hard_sigmoid_object() {
  Json layers = Json::array();
  layers.push_back(layer_object("Rescaling", {{"scale", 0.2}, {"offset", 0.5}}));
  layers.push_back(layer_object("ReLU", {{"max_value", 1.0}}));
  return layer_object("Sequential", {{"name", keras2_hard_sigmoid}, {"layers", std::move(layers)}}, "keras");
}

// gelu(x, approximate=True): the operation with that argument, which Keras 3 takes in a function's place.
Json gelu_tanh_object() {
  Json json = layer_object("Gelu", {{"approximate", true}}, "keras.src.ops.nn");
  json["registered_name"] = "Gelu";
  return json;
}

}  // namespace

void register_activation(CustomActivation activation) {
  std::lock_guard lock(custom_registry().mutex);
  const std::string name = activation.name;
  custom_registry().by_name[name] = std::make_shared<const CustomActivation>(std::move(activation));
}

ActivationFn::ActivationFn(const std::string& name) : name_(name) {
  if (const void* scoped = detail::find_custom("activation", name)) {
    custom_ = std::make_shared<const CustomActivation>(*static_cast<const CustomActivation*>(scoped));
    return;
  }
  {
    std::lock_guard lock(custom_registry().mutex);
    auto it = custom_registry().by_name.find(name);
    if (it != custom_registry().by_name.end()) {
      custom_ = it->second;
      return;
    }
  }
  const auto spec = spec_of_name(name);
  if (name == "threshold")
    throw ValueError(
        "The activation 'threshold' needs its arguments `threshold` and `default_value`: give an "
        "ActivationSpec.");
  if (!spec)
    throw detail::UnknownArgument(
        fmt::format("Unknown activation: '{}'. Use a function of keras.activations, or register_activation "
                    "for one of your own.",
                    name));
  spec_ = *spec;
  // Keras serializes functions under their own names: "swish" comes back as "silu".
  name_ = name_of(spec_);
}

ActivationFn::ActivationFn(const ActivationSpec& spec) : spec_(spec), name_(name_of(spec)) {}

ActivationFn::ActivationFn(CustomActivation custom) : name_(custom.name) {
  custom_ = std::make_shared<const CustomActivation>(std::move(custom));
}

void ActivationFn::forward(ConstView x, View y) const {
  custom_ ? custom_->forward(x, y) : activation_forward(spec_, x, y);
}

void ActivationFn::backward(ConstView x, ConstView y, ConstView dy, View dx) const {
  custom_ ? custom_->backward(x, y, dy, dx) : activation_backward(spec_, x, y, dy, dx);
}

void from_config(const Json& json, ActivationFn& value) {
  if (json.is_null()) {
    value = ActivationFn();
    return;
  }
  const ObjectJson object = parse_object(json);
  if (object.class_name == "Activation" && object.config && object.config->contains("activation")) {
    from_config(object.config->at("activation"), value);
    return;
  }
  const Json& config = object.config ? *object.config : detail::empty_object();
  // A bare string is a function: "ReLU" and its like are layers only as objects.
  if (json.is_object()) {
    if (const auto spec = spec_of_layer(object.class_name, config)) {
      value = ActivationFn(*spec);
      return;
    }
    if (object.class_name == "PReLU")
      throw NotSupported(
          "PReLU as an activation argument, since it has weights; put the layer behind instead");
  }
  std::string name = object.class_name;
  if (name == "function" || name == "builtin_function_or_method") name = object.registered_name;
  if (name == "hard_sigmoid" && LoadScope::dialect() == Dialect::keras2) name = keras2_hard_sigmoid;
  value = ActivationFn(name);
}

void to_config(Json& json, const ActivationFn& value) {
  const ActivationSpec& spec = value.spec();
  const auto plain = value.custom() ? std::nullopt : spec_of_name(value.name());
  if (value.custom()) {
    json = {{"module", "builtins"},
            {"class_name", "function"},
            {"config", value.name()},
            {"registered_name", "function"}};
    return;
  }
  if (spec.kind == ActivationKind::hard_sigmoid_keras2) {
    json = keras2_hard_sigmoid_object();
    return;
  }
  if (spec.kind == ActivationKind::gelu_tanh) {
    json = gelu_tanh_object();
    return;
  }
  if (plain == spec) {
    json = value.name();
    return;
  }
  Json config = Json::object();
  switch (spec.kind) {
    case ActivationKind::leaky_relu:
      config["negative_slope"] = spec.a;
      json = layer_object("LeakyReLU", std::move(config));
      return;
    case ActivationKind::relu:
      config["max_value"] = spec.b < std::numeric_limits<double>::infinity() ? Json(spec.b) : Json();
      config["negative_slope"] = spec.a;
      config["threshold"] = spec.c;
      json = layer_object("ReLU", std::move(config));
      return;
    case ActivationKind::elu:
      config["alpha"] = spec.a;
      json = layer_object("ELU", std::move(config));
      return;
    case ActivationKind::softmax:
      config["axis"] = spec.axis;
      json = layer_object("Softmax", std::move(config));
      return;
    case ActivationKind::threshold:
      if (spec.b == 0.0) {
        config["theta"] = spec.a;
        json = layer_object("ThresholdedReLU", std::move(config));
        return;
      }
      [[fallthrough]];
    default:
      raise<NotSupported>(
          "writing the activation '{}' with parameters that are not its defaults: Keras has no form for it",
          value.name());
  }
}

}  // namespace rhyton
