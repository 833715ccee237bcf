// Parts of neural networks as operations: pooling, normalization, attention.
#include <cmath>

#include "layers/operations/composition.hpp"

namespace rhyton {

namespace {

using detail::Composition;
using Parts = SymbolicTensors;

Parts pool(const Composition& c, const std::string& kind) {
  const auto x = c.tensor("inputs");
  const int rank = x.shape().rank() - 2;
  if (rank < 1 || rank > 3)
    c.fail("expected 3 to 5 dimensions. Received shape " + to_string(x.shape()) + ".");
  Json config = {{"pool_size", *c.arguments.find("pool_size")},
                 {"padding", c.arguments.text("padding", "valid")},
                 {"data_format", c.arguments.text("data_format", "channels_last")}};
  if (const Json* strides = c.arguments.find("strides")) config["strides"] = *strides;
  return {c.layer(kind + std::to_string(rank) + "D", x, config)};
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
  if (c.arguments.boolean("is_causal", false)) c.refuse("is_causal");
  if (c.arguments.find("attn_logits_soft_cap")) c.refuse("attn_logits_soft_cap");
  const auto q = c.tensor("query"), k = c.tensor("key"), v = c.tensor("value");
  const double scale = c.arguments.number("scale", 1.0 / std::sqrt(static_cast<double>(c.size(q, -1))));
  auto scores = c.call("Einsum", {q, k}, {{"subscripts", "bqhd,bkhd->bhqk"}});
  scores = scaled(c, c.call("Multiply", {scores, scale}), "bias", "Add");
  if (c.arguments.find("mask")) scores = c.call("Where", {c.operand("mask"), scores, -1e9});
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

const std::vector<detail::ComposedEntry>& networks() {
  static const std::vector<detail::ComposedEntry> list = {
      {"MaxPool", {"inputs"}, max_pool},
      {"AveragePool", {"inputs"}, average_pool},
      {"LayerNorm", {"x", "gamma", "beta"}, layer_norm},
      {"RMSNorm", {"x", "scale"}, rms_norm},
      {"DotProductAttention", {"query", "key", "value"}, attention},
      {"BinaryCrossentropy", {"target", "output"}, binary_crossentropy},
  };
  return list;
}

}  // namespace

void detail::add_composed_networks(OperationTable& table) {
  add_entries(table, networks(),
              [](OperationCall call) { return make_composed(std::move(call), networks()); });
}

}  // namespace rhyton
