#include "serialization/keras2_functions.hpp"

namespace rhyton {

namespace {

constexpr const char* of_x = "x";
constexpr const char* of_two = "x=x1, y=x2";
constexpr const char* of_features = "features=x";
constexpr const char* reduction = "input_tensor=x, axis, keepdims";
constexpr const char* over_axis = "input=x, axis, output_type=dtype";
constexpr const char* transposition = "a=x, perm=axes";
constexpr const char* removal = "input=x, axis";
constexpr const char* padding = "tensor=x, paddings=pad_width, mode, constant_values";
constexpr const char* gathering = "params=x, indices, axis, batch_dims";
constexpr const char* matmul = "a=x1, b=x2, transpose_a=transpose_x1, transpose_b=transpose_x2";
constexpr const char* pooling = "input=inputs, ksize=pool_size, strides, padding, data_format";
constexpr const char* convolution =
    "input=inputs, filter=kernel, filters=kernel, strides, stride=strides, padding, data_format, "
    "dilation_rate, dilations=dilation_rate";
constexpr const char* depthwise =
    "input=inputs, filter=kernel, strides, padding, rate=dilation_rate, data_format, dilations=dilation_rate";
constexpr const char* separable =
    "input=inputs, depthwise_filter=depthwise_kernel, pointwise_filter=pointwise_kernel, strides, padding, "
    "rate=dilation_rate, data_format, dilations=dilation_rate";
constexpr const char* flip_of_image = "image=x";
constexpr const char* blocks = "input=x, block_size, data_format";

constexpr Keras2Function functions[] = {
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
    {"math.atan2", "Arctan2", "y=x1, x=x2"},
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
    {"math.add_n", "AddN", "inputs=xs"},
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
    {"identity", "Copy", "input=x"},
    {"stop_gradient", "StopGradient", "input=x"},
    {"zeros_like", "ZerosLike", "input=x"},
    {"ones_like", "OnesLike", "input=x"},
    {"cast", "Cast", "x, dtype"},
    {"clip_by_value", "Clip", "t=x, clip_value_min=x_min, clip_value_max=x_max"},
    {"where", "Where", "condition, x=x1, y=x2"},
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
    {"nn.gelu", "Gelu", "features=x, approximate"},
    {"nn.leaky_relu", "LeakyRelu", "features=x, alpha=negative_slope"},
    {"nn.softmax", "Softmax", "logits=x, axis"},
    {"nn.log_softmax", "LogSoftmax", "logits=x, axis"},
    {"math.l2_normalize", "Normalize", "x, axis, epsilon"},
    {"nn.l2_normalize", "Normalize", "x, axis, epsilon"},
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
    {"math.cumsum", "Cumsum", "x, axis, exclusive, reverse"},
    {"math.cumprod", "Cumprod", "x, axis, exclusive, reverse"},
    {"reshape", "Reshape", "tensor=x, shape=newshape"},
    {"compat.v1.transpose", "Transpose", transposition},
    {"transpose", "Transpose", transposition},
    {"expand_dims", "ExpandDims", removal},
    {"compat.v1.squeeze", "Squeeze", removal},
    {"squeeze", "Squeeze", removal},
    {"concat", "Concatenate", "values=xs, axis"},
    {"stack", "Stack", "values=x, axis"},
    {"split", "Split", "value=x, num_or_size_splits=sizes, axis"},
    {"unstack", "Unstack", "value=x, num, axis"},
    {"tile", "Tile", "input=x, multiples=repeats"},
    {"broadcast_to", "BroadcastTo", "input=x, shape"},
    {"repeat", "Repeat", "input=x, repeats, axis"},
    {"reverse", "Flip", "tensor=x, axis"},
    {"roll", "Roll", "input=x, shift, axis"},
    {"experimental.numpy.take_along_axis", "TakeAlongAxis", "arr=x, indices, axis"},
    {"compat.v1.pad", "Pad", padding},
    {"pad", "Pad", padding},
    {"compat.v1.gather", "Take", gathering},
    {"gather", "Take", gathering},
    {"one_hot", "OneHot", "indices=x, depth=num_classes, axis, dtype"},
    {"slice", "Slice", "input_=inputs, begin=start_indices, size=shape"},
    {"__operators__.getitem", "GetItem", "tensor=x, slice_spec=key"},
    {"linalg.matmul", "Matmul", matmul},
    {"tensordot", "Tensordot", "a=x1, b=x2, axes"},
    {"nn.depth_to_space", "DepthToSpace", blocks},
    {"nn.space_to_depth", "SpaceToDepth", blocks},
    {"compat.v1.nn.depth_to_space", "DepthToSpace", blocks},
    {"compat.v1.nn.space_to_depth", "SpaceToDepth", blocks},
    {"nn.max_pool2d", "MaxPool", pooling},
    {"nn.avg_pool2d", "AveragePool", pooling},
    {"nn.max_pool1d", "MaxPool", pooling},
    {"nn.max_pool3d", "MaxPool", pooling},
    {"nn.max_pool", "MaxPool", pooling},
    {"compat.v1.nn.max_pool", "MaxPool", pooling},
    {"nn.avg_pool1d", "AveragePool", pooling},
    {"nn.avg_pool3d", "AveragePool", pooling},
    {"nn.avg_pool", "AveragePool", pooling},
    {"compat.v1.nn.avg_pool", "AveragePool", pooling},
    {"nn.convolution", "Conv", convolution},
    {"compat.v1.nn.conv1d", "Conv", convolution},
    {"compat.v1.nn.conv2d", "Conv", convolution},
    {"compat.v1.nn.convolution", "Conv", convolution},
    {"nn.conv3d", "Conv", convolution},
    {"compat.v1.nn.depthwise_conv2d", "DepthwiseConv", depthwise},
    {"nn.depthwise_conv2d", "DepthwiseConv", depthwise},
    {"compat.v1.nn.separable_conv2d", "SeparableConv", separable},
    {"nn.separable_conv2d", "SeparableConv", separable},
    {"nn.bias_add", "Add", "value=x1, bias=x2, data_format"},
    {"compat.v1.math.scalar_mul", "Multiply", "scalar=x1, x=x2"},
    {"math.accumulate_n", "AddN", "inputs=xs"},
    {"math.log_sigmoid", "LogSigmoid", of_x},
    {"math.angle", "Angle", "input=x"},
    {"math.erfinv", "Erfinv", of_x},
    {"math.rint", "Round", of_x},
    {"math.reduce_euclidean_norm", "Norm", reduction},
    {"compat.v1.norm", "Norm", "tensor=x, ord, axis, keepdims"},
    {"norm", "Norm", "tensor=x, ord, axis, keepdims"},
    {"sort", "Sort", "values=x, axis, direction"},
    {"argsort", "Argsort", "values=x, axis, direction, stable"},
    {"math.top_k", "TopK", "input=x, k, sorted"},
    {"bitwise.bitwise_and", "BitwiseAnd", of_two},
    {"bitwise.bitwise_or", "BitwiseOr", of_two},
    {"bitwise.bitwise_xor", "BitwiseXor", of_two},
    {"bitwise.invert", "BitwiseInvert", of_x},
    {"bitwise.left_shift", "LeftShift", of_two},
    {"bitwise.right_shift", "RightShift", of_two},
    {"linalg.det", "Det", "input=x"},
    {"linalg.inv", "Inv", "input=x"},
    {"linalg.cholesky", "Cholesky", "input=x"},
    {"linalg.solve", "Solve", "matrix=a, rhs=b"},
    {"linalg.triangular_solve", "SolveTriangular", "matrix=a, rhs=b, lower"},
    {"linalg.cross", "Cross", "a=x1, b=x2"},
    {"linalg.matrix_transpose", "Swapaxes", transposition},
    {"linalg.adjoint", "Swapaxes", "matrix=x"},
    {"linalg.trace", "Trace", of_x},
    {"linalg.diag_part", "Diagonal", "input=x"},
    {"image.resize", "Resize", "images, size, method=interpolation, antialias"},
    {"image.flip_left_right", "Flip", flip_of_image},
    {"image.flip_up_down", "Flip", flip_of_image},
    {"image.rgb_to_grayscale", "RGBToGrayscale", "images"},
    {"ensure_shape", "Copy", "x, shape"},
};

}  // namespace

const Keras2Function* find_keras2_function(const std::string& name) {
  for (const auto& function : functions)
    if (name == function.name) return &function;
  return nullptr;
}

const Keras2Function* keras2_function_for(const std::string& operation) {
  for (const auto& function : functions)
    if (operation == function.operation) return &function;
  return nullptr;
}

}  // namespace rhyton
