#pragma once
/// @file plain_attention.hpp  Attention and AdditiveAttention as a step: inputs [query, value] or
/// [query, value, key] as they are, without projections and heads.
#include "nn/ops/attention_op.hpp"

namespace rhyton::ops {

struct PlainAttention {
  /// scores: scale q k, or sum_d weights[d] tanh(scale (q[d] + k[d])).
  bool additive = false;
  double dropout = 0.0;
  /// Weights by their numbers, -1 for ones: `scale` is a scalar; `weights` has one number a feature, or one
  /// for all.
  int scale = -1, weights = -1;
};

/// Throws ValueError, naming the layer, unless there are two or three inputs that fit each other.
void check_plain_attention(const Layer& layer, const Shapes& input_shapes);
/// The context, and the scores if the call returns them.
std::vector<TensorSpec> plain_attention_spec(const Layer& layer, const CallSpec& spec);

void prepare_plain_attention(Prepare& p, const PlainAttention& a);
void call_plain_attention(Call& c, const PlainAttention& a);
void backward_plain_attention(Backward& b, const PlainAttention& a);

}  // namespace rhyton::ops
