#include "serialization/operation_json.hpp"

#include <algorithm>
#include <cmath>

#include "nn/name_lists.hpp"
#include "nn/raise.hpp"
#include "serialization/function_call.hpp"
#include "serialization/keras2_functions.hpp"
#include "serialization/shape_values.hpp"

namespace rhyton {

namespace {}  // namespace

bool is_keras2_function(const LayerDescription& operation) {
  return operation.class_name == "TFOpLambda" || operation.class_name == "SlicingOpLambda";
}

std::string keras2_function_name(const LayerDescription& operation) {
  const Json& config = operation.object["config"];
  const auto function = config.is_object() ? config.find("function") : config.end();
  return config.is_object() && function != config.end() && function->is_string()
             ? function->get<std::string>()
             : operation.class_name;
}

std::string keras3_module(const std::string& name) {
  for (const char* of_nn :
       {"Relu",       "Relu6",   "Silu",          "Sigmoid",      "Softmax",      "Softplus",
        "Softsign",   "Elu",     "Selu",          "Gelu",         "LeakyRelu",    "LogSoftmax",
        "OneHot",     "MaxPool", "AveragePool",   "DepthToSpace", "SpaceToDepth", "Normalize",
        "LogSigmoid", "Conv",    "DepthwiseConv", "SeparableConv"})
    if (name == of_nn) return "keras.src.ops.nn";
  for (const char* of_math : {"Rsqrt", "Erf", "Erfc", "Logsumexp", "Erfinv", "TopK", "InTopK", "SegmentSum"})
    if (name == of_math) return "keras.src.ops.math";
  for (const char* of_core : {"Cast", "SaturateCast", "StopGradient", "Slice", "Unstack"})
    if (name == of_core) return "keras.src.ops.core";
  for (const char* of_linalg : {"Det", "Inv", "Cholesky", "Solve", "SolveTriangular", "Norm"})
    if (name == of_linalg) return "keras.src.ops.linalg";
  for (const char* of_image : {"Resize", "RGBToGrayscale", "ExtractPatches"})
    if (name == of_image) return "keras.src.ops.image";
  return "keras.src.ops.numpy";
}

namespace {

std::shared_ptr<const Json> shared(Json json) { return std::make_shared<const Json>(std::move(json)); }

/// TensorFlow's windows may name the batch and the channels too.
void trim_window(const std::string& function, Json& size) {
  if (!size.is_array()) return;
  if (size.size() == 1) {
    const Json one = size[0];
    size = one;
  } else if (size.size() > 3 || (function.ends_with("1d") && size.size() == 3)) {
    if (size.front() != 1 || size.back() != 1)
      raise<NotSupported>("the operation tf.{} with windows over the batch or the channels", function);
    size = Json(size.begin() + 1, size.end() - 1);
  }
}

bool is_windowed(const std::string& name) {
  return name == "MaxPool" || name == "AveragePool" || name == "Conv" || name == "DepthwiseConv" ||
         name == "SeparableConv";
}

}  // namespace

bool is_idle_argument(const std::string& key, const Json& value) {
  if (key == "name" || key == "use_cudnn_on_gpu" || value.is_null() || value == false || value == "")
    return true;
  const std::pair<const char*, Json> idle[] = {
      {"beta", 1.0}, {"on_value", 1.0}, {"off_value", 0.0}, {"index_type", "int32"}};
  return std::any_of(std::begin(idle), std::end(idle),
                     [&](const auto& entry) { return key == entry.first && value == entry.second; });
}

namespace {

bool holds_numbers(const Json& json) {
  return json.is_array() ? !json.empty() && std::all_of(json.begin(), json.end(), holds_numbers)
                         : json.is_number() || json.is_boolean();
}

bool holds_fractions(const Json& json) {
  return json.is_array() ? std::any_of(json.begin(), json.end(), holds_fractions) : json.is_number_float();
}

}  // namespace

Json keras3_array(const Json& value) {
  if (!value.is_array() || !holds_numbers(value)) return value;
  const Json* first = &value;
  while (first->is_array()) first = &first->front();
  const char* dtype = first->is_boolean() ? "bool" : holds_fractions(value) ? "float32" : "int32";
  return {{"class_name", "__numpy__"}, {"config", {{"value", value}, {"dtype", dtype}}}};
}

namespace {

/// Slices and arrays as Keras 3 writes them: it does not take lists of numbers for tensors.
Json in_keras3(const Json& value, const std::string& name) {
  if (name == "GetItem") {
    if (value.is_object() && value.contains("start")) return {{"class_name", "__slice__"}, {"config", value}};
    if (value.is_object() && value.value("class_name", Json()) == "__ellipsis__")
      return {{"class_name", "__ellipsis__"}, {"config", Json::object()}};
    Json out = value;
    if (value.is_array())
      for (Json& item : out) item = in_keras3(item, name);
    return out;
  }
  for (const char* of_indices : {"Take", "Slice", "Reshape", "BroadcastTo", "Tile"})
    if (name == of_indices) return value;
  return keras3_array(value);
}

/// What TensorFlow says differently, beside the names.
void translate_values(const std::string& function, const std::string& name, Json& kwargs) {
  if (name == "Pad" && kwargs.contains("mode") && kwargs["mode"].is_string()) {
    std::string mode = kwargs["mode"].get<std::string>();
    std::transform(mode.begin(), mode.end(), mode.begin(), [](unsigned char c) { return std::tolower(c); });
    kwargs["mode"] = mode;
    if (mode != "constant") kwargs.erase("constant_values");
  }
  if (is_windowed(name)) {
    if (kwargs.contains("padding")) {
      if (kwargs["padding"] != "SAME" && kwargs["padding"] != "VALID")
        raise<NotSupported>("the operation tf.{} with padding={}", function, kwargs["padding"].dump());
      kwargs["padding"] = kwargs["padding"] == "SAME" ? "same" : "valid";
    }
    for (const char* key : {"pool_size", "strides", "dilation_rate"})
      if (kwargs.contains(key)) trim_window(function, kwargs[key]);
  }
  if (name == "DepthwiseConv" || name == "SeparableConv")
    for (const char* key : {"strides", "dilation_rate"}) {
      // Keras 3 takes one number for all axes, or Python's tuples, which files do not have.
      Json& sizes = kwargs[key];
      if (sizes.is_array() && !sizes.empty() &&
          std::count(sizes.begin(), sizes.end(), sizes[0]) == std::ssize(sizes))
        sizes = Json(sizes[0]);
      if (sizes.is_null()) {
        kwargs.erase(key);
      } else if (!sizes.is_number_integer()) {
        raise<NotSupported>("the operation tf.{} with {}={}", function, key, sizes.dump());
      }
    }
  if (is_windowed(name) || name == "DepthToSpace" || name == "SpaceToDepth" || function == "nn.bias_add") {
    const Json format = kwargs.value("data_format", Json());
    const bool last = format.is_null() || (format.is_string() && format.get<std::string>().ends_with("C"));
    if (!last) raise<NotSupported>("the operation tf.{} with data_format={}", function, format.dump());
    kwargs.erase("data_format");
    if (function != "nn.bias_add") kwargs["data_format"] = "channels_last";
  }
  if (name == "Norm") {
    if (kwargs.value("ord", Json()) == "euclidean" || kwargs.value("ord", Json()) == "fro")
      kwargs.erase("ord");
    // TensorFlow takes the numbers of all axes as one vector.
    if (kwargs.contains("ord") && !kwargs.value("axis", Json()).is_number())
      raise<NotSupported>("the operation tf.{} with ord={}", function, kwargs["ord"].dump());
    if (kwargs.value("keepdims", Json()).is_null()) kwargs.erase("keepdims");
  }
  if (name == "Swapaxes" || name == "Trace" || name == "Diagonal") {
    kwargs["axis1"] = -2;
    kwargs["axis2"] = -1;
  }
  if (function.starts_with("image.flip_"))
    kwargs["axis"] = Json::array({function == "image.flip_up_down" ? -3 : -2});
  if (function == "ensure_shape") kwargs.erase("shape");
  // TensorFlow's defaults that are not Keras 3's.
  const auto otherwise = [&](const char* key, Json value) {
    if (!kwargs.contains(key) || kwargs[key].is_null()) kwargs[key] = std::move(value);
  };
  if (name == "Gelu") otherwise("approximate", false);
  if (name == "TopK") otherwise("k", 1);
  if (name == "SolveTriangular") otherwise("lower", true);
  if (name == "Argmax" || name == "Argmin") {
    otherwise("axis", 0);
    kwargs.erase("dtype");
  }
  if (name == "Normalize") {
    // TensorFlow bounds the square of what Keras 3 bounds.
    kwargs["epsilon"] = std::sqrt(kwargs.value("epsilon", 1e-12));
    otherwise("axis", Json());
  }
  if (name == "Stack" || name == "Unstack") otherwise("axis", 0);
  if (name == "Cumsum" || name == "Cumprod") otherwise("axis", 0);
}

}  // namespace

std::string operation_name(const LayerDescription& operation) {
  if (!is_keras2_function(operation)) return operation.class_name;
  const std::string function = keras2_function_name(operation);
  const Keras2Function* found = find_keras2_function(function);
  return found ? found->operation : function;
}

bool knows_operation(const LayerDescription& operation) {
  if (is_keras2_function(operation)) {
    const std::string function = keras2_function_name(operation);
    if (find_expanded_function(function) || gives_shapes(function)) return true;
    if (!find_keras2_function(function)) return false;
  }
  const auto names = operation_names();
  return std::find(names.begin(), names.end(), operation_name(operation)) != names.end();
}

OperationCall operation_call(const LayerDescription& operation, const CallDescription& call) {
  OperationCall out;
  out.class_name = operation_name(operation);
  out.name = operation.name;
  if (!is_keras2_function(operation)) {
    out.module = operation.module.empty() ? keras3_module(out.class_name) : operation.module;
    out.config = shared(operation.object["config"]);
    out.args = shared(call.args);
    out.kwargs = shared(call.kwargs);
    return out;
  }
  out.module = keras3_module(out.class_name);
  const Keras2Function* function = find_keras2_function(keras2_function_name(operation));
  if (!function) raise<NotSupported>("the operation {} ('{}') as one of Keras 3", out.class_name, out.name);
  const auto arguments = pairs_in(function->arguments);
  Json kwargs = Json::object(), args = call.args;
  for (const auto& [key, value] : call.kwargs.items()) {
    const auto renamed = std::find_if(arguments.begin(), arguments.end(),
                                      [&key = key](const auto& pair) { return key == pair.first; });
    // None of a plain default in what remains: Keras 3 has no such arguments.
    if (renamed != arguments.end()) {
      // Two names of one argument: None is of the one that is not used.
      if (!value.is_null() || !kwargs.contains(renamed->second)) kwargs[renamed->second] = value;
    } else if (!is_idle_argument(key, value)) {
      raise<NotSupported>("the operation tf.{} ('{}') with the argument {}={}", function->name,
                          operation.name, key, value.dump().substr(0, 100));
    }
  }
  translate_values(function->name, out.class_name, kwargs);
  // What Keras 3's classes take in their call stays there; the rest belongs to the constructor.
  Json config = Json::object();
  for (const std::string key : {"axis",          "keepdims",
                                "axes",          "newshape",
                                "dtype",         "repeats",
                                "shape",         "pad_width",
                                "mode",          "x_min",
                                "x_max",         "indices_or_sections",
                                "num",           "negative_slope",
                                "approximate",   "shift",
                                "num_classes",   "block_size",
                                "epsilon",       "data_format",
                                "pool_size",     "strides",
                                "padding",       "k",
                                "sorted",        "ord",
                                "lower",         "size",
                                "interpolation", "antialias",
                                "dilation_rate", "axis1",
                                "axis2"})
    if (kwargs.contains(key)) {
      config[key] = kwargs[key];
      kwargs.erase(key);
    }
  // A list of tensors stands in one place.
  const bool list = out.class_name == "Concatenate" || out.class_name == "Stack" || out.class_name == "AddN";
  if (list && !(args.size() == 1 && args[0].is_array())) args = Json::array({args});
  // Second operands are positional in Keras 3.
  for (std::size_t i = args.size(); i < arguments.size(); ++i) {
    const auto found = kwargs.find(arguments[i].second);
    const bool flag = found != kwargs.end() && found->is_boolean();
    if (found == kwargs.end() || i != args.size() || flag) break;
    const Json value = *found;
    kwargs.erase(found);
    args.push_back(value);
  }
  // Keras 3 takes a slice alone for no index.
  if (out.class_name == "GetItem" && args.size() == 2 && args[1].is_object())
    args[1] = Json::array({args[1]});
  for (Json& arg : args) arg = in_keras3(arg, out.class_name);
  out.config = shared(std::move(config));
  out.args = shared(std::move(args));
  out.kwargs = shared(std::move(kwargs));
  return out;
}

bool is_operation_object(const Json& layer) {
  return layer.is_object() && layer.contains("module") && layer["module"].is_string() &&
         layer["module"].get<std::string>().find(".ops.") != std::string::npos;
}

}  // namespace rhyton
