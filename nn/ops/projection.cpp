#include "nn/ops/projection.hpp"

#include <fmt/format.h>

#include "nn/ops/mask_layers.hpp"
#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {

/// The mask given by role, else that which input i carries, as a tensor; empty if there is none.
SymbolicTensor find_mask(const SymbolicTensors& inputs, const CallSpec& spec, const char* role, int i) {
  if (const int given = spec.find(role); given >= 0) return inputs[static_cast<std::size_t>(given)];
  return spec.masked(i) ? mask_of(inputs[static_cast<std::size_t>(i)]) : SymbolicTensor();
}

}  // namespace

AttentionRoles attention_roles(const Layer& layer, const CallSpec& spec) {
  AttentionRoles at{-1, -1, -1};
  int* const slots[] = {&at.query, &at.value, &at.key};
  const char* const names[] = {"query", "value", "key"};
  int next = 0;
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    if (i < spec.roles.size() && !spec.roles[i].empty()) continue;
    if (next == 3)
      throw ValueError(layer.label() + ": takes query, value and key. Received more positional inputs.");
    *slots[next++] = static_cast<int>(i);
  }
  for (int s = 0; s < 3; ++s)
    if (const int i = spec.find(names[s]); i >= 0) *slots[s] = i;
  for (int s = 0; s < 2; ++s)
    if (*slots[s] < 0)
      raise<ValueError>("{}: the argument `{}` is missing; call it on a query and a value.", layer.label(),
                        names[s]);
  if (at.key < 0) at.key = at.value;
  const Shape &q = spec.shape(at.query), &v = spec.shape(at.value), &k = spec.shape(at.key);
  const auto received = [&] {
    return fmt::format(" Received: query {}, value {}, key {}.", to_string(q), to_string(v), to_string(k));
  };
  if (q.rank() < 3)
    raise<ValueError>("{}: expected inputs of at least 3 dimensions.{}", layer.label(), received());
  if (v.rank() != q.rank() || k.rank() != q.rank())
    raise<ValueError>("{}: query, value and key must have the same number of dimensions.{}", layer.label(),
                      received());
  if (!v.slice(1, -1).compatible(k.slice(1, -1)))
    raise<ValueError>("{}: value and key must have the same sizes but for their last axis.{}", layer.label(),
                      received());
  return at;
}

LayerRef Projections::operator()(const std::string& name, const Shape& input, int bound, const Shape& output,
                                 const char* activation) const {
  const std::string letters = "abcdefghijklmnopqrstuvwxyz";
  const auto free = static_cast<std::size_t>(input.rank() - bound),
             contracted = static_cast<std::size_t>(bound);
  const std::string rows = letters.substr(0, free), inner = letters.substr(free, contracted),
                    columns = letters.substr(free + contracted, static_cast<std::size_t>(output.rank()));
  Shape shape;
  for (std::size_t i = 1; i < free; ++i) shape.push_back(unknown);
  Json config = common_;
  ConfigWriter writer(config);
  writer("name", name)("equation",
                       fmt::format("{}{},{}{}->{}{}", rows, inner, inner, columns, rows, columns));
  writer("output_shape", shape.concat(output))("activation", std::string(activation));
  if (bias_) writer("bias_axes", columns);
  LayerRef layer = Registry<Layer>::global().make("EinsumDense", config);
  CallSpec spec;
  spec.inputs = {{input, DType::float32}};
  layer->ensure_built(spec);
  return layer;
}

SymbolicTensors attend(const std::string& owner, const AttentionOptions& options,
                       const SymbolicTensors& inputs, const CallSpec& spec, const AttentionRoles& at,
                       const Projected& projected) {
  SymbolicTensors all{projected.query, projected.key, projected.value};
  std::vector<std::string> roles(3);
  const auto add = [&](const char* role, const SymbolicTensor& mask) {
    if (!mask) return;
    all.push_back(mask);
    roles.emplace_back(role);
  };
  add("query_mask", find_mask(inputs, spec, "query_mask", at.query));
  add("value_mask", find_mask(inputs, spec, "value_mask", at.value));
  // A key that is the value brings no mask of its own.
  add("key_mask", find_mask(inputs, spec, "key_mask", at.key == at.value ? -1 : at.key));
  if (const int given = spec.find("attention_mask"); given >= 0)
    add("attention_mask", inputs[static_cast<std::size_t>(given)]);
  const LayerRef core = AttentionCore(owner + "/attention", options);
  return call_layer(core, all, roles, spec.flags).outputs();
}

SymbolicTensor with_query_mask(const SymbolicTensor& y, const SymbolicTensors& inputs, const CallSpec& spec,
                               const AttentionRoles& at) {
  return spec.masked(at.query) ? with_mask(y, mask_of(inputs[static_cast<std::size_t>(at.query)])) : y;
}

SymbolicTensor multiply(const SymbolicTensor& a, const SymbolicTensor& b) {
  return LayerRef(Registry<Layer>::global().make("Multiply"))(SymbolicTensors{a, b});
}

}  // namespace rhyton::ops
