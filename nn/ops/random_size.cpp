#include "nn/ops/random_size.hpp"

#include <algorithm>

namespace rhyton::ops {

namespace {

class ResizeTo final : public Layer {
 public:
  ResizeTo(Dim height, Dim width, Interpolation method, const std::shared_ptr<Weight>& calls)
      : Layer("resize", true, "") {
    box_.new_height = height;
    box_.new_width = width;
    box_.interpolation = method;
    if (calls) calls_ = share_weight(calls);
  }
  std::string class_name() const override { return "ResizeTo"; }
  void write_config(ConfigWriter&) const override {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{resized_shape(spec.shape(), last(), box_.new_height, box_.new_width), spec.inputs[0].dtype}};
  }
  void prepare(Prepare& p) const override { prepare_box_resize(p, last(), box(p.input().shape)); }
  void call(Call& c) const override {
    call_box_resize(c, last(), box(c.input().shape()));
    if (calls_ >= 0) ++c.weight_update(calls_).data<std::int64_t>()[0];
  }
  void backward(Backward& b) const override { backward_box_resize(b, last(), box(b.dx().shape())); }

 private:
  static DataFormat last() { return "channels_last"; }
  BoxResize box(const Shape& x) const {
    BoxResize whole = box_;
    whole.height = x[-3];
    whole.width = x[-2];
    return whole;
  }
  BoxResize box_;
  int calls_ = -1;
};

}  // namespace

void check_size_factor(const Layer& layer, const Factor& factor) {
  if (!factor.single && factor.high < factor.low)
    throw ValueError(layer.label() + ": `factor` must not have an upper bound below the lower one.");
  if (factor.high < -1.0 || factor.low < -1.0)
    throw ValueError(layer.label() + ": `factor` must be larger than -1.");
}

SymbolicTensor resize_randomly(const SymbolicTensor& x, int axis, const Factor& factor, Interpolation method,
                               std::int64_t seed, const std::shared_ptr<Weight>& calls) {
  Rng rng = calls ? Rng(static_cast<std::uint64_t>(seed))
                        .split(static_cast<std::uint64_t>(calls->value.data<std::int64_t>()[0]))
                  : next_global_rng();
  const double low = factor.single ? -factor.high : static_cast<double>(factor.low);
  const double scale = 1.0 + low + (factor.high - low) * rng.uniform();
  Shape y = x.shape();
  y[axis] = std::max<Dim>(1, static_cast<Dim>(scale * static_cast<double>(y[axis])));
  return LayerRef(make_object<Layer, ResizeTo>(y[-3], y[-2], method, calls))(x);
}

}  // namespace rhyton::ops
