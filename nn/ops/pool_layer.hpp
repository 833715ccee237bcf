#pragma once
/// @file pool_layer.hpp  Max and average pooling layers of rank N, windowed and global.
#include "nn/kernels/global_pool.hpp"
#include "nn/ops/conv_op.hpp"

namespace rhyton {

/// Arguments of MaxPooling (pool_size 2 by default) and AveragePooling (none). `strides` unset: the pool
/// size.
template <std::size_t N, PoolKind kind>
struct PoolConfig {
  Sizes<N> pool_size = kind == PoolKind::max ? 2 : 0;
  std::optional<Sizes<N>> strides = {};
  std::string padding = "valid";
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("pool_size", pool_size)("strides", strides)("padding", padding)("data_format", data_format);
  }
};

/// Arguments of the global poolings.
struct GlobalPoolConfig {
  DataFormat data_format = {};
  bool keepdims = false;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("data_format", data_format)("keepdims", keepdims); }
};

namespace ops {

void prepare_pool(Prepare& p, PoolDesc desc);
void call_pool(Call& c);
void backward_pool(Backward& b);

/// The largest or mean value of each window; the mean counts real cells only.
template <class Derived, std::size_t N, PoolKind kind>
class PoolLayer : public LayerOf<Derived, PoolConfig<N, kind>> {
 public:
  using Base = LayerOf<Derived, PoolConfig<N, kind>>;
  explicit PoolLayer(PoolConfig<N, kind> config) : Base(std::move(config)) {
    auto& c = this->config_;
    if (!c.strides) c.strides = c.pool_size;
    window_ = {static_cast<int>(N), spatial(c.pool_size),          spatial(*c.strides), {1, 1, 1},
               c.padding,           c.data_format.channels_first()};
    check_window(*this, window_, "pool_size", false);
  }

  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const Shape& x = input_shapes[0];
    return {assemble(window_, x[0], output_size(*this, window_, x, "pool_size"), channels_of(window_, x))};
  }
  void prepare(Prepare& p) const override { prepare_pool(p, desc(p.input().shape)); }
  void call(Call& c) const override { call_pool(c); }
  void backward(Backward& b) const override { backward_pool(b); }
  Traits traits(const CallSpec& spec) const override {
    return spec.shape().is_known() ? Traits(PoolTraits{desc(spec.shape())}) : Traits();
  }

 private:
  PoolDesc desc(const Shape& x) const {
    PoolDesc d;
    d.kind = kind;
    d.rank = window_.rank;
    d.batch = x[0];
    d.channels = channels_of(window_, x);
    d.in = spatial_of(window_, x);
    d.window = window_.size;
    d.out = output_size(*this, window_, x, "pool_size");
    d.strides = window_.strides;
    std::tie(d.pad_before, d.pad_after) = window_padding(window_, d.in, d.out);
    // Cells behind the last window are not read.
    for (Dim& pad : d.pad_after) pad = std::max<Dim>(pad, 0);
    d.channels_first = window_.channels_first;
    return d;
  }
  Window window_;
};

// Keras reads the mask of an input (batch, channels, steps), which is one of its first two axes, as one of
// the steps: the two must be as many, or one of them a single one that is repeated.
void check_row_mask(const Layer& layer, const Window& window, const CallSpec& spec);
/// True where the mask and the steps differ in number.
bool broadcasts_mask(const Window& window, const StepContext& c);
void broadcast_mean(Call& c);
void broadcast_mean_backward(Backward& b);

/// The largest or mean value of each channel: (batch, channels), or with keepdims ones in between. The mean
/// in one dimension respects a mask.
template <class Derived, std::size_t N, PoolKind kind>
class GlobalPoolLayer : public LayerOf<Derived, GlobalPoolConfig> {
 public:
  static constexpr bool masked = N == 1 && kind == PoolKind::average;
  explicit GlobalPoolLayer(GlobalPoolConfig&& config)
      : LayerOf<Derived, GlobalPoolConfig>(std::move(config)) {
    window_.rank = static_cast<int>(N);
    window_.channels_first = this->config_.data_format.channels_first();
  }

  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    this->expect_rank(input_shapes, static_cast<int>(N) + 2);
    const Shape& x = input_shapes[0];
    const Spatial in = spatial_of(window_, x);
    for (std::size_t i = 0; i < N; ++i)
      if (in[i] == 0) this->fail("there are no cells to pool. Received shape: " + to_string(x) + ".");
    if (!this->config_.keepdims) return {Shape{x[0], channels_of(window_, x)}};
    return {assemble(window_, x[0], {1, 1, 1}, channels_of(window_, x))};
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    if (masked && spec.masked()) check_row_mask(*this, window_, spec);
    return Layer::compute_output_spec(spec);
  }
  void prepare(Prepare& p) const override {
    p.backward_reads(kind == PoolKind::max || masked, kind == PoolKind::max);
  }
  void call(Call& c) const override {
    if (masked && broadcasts_mask(window_, c)) return broadcast_mean(c);
    global_pool(kind, window_.channels_first, c.input(), masked ? c.mask() : ConstView(), c.output());
  }
  void backward(Backward& b) const override {
    if (masked && broadcasts_mask(window_, b)) return broadcast_mean_backward(b);
    global_pool_gradient(kind, window_.channels_first, b.input(), masked ? b.mask() : ConstView(), b.output(),
                         b.dy(), b.dx());
  }
  bool supports_masking() const override { return masked; }
  MaskRule mask_rule(const CallSpec&) const override { return MaskRule::drop; }
  MaskGraph mask_graph() const override {
    return {.reads = masked ? MaskGraph::Reads::single : MaskGraph::Reads::none};
  }

 private:
  Window window_;
};

}  // namespace ops
}  // namespace rhyton
