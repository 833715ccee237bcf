// Parts of neural networks as operations: pooling, normalization, attention.
#include <fmt/format.h>

#include <cmath>

#include "layers/operations/composition.hpp"

namespace rhyton {

namespace {

using detail::Composition;
using Parts = SymbolicTensors;

Parts pool(const Composition& c, const std::string& kind) {
  const auto x = c.tensor("inputs");
  const int rank = x.shape().rank() - 2;
  if (rank < 1 || rank > 3) c.fail("expected 3 to 5 dimensions. Received shape {}.", to_string(x.shape()));
  Json config = {{"pool_size", *c.arguments.find("pool_size")},
                 {"padding", c.arguments.text("padding", "valid")},
                 {"data_format", c.arguments.text("data_format", "channels_last")}};
  if (const Json* strides = c.arguments.find("strides")) config["strides"] = *strides;
  return {c.layer(fmt::format("{}{}D", kind, rank), x, config)};
}
Parts max_pool(const Composition& c) { return pool(c, "MaxPooling"); }
Parts average_pool(const Composition& c) { return pool(c, "AveragePooling"); }

SymbolicTensor scaled(const Composition& c, const SymbolicTensor& x, const char* name,
                      const char* operation) {
  return c.arguments.find(name) ? c.call(operation, {x, c.operand(name)}) : x;
}

Parts layer_norm(const Composition& c) {
  if (c.arguments.boolean("rms_scaling", false)) c.refuse("rms_scaling");
  const auto x = c.tensor("x");
  const Json axis = *c.arguments.find("axis");
  const auto centred = c.call("Subtract", {x, c.reduce("Mean", x, axis, true)});
  const auto variance = c.call("Add", {c.reduce("Var", x, axis, true), c.arguments.number("epsilon", 1e-7)});
  const auto y = c.call("Multiply", {centred, c.call("Rsqrt", {variance})});
  return {scaled(c, scaled(c, y, "gamma", "Multiply"), "beta", "Add")};
}

Parts rms_norm(const Composition& c) {
  const auto x = c.tensor("x");
  const Json* axis = c.arguments.find("axis");
  const auto squares = c.reduce("Mean", c.call("Square", {x}), axis ? *axis : Json(-1), true);
  const auto root = c.call("Rsqrt", {c.call("Add", {squares, c.arguments.number("epsilon", 1e-7)})});
  return {scaled(c, c.call("Multiply", {x, root}), "scale", "Multiply")};
}

/// softmax(q k^T scale + bias) v for (batch, length, heads, size).
Parts attention(const Composition& c) {
  if (c.arguments.find("attn_logits_soft_cap")) c.refuse("attn_logits_soft_cap");
  const auto q = c.tensor("query"), k = c.tensor("key"), v = c.tensor("value");
  const double scale = c.arguments.number("scale", 1.0 / std::sqrt(static_cast<double>(c.size(q, -1))));
  auto scores = c.call("Einsum", {q, k}, {{"subscripts", "bqhd,bkhd->bhqk"}});
  scores = scaled(c, c.call("Multiply", {scores, scale}), "bias", "Add");
  if (c.arguments.find("mask")) scores = c.call("Where", {c.operand("mask"), scores, -1e9});
  if (c.arguments.boolean("is_causal", false)) {
    const auto past = c.call("Tril", {c.call("OnesLike", {scores})});
    scores = c.call("Where", {c.call("NotEqual", {past, 0.0}), scores, -1e9});
  }
  const auto weights = c.call("Softmax", {scores}, {{"axis", -1}});
  return {c.call("Einsum", {weights, v}, {{"subscripts", "bhqk,bkhd->bqhd"}})};
}

Parts binary_crossentropy(const Composition& c) {
  const auto target = c.operand("target");
  auto p = c.tensor("output");
  if (c.arguments.boolean("from_logits", false)) p = c.call("Sigmoid", {p});
  p = c.call("Clip", {p}, {{"x_min", 1e-7}, {"x_max", 1 - 1e-7}});
  const auto yes = c.call("Multiply", {target, c.call("Log", {p})});
  const auto no =
      c.call("Multiply", {c.call("Subtract", {1.0, target}), c.call("Log", {c.call("Subtract", {1.0, p})})});
  return {c.call("Negative", {c.call("Add", {yes, no})})};
}

/// Probabilities of classes along an axis, which sum to one and are never 0 or 1.
SymbolicTensor class_probabilities(const Composition& c, const SymbolicTensor& p, std::int64_t axis) {
  const auto shares = c.call("Divide", {p, c.reduce("Sum", p, axis, true)});
  return c.call("Clip", {shares}, {{"x_min", 1e-7}, {"x_max", 1 - 1e-7}});
}

/// log p, of probabilities or of what lies below a softmax.
SymbolicTensor log_probabilities(const Composition& c, std::int64_t axis) {
  const auto p = c.tensor("output");
  if (c.arguments.boolean("from_logits", false)) return c.call("LogSoftmax", {p}, {{"axis", axis}});
  return c.call("Log", {class_probabilities(c, p, axis)});
}

Parts categorical_crossentropy(const Composition& c) {
  const std::int64_t axis = c.arguments.integer("axis", -1);
  const auto products = c.call("Multiply", {c.operand("target"), log_probabilities(c, axis)});
  return {c.call("Negative", {c.reduce("Sum", products, axis, false)})};
}

Parts sparse_categorical_crossentropy(const Composition& c) {
  const auto output = c.tensor("output");
  const int rank = output.shape().rank(),
            axis = normalize_axis(c.arguments.integer("axis", -1), rank, c.owner().label());
  auto target = c.tensor("target");
  if (target.shape().rank() == rank && target.shape().back() == 1)
    target = c.call("Squeeze", {target}, {{"axis", -1}});
  auto one_hot =
      c.call("OneHot", {c.cast(target, DType::int32)}, {{"num_classes", c.size(output, axis)}, {"axis", -1}});
  if (axis != rank - 1) one_hot = c.call("Moveaxis", {one_hot}, {{"source", -1}, {"destination", axis}});
  const auto products = c.call("Multiply", {one_hot, log_probabilities(c, axis)});
  return {c.call("Negative", {c.reduce("Sum", products, axis, false)})};
}

/// (x - mean) rsqrt(variance + epsilon) scale + offset, all of them vectors along one axis.
Parts batch_norm(const Composition& c) {
  const auto x = c.tensor("x");
  const int rank = x.shape().rank(),
            axis = normalize_axis(c.arguments.integer("axis", -1), rank, c.owner().label());
  Shape lifted(std::vector<Dim>(static_cast<std::size_t>(rank), 1));
  lifted[axis] = c.size(x, axis);
  const auto along = [&](const char* name) { return c.reshape(c.tensor(name), lifted); };
  const auto variance = c.call("Add", {along("variance"), c.arguments.number("epsilon", 1e-3)});
  auto y = c.call("Multiply", {c.call("Subtract", {x, along("mean")}), c.call("Rsqrt", {variance})});
  if (c.arguments.find("scale")) y = c.call("Multiply", {y, along("scale")});
  if (c.arguments.find("offset")) y = c.call("Add", {y, along("offset")});
  return {y};
}

Parts adaptive_pool(const Composition& c, const std::string& kind) {
  const auto x = c.tensor("inputs");
  const int rank = x.shape().rank() - 2;
  if (rank < 1 || rank > 3) c.fail("expected 3 to 5 dimensions. Received shape {}.", to_string(x.shape()));
  const Json* size = c.arguments.find("output_size");
  if (!size) c.fail("`output_size` is missing.");
  return {
      c.layer(fmt::format("{}{}D", kind, rank), x,
              {{"output_size", *size}, {"data_format", c.arguments.text("data_format", "channels_last")}})};
}
Parts adaptive_max_pool(const Composition& c) { return adaptive_pool(c, "AdaptiveMaxPooling"); }
Parts adaptive_average_pool(const Composition& c) { return adaptive_pool(c, "AdaptiveAveragePooling"); }

constexpr detail::ComposedEntry networks[] = {
    {"MaxPool", "inputs", max_pool},
    {"AveragePool", "inputs", average_pool},
    {"LayerNorm", "x, gamma, beta", layer_norm},
    {"RMSNorm", "x, scale", rms_norm},
    {"DotProductAttention", "query, key, value", attention},
    {"BinaryCrossentropy", "target, output", binary_crossentropy},
    {"CategoricalCrossentropy", "target, output", categorical_crossentropy},
    {"SparseCategoricalCrossentropy", "target, output", sparse_categorical_crossentropy},
    {"BatchNorm", "x, mean, variance, offset, scale", batch_norm},
    {"AdaptiveMaxPool", "inputs", adaptive_max_pool},
    {"AdaptiveAveragePool", "inputs", adaptive_average_pool},
};

}  // namespace

void detail::add_composed_networks(OperationTable& table) {
  add_entries(table, networks, [](OperationCall&& call) { return make_composed(std::move(call), networks); });
}

}  // namespace rhyton
