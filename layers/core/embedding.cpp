#include "layers/core/embedding.hpp"

#include "nn/ops/embedding_op.hpp"

namespace rhyton {

Embedding::Embedding(Config config) : LayerOf(std::move(config)) {
  expect_positive("input_dim", config_.input_dim);
  expect_positive("output_dim", config_.output_dim);
}

void Embedding::build(const Shapes& input_shapes) {
  expect_inputs(input_shapes, 1);
  embeddings_ = add_weight(
      "embeddings", {config_.input_dim, config_.output_dim},
      {config_.embeddings_initializer, config_.embeddings_regularizer, config_.embeddings_constraint});
}

Shapes Embedding::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  return {input_shapes[0].concat({config_.output_dim})};
}

MaskRule Embedding::mask_rule(const CallSpec&) const {
  return config_.mask_zero ? MaskRule::compute : MaskRule::drop;
}

std::optional<Shape> Embedding::mask_shape(const CallSpec& spec, int) const { return spec.shape(); }

void Embedding::compute_mask(Call& c) const { ops::mask_zeros(c); }
void Embedding::prepare(Prepare& p) const { p.backward_reads(true, false); }
void Embedding::call(Call& c) const { ops::call_embedding(*this, c, embeddings_); }
void Embedding::backward(Backward& b) const { ops::backward_embedding(b, embeddings_); }

}  // namespace rhyton
