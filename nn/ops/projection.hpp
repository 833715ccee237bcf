#pragma once
/// @file projection.hpp  What the attention layers that are made of layers share: their inputs by role, their
/// projections, and the step between them.
#include <nlohmann/json.hpp>

#include "nn/layer.hpp"
#include "nn/ops/attention_op.hpp"

namespace rhyton::ops {

/// Positions of query, value and key (the value if none is given) among a call's inputs.
struct AttentionRoles {
  int query = 0, value = 1, key = 1;
};
/// Throws ValueError, naming the layer, where query or value is missing, ranks differ, or the axes of value
/// and key do.
AttentionRoles attention_roles(const Layer& layer, const CallSpec& spec);

/// Makes EinsumDense layers, built, that contract the last axes of their input.
class Projections {
 public:
  /// `config` has the fields use_bias and those of initializers, regularizers and constraints.
  template <class Config>
  Projections(const Layer& owner, const Config& config) : common_(Json::object()), bias_(config.use_bias) {
    ConfigWriter writer(common_);
    if (!owner.dtype().empty()) writer("dtype", owner.dtype());
    writer("kernel_initializer", config.kernel_initializer)("bias_initializer", config.bias_initializer);
    writer("kernel_regularizer", config.kernel_regularizer)("bias_regularizer", config.bias_regularizer);
    writer("activity_regularizer", config.activity_regularizer);
    writer("kernel_constraint", config.kernel_constraint)("bias_constraint", config.bias_constraint);
  }
  /// (free..., bound...) -> (free..., output...), `bound` axes at the end of `input` being contracted.
  LayerRef operator()(const std::string& name, const Shape& input, int bound, const Shape& output,
                      const char* activation = "linear") const;

 private:
  Json common_;
  bool bias_;
};

struct Projected {
  SymbolicTensor query, key, value;
};
/// AttentionCore on projections, with the masks that the call's inputs carry or that come by role. Outputs:
/// the context, and the scores if the call returns them.
SymbolicTensors attend(const std::string& owner, const AttentionOptions& options,
                       const SymbolicTensors& inputs, const CallSpec& spec, const AttentionRoles& at,
                       const Projected& projected);
/// y, carrying the query's mask if the query carries one.
SymbolicTensor with_query_mask(const SymbolicTensor& y, const SymbolicTensors& inputs, const CallSpec& spec,
                               const AttentionRoles& at);
/// The product of two tensors of one shape.
SymbolicTensor multiply(const SymbolicTensor& a, const SymbolicTensor& b);

}  // namespace rhyton::ops
