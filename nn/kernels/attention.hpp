#pragma once
/// @file attention.hpp  Attention: y = softmax(scores(q, k)) v, heads side by side, as a planned kernel that
/// holds only a block of the scores at a time.
#include <memory>
#include <span>

#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// How scores of pairs that may not see each other are treated before the softmax.
/// subtract: 1e9 less; replace: -1e9, so that a query without keys sees all of them alike; zero: as replace,
/// but such a query gets zeros.
enum class MaskedScores { subtract, replace, zero };

/// Tensors, row-major: q (batch, queries, heads, key_dim), k (batch, keys, groups, key_dim),
/// v (batch, keys, groups, value_dim), y (batch, queries, heads, value_dim),
/// probabilities (batch, heads, queries, keys). heads / groups neighbouring heads share one key and value.
struct AttentionDesc {
  Dim batch = 0, heads = 1, groups = 1, queries = 0, keys = 0, key_dim = 0, value_dim = 0;
  /// scale * sum_d q[d] k[d], or, if `additive`, sum_d weights[d] tanh(q[d] + k[d]).
  double scale = 1.0;
  bool additive = false;
  bool causal = false;  ///< a query sees the keys up to its own position
  Dim window = 0;       ///< a query sees keys less than this far away; 0: all
  MaskedScores masked = MaskedScores::replace;
  double keep_scale = 1.0;  ///< what kept probabilities are multiplied by, 1 / (1 - rate)
  KernelOptions options{};
};

/// One boolean tensor, true where a query may see a key; strides in elements, 0 where it repeats. `per_batch`
/// neighbouring batch entries share a row of it.
struct AttentionMask {
  const bool* data = nullptr;
  Dim batch = 0, head = 0, query = 0, key = 0;
  Dim per_batch = 1;
};

/// Absent: weights unless additive, `keep` without dropout.
struct AttentionInputs {
  ConstView q, k, v, weights;
  std::span<const AttentionMask> masks;  ///< a pair must be allowed by all of them
  ConstView keep;                        ///< boolean, shaped as probabilities: false where dropped
};

/// Absent gradients are not computed.
struct AttentionGradients {
  View dq, dk, dv;
  GradTarget dweights;
};

class AttentionKernel : public Kernel {
 public:
  /// `probabilities` (before dropout) are written if the view is there.
  virtual void forward(const AttentionInputs& in, View probabilities, View y) = 0;
  /// `dprobabilities` is absent unless the probabilities were an output too.
  virtual void backward(const AttentionInputs& in, ConstView probabilities, ConstView dy,
                        ConstView dprobabilities, const AttentionGradients& out) = 0;
};

std::unique_ptr<AttentionKernel> make_attention(const AttentionDesc& desc);

}  // namespace rhyton
