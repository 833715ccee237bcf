#pragma once
/// @file adaptive_pool_layer.hpp  Pooling layers of rank N with a given output size.
#include "nn/kernels/adaptive_pool.hpp"
#include "nn/ops/conv_op.hpp"

namespace rhyton {

template <std::size_t N>
struct AdaptivePoolConfig {
  Sizes<N> output_size = 0;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("output_size", output_size)("data_format", data_format); }
};

namespace ops {

/// The largest or mean value of windows that share the input out among `output_size` cells.
template <class Derived, std::size_t N, PoolKind kind>
class AdaptivePoolLayer : public LayerOf<Derived, AdaptivePoolConfig<N>> {
 public:
  explicit AdaptivePoolLayer(AdaptivePoolConfig<N>&& config)
      : LayerOf<Derived, AdaptivePoolConfig<N>>(std::move(config)) {
    window_.rank = static_cast<int>(N);
    window_.size = spatial(this->config_.output_size);
    window_.channels_first = this->config_.data_format.channels_first();
    check_window(*this, window_, "output_size", false);
  }

  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const Shape& x = input_shapes[0];
    const Spatial in = spatial_of(window_, x);
    for (std::size_t i = 0; i < N; ++i)
      if (in[i] == 0) this->fail("there are no cells to pool. Received shape: " + to_string(x) + ".");
    return {assemble(window_, x[0], window_.size, channels_of(window_, x))};
  }
  void prepare(Prepare& p) const override {
    p.backward_reads(false, false);
    if (kind == PoolKind::average) return;
    p.save(p.output().shape, DType::int32);
    if (!p.wants_gradient()) p.scratch(static_cast<std::size_t>(p.output().shape.size()) * sizeof(int));
  }
  void call(Call& c) const override {
    View argmax;
    if (kind == PoolKind::max)
      argmax = c.wants_gradient() ? c.saved() : View(c.scratch(), c.output().shape(), DType::int32);
    adaptive_pool(kind, window_.rank, window_.channels_first, c.input(), c.output(), argmax);
  }
  void backward(Backward& b) const override {
    adaptive_pool_gradient(kind, window_.rank, window_.channels_first, b.dy(), b.saved(), b.dx());
  }

 private:
  Window window_;
};

}  // namespace ops
}  // namespace rhyton
