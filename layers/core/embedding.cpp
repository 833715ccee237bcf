#include "layers/core/embedding.hpp"

#include <cstring>

namespace rhyton {

namespace {

/// Calls `f(position, index)` for every index; reals count as integers, cut off as Keras does.
template <class F>
void for_indices(ConstView x, F&& f) {
  dispatch_number(x.dtype(), [&]<class T>(T) {
    for (Dim i = 0; i < x.size(); ++i) f(i, static_cast<Dim>(x.data<T>()[i]));
  });
}

}  // namespace

Embedding::Embedding(Config config) : LayerOf(std::move(config)) {
  const auto positive = [&](const char* argument, std::int64_t value) {
    if (value <= 0)
      fail(std::string("`") + argument + "` must be a positive integer. Received: " + argument + "=" +
           std::to_string(value) + ".");
  };
  positive("input_dim", config_.input_dim);
  positive("output_dim", config_.output_dim);
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

void Embedding::compute_mask(Call& c) const {
  bool* mask = c.output_mask().data<bool>();
  for_indices(c.input(), [&](Dim i, Dim index) { mask[i] = index != 0; });
}

void Embedding::prepare(Prepare& p) const { p.backward_reads(true, false); }

void Embedding::call(Call& c) const {
  const std::size_t bytes = static_cast<std::size_t>(config_.output_dim) * size_of(c.output().dtype());
  const char* table = static_cast<const char*>(c.weight(embeddings_).raw());
  char* out = static_cast<char*>(c.output().raw());
  for_indices(c.input(), [&](Dim i, Dim index) {
    if (index < 0 || index >= config_.input_dim)
      fail("indices must lie in [0, " + std::to_string(config_.input_dim) +
           "), the range of `input_dim`. Received: " + std::to_string(index) + " at position " +
           std::to_string(i) + ".");
    std::memcpy(out + static_cast<std::size_t>(i) * bytes, table + static_cast<std::size_t>(index) * bytes,
                bytes);
  });
}

void Embedding::backward(Backward& b) const {
  const View table = b.dw(embeddings_);
  if (!table) return;
  dispatch_real(table.dtype(), [&]<class T>(T) {
    const T* dy = b.dy().data<T>();
    for_indices(b.input(), [&](Dim i, Dim index) {
      T* row = table.data<T>() + index * config_.output_dim;
      for (Dim k = 0; k < config_.output_dim; ++k) row[k] += dy[i * config_.output_dim + k];
    });
  });
}

}  // namespace rhyton
