#include "layers/core/reversible_embedding.hpp"

#include <cmath>

#include "nn/kernels/dense.hpp"
#include "nn/ops/embedding_op.hpp"

namespace rhyton {

ReversibleEmbedding::ReversibleEmbedding(Config config) : LayerOf(std::move(config)) {
  expect_positive("input_dim", config_.input_dim);
  expect_positive("output_dim", config_.output_dim);
  if (config_.reverse_dtype && *config_.reverse_dtype != "float32")
    throw NotSupported(label() + ": `reverse_dtype` other than float32 is not supported. Received: " +
                       "reverse_dtype=" + *config_.reverse_dtype + ".");
}

void ReversibleEmbedding::build(const CallSpec& spec) {
  expect_inputs(spec.shapes(), 1);
  embeddings_ = add_weight(
      "embeddings", {config_.input_dim, config_.output_dim},
      {config_.embeddings_initializer, config_.embeddings_regularizer, config_.embeddings_constraint});
  if (!config_.tie_weights)
    reverse_embeddings_ = add_weight("reverse_embeddings", {config_.output_dim, config_.input_dim},
                                     {config_.embeddings_initializer, {}, {}});
}

std::vector<TensorSpec> ReversibleEmbedding::compute_output_spec(const CallSpec& spec) const {
  expect_inputs(spec.shapes(), 1);
  const Shape& x = spec.shape();
  if (!reverse(spec)) return {{x.concat({config_.output_dim}), real_dtype(spec)}};
  expect_min_rank({x}, 1);
  expect_axis({x}, -1, config_.output_dim);
  if (!is_floating(spec.inputs[0].dtype))
    fail("in reverse, expected real numbers. Received an input of {}.", to_string(spec.inputs[0].dtype));
  Shape y = x;
  y[-1] = config_.input_dim;
  return {{y, spec.inputs[0].dtype}};
}

MaskRule ReversibleEmbedding::mask_rule(const CallSpec& spec) const {
  return config_.mask_zero && !reverse(spec) ? MaskRule::compute : MaskRule::drop;
}

std::optional<Shape> ReversibleEmbedding::mask_shape(const CallSpec& spec, int) const { return spec.shape(); }
void ReversibleEmbedding::compute_mask(Call& c) const { ops::mask_zeros(c); }

void ReversibleEmbedding::prepare(Prepare& p) const {
  const bool caps = reverse(p.spec()) && config_.logit_soft_cap;
  p.backward_reads(true, caps);
  if (caps) p.scratch(static_cast<std::size_t>(p.output().shape.size()) * size_of(p.options().dtype));
}

// In reverse: z = x E^T, or x R; y = cap tanh(z / cap)
void ReversibleEmbedding::call(Call& c) const {
  if (!reverse(c.spec())) return ops::call_embedding(*this, c, embeddings_);
  const ConstView x = c.input();
  const View y = c.output();
  const Dim from = config_.output_dim, to = config_.input_dim;
  const bool tied = config_.tie_weights;
  gemm(c.real(), false, tied, x.size() / from, to, from, 1.0, x.raw(), from,
       c.weight(tied ? embeddings_ : reverse_embeddings_).raw(), tied ? from : to, 0.0, y.raw(), to);
  if (!config_.logit_soft_cap) return;
  dispatch_real(c.real(), [&]<class T>(T) {
    const T cap = static_cast<T>(static_cast<double>(*config_.logit_soft_cap));
    for (Dim i = 0; i < y.size(); ++i) y.data<T>()[i] = std::tanh(y.data<T>()[i] / cap) * cap;
  });
}

// dz = dy (1 - (y / cap)^2); dx = dz E, dE = dz^T x; or dx = dz R^T, dR = x^T dz
void ReversibleEmbedding::backward(Backward& b) const {
  if (!reverse(b.spec())) {
    // Indices that came as real numbers have no gradient.
    if (const View dx = b.dx()) fill(dx, 0.0);
    return ops::backward_embedding(b, embeddings_);
  }
  const ConstView x = b.input();
  const Dim from = config_.output_dim, to = config_.input_dim, rows = x.size() / from;
  ConstView dz = b.dy();
  if (config_.logit_soft_cap) {
    const View scaled(b.scratch(), dz.shape(), dz.dtype());
    const ConstView y = b.output(), dy = b.dy();
    dispatch_real(b.real(), [&]<class T>(T) {
      const T cap = static_cast<T>(static_cast<double>(*config_.logit_soft_cap));
      for (Dim i = 0; i < y.size(); ++i) {
        const T t = y.data<T>()[i] / cap;
        scaled.data<T>()[i] = dy.data<T>()[i] * (T(1) - t * t);
      }
    });
    dz = scaled;
  }
  const bool tied = config_.tie_weights;
  const int table = tied ? embeddings_ : reverse_embeddings_;
  if (const View dx = b.dx())
    gemm(b.real(), false, !tied, rows, from, to, 1.0, dz.raw(), to, b.weight(table).raw(), tied ? from : to,
         0.0, dx.raw(), from);
  const View dw = b.dw(table);
  if (!dw) return;
  if (tied)
    gemm(b.real(), true, false, to, from, rows, 1.0, dz.raw(), to, x.raw(), from, 1.0, dw.raw(), from);
  else
    gemm(b.real(), true, false, from, to, rows, 1.0, x.raw(), from, dz.raw(), to, 1.0, dw.raw(), to);
}

}  // namespace rhyton
