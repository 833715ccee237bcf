#pragma once
/// @file random_layer.hpp  Base of layers that draw random numbers in training and pass x on otherwise.
#include "nn/initializers/initializer.hpp"
#include "nn/kernels/random_mask.hpp"
#include "nn/layer.hpp"

namespace rhyton::ops {

/// Config has `seed`. With a seed, the n-th training call draws the same numbers in every process; without
/// one they come from the global seed. Derived gives `strength`, the argument that is 0 when nothing is to
/// be done.
template <class Derived, class Config>
class RandomLayer : public LayerOf<Derived, Config> {
 public:
  void build(const Shapes& input_shapes) override {
    this->compute_output_shape(input_shapes);
    if (this->config_.seed.value)
      calls_ = this->add_weight("seed_generator_state", {1},
                                {{}, {}, {}, /*trainable*/ false, DType::int64, /*persistent*/ false});
  }
  using Layer::build;
  Shapes compute_output_shape(const Shapes& input_shapes) const override {
    this->expect_inputs(input_shapes, 1);
    return input_shapes;
  }
  bool supports_masking() const override { return true; }

 protected:
  using LayerOf<Derived, Config>::LayerOf;

  /// Throws ValueError unless 0 <= value <= 1.
  void expect_fraction(const char* argument, double value) const {
    if (!(value >= 0.0 && value <= 1.0))
      this->fail(std::string("`") + argument + "` must be a number from 0 to 1. Received: " + argument + "=" +
                 std::to_string(value) + ".");
  }

  Rng generator(const Call& c) const {
    if (calls_ < 0) return c.rng();
    std::int64_t& calls = *c.weight_update(calls_).template data<std::int64_t>();
    return Rng(static_cast<std::uint64_t>(*this->config_.seed.value))
        .split(static_cast<std::uint64_t>(calls++));
  }

 private:
  int calls_ = -1;
};

/// Dropout's shape of random numbers: sizes, unknown where the input's are to be taken; none: the input's.
using NoiseShape = std::optional<Shape>;
void check_drop_shape(const Layer& layer, const NoiseShape& noise);
/// For an input of shape x; throws ValueError, naming the layer, where it cannot be broadcast to x.
Shape resolve_noise_shape(const Layer& layer, const NoiseShape& noise, const Shape& x);

/// y = scale x + shift for the elements that are kept, `value` for the others; one decision for each element
/// of the noise.
struct Drop {
  double rate = 0.0, scale = 1.0, shift = 0.0, value = 0.0;
};
/// Nothing is dropped without training and at rate 0: then the output is the input.
void prepare_drop(Prepare& p, const Shape& noise, double rate);
void call_drop(Call& c, const Drop& drop, const Shape& noise, Rng rng);
void backward_drop(Backward& b, const Drop& drop);

}  // namespace rhyton::ops
