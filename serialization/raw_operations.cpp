#include "serialization/raw_operations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nn/name_lists.hpp"

namespace rhyton {

namespace {

struct RawOperation {
  const char *name, *function;
  const char* arguments;        ///< of the node's inputs, in order: "tensor, shape"
  const char* attributes = "";  ///< and of its attributes: "adj_x=transpose_a"
  bool list = false;            ///< inputs but those of `arguments` behind the first are one list
};

constexpr RawOperation operations[] = {
    {"Add", "math.add", "x, y"},
    {"AddV2", "math.add", "x, y"},
    {"Sub", "math.subtract", "x, y"},
    {"Mul", "math.multiply", "x, y"},
    {"RealDiv", "math.truediv", "x, y"},
    {"DivNoNan", "math.divide_no_nan", "x, y"},
    {"FloorDiv", "math.floordiv", "x, y"},
    {"FloorMod", "math.floormod", "x, y"},
    {"Pow", "math.pow", "x, y"},
    {"Maximum", "math.maximum", "x, y"},
    {"Minimum", "math.minimum", "x, y"},
    {"SquaredDifference", "math.squared_difference", "x, y"},
    {"Equal", "math.equal", "x, y"},
    {"NotEqual", "math.not_equal", "x, y"},
    {"Greater", "math.greater", "x, y"},
    {"GreaterEqual", "math.greater_equal", "x, y"},
    {"Less", "math.less", "x, y"},
    {"LessEqual", "math.less_equal", "x, y"},
    {"LogicalAnd", "math.logical_and", "x, y"},
    {"LogicalOr", "math.logical_or", "x, y"},
    {"LogicalNot", "math.logical_not", "x"},
    {"Neg", "math.negative", "x"},
    {"Abs", "math.abs", "x"},
    {"Sign", "math.sign", "x"},
    {"Square", "math.square", "x"},
    {"Sqrt", "math.sqrt", "x"},
    {"Rsqrt", "math.rsqrt", "x"},
    {"Reciprocal", "math.reciprocal", "x"},
    {"Exp", "math.exp", "x"},
    {"Log", "math.log", "x"},
    {"Log1p", "math.log1p", "x"},
    {"Sin", "math.sin", "x"},
    {"Cos", "math.cos", "x"},
    {"Erf", "math.erf", "x"},
    {"Floor", "math.floor", "x"},
    {"Ceil", "math.ceil", "x"},
    {"Round", "math.round", "x"},
    {"Sigmoid", "math.sigmoid", "x"},
    {"Tanh", "math.tanh", "x"},
    {"Relu", "nn.relu", "features"},
    {"Relu6", "nn.relu6", "features"},
    {"Elu", "nn.elu", "features"},
    {"Selu", "nn.selu", "features"},
    {"Softplus", "nn.softplus", "features"},
    {"Softsign", "nn.softsign", "features"},
    {"LeakyRelu", "nn.leaky_relu", "features", "alpha"},
    {"Softmax", "nn.softmax", "logits"},
    {"LogSoftmax", "nn.log_softmax", "logits"},
    {"Identity", "identity", "input"},
    {"StopGradient", "stop_gradient", "input"},
    {"ZerosLike", "zeros_like", "input"},
    {"OnesLike", "ones_like", "input"},
    {"Mean", "math.reduce_mean", "input_tensor, axis", "keep_dims=keepdims"},
    {"Sum", "math.reduce_sum", "input_tensor, axis", "keep_dims=keepdims"},
    {"Max", "math.reduce_max", "input_tensor, axis", "keep_dims=keepdims"},
    {"Min", "math.reduce_min", "input_tensor, axis", "keep_dims=keepdims"},
    {"Prod", "math.reduce_prod", "input_tensor, axis", "keep_dims=keepdims"},
    {"Any", "math.reduce_any", "input_tensor, axis", "keep_dims=keepdims"},
    {"All", "math.reduce_all", "input_tensor, axis", "keep_dims=keepdims"},
    {"ArgMax", "math.argmax", "input, axis"},
    {"Reshape", "reshape", "tensor, shape"},
    {"Transpose", "transpose", "a, perm"},
    {"ExpandDims", "expand_dims", "input, axis"},
    {"Squeeze", "squeeze", "input", "squeeze_dims=axis"},
    {"ConcatV2", "concat", "values, axis", "", true},
    {"Pack", "stack", "values", "axis", true},
    {"AddN", "math.add_n", "inputs", "", true},
    {"Unpack", "unstack", "value", "num, axis"},
    {"Cast", "cast", "x", "DstT=dtype"},
    {"StridedSlice", "strided_slice", "input_, begin, end, strides",
     "begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask"},
    {"Slice", "slice", "input_, begin, size"},
    {"Pad", "pad", "tensor, paddings"},
    {"PadV2", "pad", "tensor, paddings, constant_values"},
    {"MirrorPad", "pad", "tensor, paddings", "mode"},
    {"MatMul", "linalg.matmul", "a, b", "transpose_a, transpose_b"},
    {"BatchMatMul", "linalg.matmul", "a, b", "adj_x=transpose_a, adj_y=transpose_b"},
    {"BatchMatMulV2", "linalg.matmul", "a, b", "adj_x=transpose_a, adj_y=transpose_b"},
    {"Tile", "tile", "input, multiples"},
    {"BroadcastTo", "broadcast_to", "input, shape"},
    {"GatherV2", "gather", "params, indices, axis", "batch_dims"},
    {"Shape", "compat.v1.shape", "input"},
    {"Fill", "fill", "dims, value"},
    {"Range", "range", "start, limit, delta"},
    {"Select", "compat.v1.where", "condition, x, y"},
    {"SelectV2", "where", "condition, x, y"},
    {"ClipByValue", "clip_by_value", "t, clip_value_min, clip_value_max"},
    {"ResizeBilinear", "compat.v1.image.resize_bilinear", "images, size",
     "align_corners, half_pixel_centers"},
    {"ResizeNearestNeighbor", "compat.v1.image.resize_nearest_neighbor", "images, size",
     "align_corners, half_pixel_centers"},
    {"BiasAdd", "nn.bias_add", "value, bias"},
    {"DepthToSpace", "nn.depth_to_space", "input", "block_size"},
    {"SpaceToDepth", "nn.space_to_depth", "input", "block_size"},
    {"MaxPool", "nn.max_pool2d", "input", "ksize, strides, padding"},
    {"AvgPool", "nn.avg_pool2d", "input", "ksize, strides, padding"},
};

/// {"b": true}, {"i": "3"}, {"f": 0.5}, {"list": {"i": ["1", "2"]}}, texts as the few that there are; null
/// for others.
Json attribute_value(const Json& attribute) {
  const auto whole = [](const Json& text) -> Json {
    if (text.is_number_integer()) return text;
    if (!text.is_string() || text.get<std::string>().size() > 9) return nullptr;
    const std::string digits = text.get<std::string>();
    const std::size_t sign = digits.starts_with('-') ? 1 : 0;
    const bool number =
        digits.size() > sign && std::all_of(digits.begin() + static_cast<std::ptrdiff_t>(sign), digits.end(),
                                            [](char c) { return c >= '0' && c <= '9'; });
    return number ? Json(std::stoi(digits)) : Json();
  };
  static const std::map<std::string, std::string> texts = {{"VkFMSUQ=", "VALID"},
                                                           {"U0FNRQ==", "SAME"},
                                                           {"UkVGTEVDVA==", "REFLECT"},
                                                           {"U1lNTUVUUklD", "SYMMETRIC"},
                                                           {"TkhXQw==", "NHWC"}};
  static const std::map<std::string, std::string> types = {
      {"DT_FLOAT", "float32"}, {"DT_DOUBLE", "float64"}, {"DT_HALF", "float16"}, {"DT_INT32", "int32"},
      {"DT_INT64", "int64"},   {"DT_BOOL", "bool"},      {"DT_UINT8", "uint8"},  {"DT_INT8", "int8"}};
  if (!attribute.is_object() || attribute.size() != 1) return nullptr;
  const std::string key = attribute.begin().key();
  const Json& value = attribute.begin().value();
  const auto named = [&](const std::map<std::string, std::string>& names) -> Json {
    const auto found = value.is_string() ? names.find(value.get<std::string>()) : names.end();
    return found == names.end() ? Json() : Json(found->second);
  };
  if (key == "b") return value.is_boolean() ? value : Json();
  if (key == "f") return value.is_number() ? value : Json();
  if (key == "i") return whole(value);
  if (key == "s") return named(texts);
  if (key == "type") return named(types);
  if (key != "list" || !value.is_object()) return nullptr;
  Json out = Json::array();
  if (const auto numbers = value.find("i"); numbers != value.end() && numbers->is_array())
    for (const Json& number : *numbers) {
      out.push_back(whole(number));
      if (out.back().is_null()) return nullptr;
    }
  return out;
}

bool holds_numbers_alone(const Json& json) {
  return json.is_array() ? std::all_of(json.begin(), json.end(), holds_numbers_alone)
                         : json.is_number() || json.is_boolean();
}

/// An attribute that no argument stands for: types, and defaults.
bool is_idle(const std::string& name, const Json& attribute) {
  if (name.starts_with('_') || name == "N" || (attribute.is_object() && attribute.contains("type")))
    return true;
  const Json value = attribute_value(attribute);
  return value == false || value == Json::array() || value == "NHWC" || name == "incompatible_shape_error";
}

/// The call in the terms of the function; what is wrong with it, if anything.
std::string translate(const Json& config, const Json& node, const RawOperation& raw, CallDescription& call) {
  const Json constants = config.value("constants", Json::object());
  Json inputs = Json::array();
  std::size_t next = 0, count = 0;
  for (const Json& input : node.value("input", Json::array()))
    if (!input.is_string() || !input.get<std::string>().starts_with('^')) ++count;
  for (std::size_t i = 0; i < count; ++i) {
    const auto constant = constants.is_object() ? constants.find(std::to_string(i)) : constants.end();
    if (constants.is_object() && constant != constants.end()) {
      const bool array =
          constant->is_object() && constant->contains("config") && (*constant)["config"].is_object();
      const Json value = array ? (*constant)["config"].value("value", Json()) : *constant;
      if (!holds_numbers_alone(value)) return "a constant that is no number";
      inputs.push_back(value);
    } else if (next < call.args.size()) {
      inputs.push_back(call.args[next++]);
    } else {
      return "fewer inputs than there are";
    }
  }
  const auto arguments = names_in(raw.arguments);
  const auto known_attributes = pairs_in(raw.attributes);
  const std::size_t named = arguments.size() - 1;
  if (raw.list ? count <= named : count > arguments.size() || count == 0) return "another number of inputs";
  if (next != call.args.size()) return "more inputs than there are";
  call.args = Json::array({inputs[0]});
  const std::size_t listed = raw.list ? count - named : 1;
  if (raw.list)
    call.args = Json::array({Json(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(listed))});
  for (std::size_t i = listed; i < count; ++i) call.kwargs[arguments[i - listed + 1]] = inputs[i];
  const Json attributes = node.value("attr", Json::object());
  for (const auto& [name, attribute] : attributes.items()) {
    const auto known = std::find_if(known_attributes.begin(), known_attributes.end(),
                                    [&name = name](const auto& pair) { return name == pair.first; });
    if (known == known_attributes.end()) {
      if (!is_idle(name, attribute))
        return fmt::format("the attribute {}={}", name, attribute.dump().substr(0, 60));
      continue;
    }
    const Json value = attribute_value(attribute);
    if (value.is_null()) return fmt::format("the attribute {}={}", name, attribute.dump().substr(0, 60));
    if (value != Json::array()) call.kwargs[known->second] = value;
  }
  return {};
}

/// x[1] and x[1:3] of one axis, as shapes are taken apart, in the words for it.
bool say_as_item(CallDescription& call) {
  Json& kwargs = call.kwargs;
  for (const char* bound : {"begin", "end", "strides"})
    if (const Json given = kwargs.value(bound, Json());
        !given.is_array() || given.size() != 1 || !given[0].is_number_integer())
      return false;
  if (kwargs.value("ellipsis_mask", Json(0)) != 0 || kwargs.value("new_axis_mask", Json(0)) != 0)
    return false;
  const auto bound = [&](const char* name, const char* mask) {
    return kwargs.value(mask, Json(0)) == 0 ? kwargs[name][0] : Json();
  };
  Json item = {{"start", bound("begin", "begin_mask")},
               {"stop", bound("end", "end_mask")},
               {"step", kwargs["strides"][0]}};
  if (kwargs.value("shrink_axis_mask", Json(0)) != 0) item = kwargs["begin"][0];
  kwargs = {{"slice_spec", Json::array({item})}};
  return true;
}

}  // namespace

void read_raw_operation(LayerDescription& layer) {
  const Json config = layer.object["config"].is_object() ? layer.object["config"] : Json::object();
  Json node = config.value("node_def", Json());
  const std::string op =
      node.is_object() && node.value("op", Json()).is_string() ? node["op"].get<std::string>() : "?";
  const auto raw = std::find_if(std::begin(operations), std::end(operations),
                                [&](const RawOperation& operation) { return op == operation.name; });
  std::string function = "raw_ops." + op;
  if (raw != std::end(operations)) {
    std::string wrong;
    for (CallDescription& call : layer.calls)
      if (wrong.empty()) wrong = translate(config, node, *raw, call);
    const bool item =
        op == "StridedSlice" && wrong.empty() && layer.calls.size() == 1 && say_as_item(layer.calls[0]);
    function = item            ? "__operators__.getitem"
               : wrong.empty() ? raw->function
                               : fmt::format("{} with {}", function, wrong);
  }
  layer.class_name = "TFOpLambda";
  layer.object["class_name"] = "TFOpLambda";
  layer.object["config"] = {{"name", layer.name}, {"function", function}};
}

}  // namespace rhyton
