#include "serialization/keras2_functions.hpp"

namespace rhyton {

namespace {

using Arguments = std::vector<std::pair<const char*, const char*>>;
const Arguments of_x = {{"x", "x"}};
const Arguments of_two = {{"x", "x1"}, {"y", "x2"}};
const Arguments of_features = {{"features", "x"}};
const Arguments reduction = {{"input_tensor", "x"}, {"axis", "axis"}, {"keepdims", "keepdims"}};
const Arguments over_axis = {{"input", "x"}, {"axis", "axis"}, {"output_type", "dtype"}};
const Arguments transposition = {{"a", "x"}, {"perm", "axes"}};
const Arguments removal = {{"input", "x"}, {"axis", "axis"}};
const Arguments padding = {
    {"tensor", "x"}, {"paddings", "pad_width"}, {"mode", "mode"}, {"constant_values", "constant_values"}};
const Arguments gathering = {
    {"params", "x"}, {"indices", "indices"}, {"axis", "axis"}, {"batch_dims", "batch_dims"}};
const Arguments matmul = {
    {"a", "x1"}, {"b", "x2"}, {"transpose_a", "transpose_x1"}, {"transpose_b", "transpose_x2"}};
const Arguments pooling = {{"input", "inputs"},
                           {"ksize", "pool_size"},
                           {"strides", "strides"},
                           {"padding", "padding"},
                           {"data_format", "data_format"}};
const Arguments blocks = {{"input", "x"}, {"block_size", "block_size"}, {"data_format", "data_format"}};

}  // namespace

const std::vector<Keras2Function>& keras2_functions() {
  static const std::vector<Keras2Function> functions = {
      {"__operators__.add", "Add", of_two},
      {"math.add", "Add", of_two},
      {"math.subtract", "Subtract", of_two},
      {"math.multiply", "Multiply", of_two},
      {"math.truediv", "TrueDivide", of_two},
      {"math.divide", "TrueDivide", of_two},
      {"math.truediv", "Divide", of_two},
      {"math.divide_no_nan", "DivideNoNan", of_two},
      {"compat.v1.floor_div", "FloorDivide", of_two},
      {"math.floordiv", "FloorDivide", of_two},
      {"math.floormod", "Mod", of_two},
      {"math.mod", "Mod", of_two},
      {"math.pow", "Power", of_two},
      {"math.maximum", "Maximum", of_two},
      {"math.minimum", "Minimum", of_two},
      {"math.squared_difference", "SquaredDifference", of_two},
      {"math.atan2", "Arctan2", {{"y", "x1"}, {"x", "x2"}}},
      {"math.equal", "Equal", of_two},
      {"math.not_equal", "NotEqual", of_two},
      {"math.greater", "Greater", of_two},
      {"math.greater_equal", "GreaterEqual", of_two},
      {"math.less", "Less", of_two},
      {"math.less_equal", "LessEqual", of_two},
      {"math.logical_and", "LogicalAnd", of_two},
      {"math.logical_or", "LogicalOr", of_two},
      {"math.logical_xor", "LogicalXor", of_two},
      {"math.logical_not", "LogicalNot", of_x},
      {"math.add_n", "AddN", {{"inputs", "xs"}}},
      {"math.abs", "Absolute", of_x},
      {"math.abs", "Abs", of_x},
      {"math.negative", "Negative", of_x},
      {"math.sign", "Sign", of_x},
      {"math.square", "Square", of_x},
      {"math.sqrt", "Sqrt", of_x},
      {"math.rsqrt", "Rsqrt", of_x},
      {"math.reciprocal", "Reciprocal", of_x},
      {"math.exp", "Exp", of_x},
      {"math.expm1", "Expm1", of_x},
      {"math.log", "Log", of_x},
      {"math.log1p", "Log1p", of_x},
      {"math.sin", "Sin", of_x},
      {"math.cos", "Cos", of_x},
      {"math.tan", "Tan", of_x},
      {"math.asin", "Arcsin", of_x},
      {"math.acos", "Arccos", of_x},
      {"math.atan", "Arctan", of_x},
      {"math.sinh", "Sinh", of_x},
      {"math.cosh", "Cosh", of_x},
      {"math.asinh", "Arcsinh", of_x},
      {"math.acosh", "Arccosh", of_x},
      {"math.atanh", "Arctanh", of_x},
      {"math.erf", "Erf", of_x},
      {"math.erfc", "Erfc", of_x},
      {"math.floor", "Floor", of_x},
      {"math.ceil", "Ceil", of_x},
      {"math.round", "Round", of_x},
      {"math.is_nan", "Isnan", of_x},
      {"math.is_inf", "Isinf", of_x},
      {"math.is_finite", "Isfinite", of_x},
      {"identity", "Copy", {{"input", "x"}}},
      {"stop_gradient", "StopGradient", {{"input", "x"}}},
      {"zeros_like", "ZerosLike", {{"input", "x"}}},
      {"ones_like", "OnesLike", {{"input", "x"}}},
      {"cast", "Cast", {{"x", "x"}, {"dtype", "dtype"}}},
      {"clip_by_value", "Clip", {{"t", "x"}, {"clip_value_min", "x_min"}, {"clip_value_max", "x_max"}}},
      {"where", "Where", {{"condition", "condition"}, {"x", "x1"}, {"y", "x2"}}},
      {"math.sigmoid", "Sigmoid", of_x},
      {"nn.sigmoid", "Sigmoid", of_x},
      {"math.tanh", "Tanh", of_x},
      {"nn.tanh", "Tanh", of_x},
      {"math.softplus", "Softplus", of_features},
      {"nn.softplus", "Softplus", of_features},
      {"nn.softsign", "Softsign", of_features},
      {"nn.relu", "Relu", of_features},
      {"nn.relu6", "Relu6", of_features},
      {"nn.elu", "Elu", of_features},
      {"nn.selu", "Selu", of_features},
      {"nn.silu", "Silu", of_features},
      {"nn.swish", "Silu", of_features},
      {"nn.gelu", "Gelu", {{"features", "x"}, {"approximate", "approximate"}}},
      {"nn.leaky_relu", "LeakyRelu", {{"features", "x"}, {"alpha", "negative_slope"}}},
      {"nn.softmax", "Softmax", {{"logits", "x"}, {"axis", "axis"}}},
      {"nn.log_softmax", "LogSoftmax", {{"logits", "x"}, {"axis", "axis"}}},
      {"math.l2_normalize", "Normalize", {{"x", "x"}, {"axis", "axis"}, {"epsilon", "epsilon"}}},
      {"nn.l2_normalize", "Normalize", {{"x", "x"}, {"axis", "axis"}, {"epsilon", "epsilon"}}},
      {"math.reduce_sum", "Sum", reduction},
      {"math.reduce_mean", "Mean", reduction},
      {"math.reduce_max", "Max", reduction},
      {"math.reduce_max", "Amax", reduction},
      {"math.reduce_min", "Min", reduction},
      {"math.reduce_min", "Amin", reduction},
      {"math.reduce_prod", "Prod", reduction},
      {"math.reduce_variance", "Var", reduction},
      {"math.reduce_std", "Std", reduction},
      {"math.reduce_logsumexp", "Logsumexp", reduction},
      {"math.reduce_any", "Any", reduction},
      {"math.reduce_all", "All", reduction},
      {"math.argmax", "Argmax", over_axis},
      {"math.argmin", "Argmin", over_axis},
      {"math.cumsum",
       "Cumsum",
       {{"x", "x"}, {"axis", "axis"}, {"exclusive", "exclusive"}, {"reverse", "reverse"}}},
      {"math.cumprod",
       "Cumprod",
       {{"x", "x"}, {"axis", "axis"}, {"exclusive", "exclusive"}, {"reverse", "reverse"}}},
      {"reshape", "Reshape", {{"tensor", "x"}, {"shape", "newshape"}}},
      {"compat.v1.transpose", "Transpose", transposition},
      {"transpose", "Transpose", transposition},
      {"expand_dims", "ExpandDims", removal},
      {"compat.v1.squeeze", "Squeeze", removal},
      {"squeeze", "Squeeze", removal},
      {"concat", "Concatenate", {{"values", "xs"}, {"axis", "axis"}}},
      {"stack", "Stack", {{"values", "x"}, {"axis", "axis"}}},
      {"split", "Split", {{"value", "x"}, {"num_or_size_splits", "sizes"}, {"axis", "axis"}}},
      {"unstack", "Unstack", {{"value", "x"}, {"num", "num"}, {"axis", "axis"}}},
      {"tile", "Tile", {{"input", "x"}, {"multiples", "repeats"}}},
      {"broadcast_to", "BroadcastTo", {{"input", "x"}, {"shape", "shape"}}},
      {"repeat", "Repeat", {{"input", "x"}, {"repeats", "repeats"}, {"axis", "axis"}}},
      {"reverse", "Flip", {{"tensor", "x"}, {"axis", "axis"}}},
      {"roll", "Roll", {{"input", "x"}, {"shift", "shift"}, {"axis", "axis"}}},
      {"compat.v1.pad", "Pad", padding},
      {"pad", "Pad", padding},
      {"compat.v1.gather", "Take", gathering},
      {"gather", "Take", gathering},
      {"one_hot",
       "OneHot",
       {{"indices", "x"}, {"depth", "num_classes"}, {"axis", "axis"}, {"dtype", "dtype"}}},
      {"slice", "Slice", {{"input_", "inputs"}, {"begin", "start_indices"}, {"size", "shape"}}},
      {"__operators__.getitem", "GetItem", {{"tensor", "x"}, {"slice_spec", "key"}}},
      {"linalg.matmul", "Matmul", matmul},
      {"tensordot", "Tensordot", {{"a", "x1"}, {"b", "x2"}, {"axes", "axes"}}},
      {"nn.depth_to_space", "DepthToSpace", blocks},
      {"nn.space_to_depth", "SpaceToDepth", blocks},
      {"nn.max_pool2d", "MaxPool", pooling},
      {"nn.avg_pool2d", "AveragePool", pooling},
  };
  return functions;
}

const Keras2Function* find_keras2_function(const std::string& name) {
  for (const auto& function : keras2_functions())
    if (name == function.name) return &function;
  return nullptr;
}

const Keras2Function* keras2_function_for(const std::string& operation) {
  for (const auto& function : keras2_functions())
    if (operation == function.operation) return &function;
  return nullptr;
}

}  // namespace rhyton
