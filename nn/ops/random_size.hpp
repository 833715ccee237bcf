#pragma once
/// @file random_size.hpp  What RandomHeight and RandomWidth share.
#include "nn/drawn_sizes.hpp"
#include "nn/ops/image_layer.hpp"

namespace rhyton::ops {

/// Throws ValueError, naming the layer, on bounds that are not in order or below -1.
void check_size_factor(const Layer& layer, const Factor& factor);
/// x (..., height, width, channels) with another size along `axis`: its own times 1 + factor, at least 1
/// pixel. `calls`: how often a layer with a `seed` of its own was called; without one the global sequence is
/// drawn from.
SymbolicTensor resize_randomly(const SymbolicTensor& x, int axis, const Factor& factor, Interpolation method,
                               std::int64_t seed, const std::shared_ptr<Weight>& calls);

/// Resizes a batch of images along Derived::axis in training. Config has `factor`, `interpolation` and
/// `seed`.
template <class Derived, class ConfigT>
class RandomSizeLayer : public RandomImageLayer<Derived, ConfigT>, public DrawnSizes {
 public:
  explicit RandomSizeLayer(ConfigT&& config) : RandomImageLayer<Derived, ConfigT>(std::move(config)) {
    check_size_factor(*this, this->config_.factor);
    try {
      method_ = interpolation_from_string(this->config_.interpolation);
    } catch (const ValueError& error) {
      this->fail(error.what());
    }
  }
  bool has_backward() const override { return true; }
  bool expands() const override { return true; }
  /// Of any size until a batch comes.
  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    Shapes y = RandomImageLayer<Derived, ConfigT>::compute_output_shape(input_shapes);
    if (y[0][0] < 0) y[0][Derived::axis] = unknown;
    return y;
  }
  SymbolicTensors expand(const SymbolicTensors& inputs, const SymbolicTensors&,
                         const CallSpec& spec) const override {
    if (!spec.flag("training").value_or(false)) return inputs;
    const std::shared_ptr<Weight> calls = this->own_weights().empty() ? nullptr : this->own_weights()[0];
    const std::int64_t seed = this->config_.seed.value.value_or(0);
    return {resize_randomly(inputs[0], Derived::axis, this->config_.factor, method_, seed, calls)};
  }

 private:
  Interpolation method_;
};

}  // namespace rhyton::ops
