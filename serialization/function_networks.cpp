// Losses and parts of networks of TensorFlow and Keras 2's backend, in operations of Keras 3.
#include <fmt/format.h>

#include <algorithm>

#include "serialization/function_call.hpp"

namespace rhyton {

namespace {

using Results = SymbolicTensors;
constexpr double smallest = 1e-7;  // keras.backend.epsilon()

/// -sum(labels log p) along an axis.
SymbolicTensor crossed(FunctionCall& c, const FunctionCall::Operand& labels, const SymbolicTensor& log_p,
                       std::int64_t axis) {
  const auto products = c.call("Multiply", {labels, log_p});
  return c.result("Negative", {c.reduce("Sum", products, axis, false)});
}

Results softmax_cross_entropy(FunctionCall& c) {
  const auto labels = c.operand("labels");
  const auto logits = c.tensor("logits");
  const std::int64_t axis = c.integer("axis", c.integer("dim", -1));
  if (labels.tensor && labels.tensor.shape().rank() != logits.shape().rank())
    c.refuse("labels of another number of axes");
  return {crossed(c, labels, c.call("LogSoftmax", {logits}, {{"axis", axis}}), axis)};
}

/// Of whole numbers of classes along the last axis.
SymbolicTensor sparse_crossed(FunctionCall& c, const SymbolicTensor& labels, const SymbolicTensor& logits) {
  if (labels.shape().rank() + 1 != logits.shape().rank())
    c.refuse(fmt::format("labels of shape {} for logits of shape {}", to_string(labels.shape()),
                         to_string(logits.shape())));
  const Json config = {{"num_classes", c.size(logits, -1)}, {"axis", -1}, {"dtype", "float32"}};
  const auto whole = is_floating(labels.dtype()) ? c.cast(labels, DType::int32) : labels;
  const auto one_hot = c.call("OneHot", {whole}, config);
  return crossed(c, one_hot, c.call("LogSoftmax", {logits}, {{"axis", -1}}), -1);
}

Results sparse_softmax_cross_entropy(FunctionCall& c) {
  const auto labels = c.tensor("labels");
  return {sparse_crossed(c, labels, c.tensor("logits"))};
}

/// softplus(x) - x labels
SymbolicTensor sigmoid_crossed(FunctionCall& c, const FunctionCall::Operand& labels,
                               const SymbolicTensor& x) {
  const auto products = c.call("Multiply", {x, labels});
  return c.result("Subtract", {c.call("Softplus", {x}), products});
}

Results sigmoid_cross_entropy(FunctionCall& c) {
  const auto labels = c.operand("labels");
  return {sigmoid_crossed(c, labels, c.tensor("logits"))};
}

/// (1 - z) x + (1 + (q - 1) z) softplus(-x)
Results weighted_cross_entropy(FunctionCall& c) {
  const auto labels = c.operand("labels");
  const auto x = c.tensor("logits");
  if (!c.json("pos_weight").is_number()) c.refuse("a pos_weight that is no number");
  const auto more = c.call("Multiply", {labels, Json(c.number("pos_weight", 1) - 1)});
  const auto falling =
      c.call("Multiply", {c.call("Add", {more, Json(1.0)}), c.call("Softplus", {c.call("Negative", {x})})});
  const auto rising = c.call("Multiply", {c.call("Subtract", {Json(1.0), labels}), x});
  return {c.result("Add", {rising, falling})};
}

SymbolicTensor clipped(FunctionCall& c, const SymbolicTensor& p) {
  return c.call("Clip", {p}, {{"x_min", smallest}, {"x_max", 1 - smallest}});
}

Results binary_crossentropy(FunctionCall& c) {
  const auto target = c.operand("target");
  const auto output = c.tensor("output");
  if (c.flag("from_logits", false)) return {sigmoid_crossed(c, target, output)};
  const auto p = clipped(c, output);
  const auto log = [&](const SymbolicTensor& x) {
    return c.call("Log", {c.call("Add", {x, Json(smallest)})});
  };
  const auto yes = c.call("Multiply", {target, log(p)});
  const auto no =
      c.call("Multiply", {c.call("Subtract", {Json(1.0), target}), log(c.call("Subtract", {Json(1.0), p}))});
  return {c.result("Negative", {c.call("Add", {yes, no})})};
}

Results categorical_crossentropy(FunctionCall& c) {
  const auto target = c.operand("target");
  const auto output = c.tensor("output");
  const std::int64_t axis = c.integer("axis", -1);
  if (c.flag("from_logits", false))
    return {crossed(c, target, c.call("LogSoftmax", {output}, {{"axis", axis}}), axis)};
  const auto shares = c.call("TrueDivide", {output, c.reduce("Sum", output, axis, true)});
  return {crossed(c, target, c.call("Log", {clipped(c, shares)}), axis)};
}

Results sparse_categorical_crossentropy(FunctionCall& c) {
  const auto target = c.tensor("target"), output = c.tensor("output");
  const std::int64_t axis = c.integer("axis", -1);
  if (axis != -1 && axis != output.shape().rank() - 1) c.refuse("axis=" + std::to_string(axis));
  if (c.flag("from_logits", false)) return {sparse_crossed(c, target, output)};
  return {sparse_crossed(c, target, c.call("Log", {clipped(c, output)}))};
}

/// x / (bias + alpha * sum of squares around)^beta: the sum is a product with a matrix of ones in a band.
Results local_response_normalization(FunctionCall& c) {
  const auto x = c.tensor("input");
  const std::int64_t radius = c.integer("depth_radius", 5);
  const double bias = c.number("bias", 1), alpha = c.number("alpha", 1), beta = c.number("beta", 0.5);
  const Dim channels = c.size(x, -1);
  if (radius < 0) c.refuse("a negative radius");
  c.spend(channels, channels);
  Json band = Json::array();
  for (Dim i = 0; i < channels; ++i) {
    Json row = Json::array();
    for (Dim j = 0; j < channels; ++j) row.push_back(std::max(i, j) - std::min(i, j) <= radius ? 1.0 : 0.0);
    band.push_back(std::move(row));
  }
  const auto sums = c.call("Matmul", {c.call("Square", {x}), band});
  const auto base = c.call("Add", {c.call("Multiply", {sums, Json(alpha)}), Json(bias)});
  return {c.result("TrueDivide", {x, c.call("Power", {base, Json(beta)})})};
}

Results silu(FunctionCall& c) {
  const auto x = c.tensor("features");
  const double beta = c.number("beta", 1);
  if (beta == 1) return {c.result("Silu", {x})};
  return {c.result("Multiply", {x, c.call("Sigmoid", {c.call("Multiply", {x, Json(beta)})})})};
}

Results concatenated_relu(FunctionCall& c) {
  const auto x = c.tensor("features");
  const std::int64_t axis = c.integer("axis", -1);
  const auto rising = c.call("Relu", {x}), falling = c.call("Relu", {c.call("Negative", {x})});
  return {c.joined("Concatenate", {rising, falling}, {{"axis", axis}})};
}

Results affine(FunctionCall& c) {
  const auto product = c.call("Matmul", {c.operand("x"), c.operand("weights")});
  return {c.result("Add", {product, c.operand("biases")})};
}

std::string padding_of(FunctionCall& c) {
  const std::string padding = c.text("padding", "VALID");
  if (padding != "SAME" && padding != "VALID") c.refuse("padding=" + padding);
  return padding == "SAME" ? "same" : "valid";
}

Results pool(FunctionCall& c) {
  const auto x = c.tensor("input");
  const auto window = c.integers("window_shape");
  const std::string type = c.text("pooling_type", ""), format = c.text("data_format", "NHWC");
  for (const char* name : {"dilation_rate", "dilations"})
    if (c.has(name))
      for (const std::int64_t rate : c.integers(name))
        if (rate != 1) c.refuse("windows with gaps");
  const auto strides = c.has("strides") ? c.integers("strides") : std::vector<std::int64_t>(window.size(), 1);
  if ((type != "MAX" && type != "AVG") || !format.ends_with("C") ||
      x.shape().rank() != static_cast<int>(window.size()) + 2)
    c.refuse(fmt::format("pooling_type={}, data_format={}", type, format));
  const Json config = {{"pool_size", window},
                       {"strides", strides},
                       {"padding", padding_of(c)},
                       {"data_format", "channels_last"}};
  return {c.result(type == "MAX" ? "MaxPool" : "AveragePool", {x}, config)};
}

}  // namespace

const detail::ExpansionTable& detail::network_expansions() {
  static const ExpansionTable table = {
      {"compat.v1.nn.softmax_cross_entropy_with_logits_v2", {"labels", softmax_cross_entropy}},
      {"nn.softmax_cross_entropy_with_logits", {"labels", softmax_cross_entropy}},
      {"compat.v1.nn.sparse_softmax_cross_entropy_with_logits", {"labels", sparse_softmax_cross_entropy}},
      {"nn.sparse_softmax_cross_entropy_with_logits", {"labels", sparse_softmax_cross_entropy}},
      {"compat.v1.nn.sigmoid_cross_entropy_with_logits", {"labels", sigmoid_cross_entropy}},
      {"nn.sigmoid_cross_entropy_with_logits", {"labels", sigmoid_cross_entropy}},
      {"nn.weighted_cross_entropy_with_logits", {"labels", weighted_cross_entropy}},
      {"keras.backend.binary_crossentropy", {"target", binary_crossentropy}},
      {"keras.backend.categorical_crossentropy", {"target", categorical_crossentropy}},
      {"keras.backend.sparse_categorical_crossentropy", {"target", sparse_categorical_crossentropy}},
      {"nn.local_response_normalization", {"input", local_response_normalization}},
      {"nn.silu", {"features", silu}},
      {"nn.swish", {"features", silu}},
      {"compat.v1.nn.crelu", {"features", concatenated_relu}},
      {"nn.crelu", {"features", concatenated_relu}},
      {"compat.v1.nn.xw_plus_b", {"x", affine}},
      {"compat.v1.nn.pool", {"input", pool}},
      {"nn.pool", {"input", pool}},
  };
  return table;
}

}  // namespace rhyton
