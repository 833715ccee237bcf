#pragma once
/// @file random_layer.hpp  Bases of layers that draw random numbers in training and pass x on otherwise.
#include "nn/initializers/initializer.hpp"
#include "nn/ops/random_op.hpp"

namespace rhyton::ops {

/// With a seed, the n-th training call draws the same numbers in every process; without one they come from
/// the global seed.
class RandomBase : public Layer {
 public:
  void build(const Shapes& input_shapes) override;
  using Layer::build;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  bool supports_masking() const override { return true; }

 protected:
  using Layer::Layer;
  virtual std::optional<std::int64_t> seed() const = 0;
  Rng generator(const Call& c) const;

 private:
  int calls_ = -1;
};

/// Config may have `seed`.
template <class Derived, class Config>
class RandomLayer : public LayerOf<Derived, Config, RandomBase> {
 protected:
  using LayerOf<Derived, Config, RandomBase>::LayerOf;

  std::optional<std::int64_t> seed() const override {
    if constexpr (requires { this->config_.seed; }) return this->config_.seed.value;
    return {};
  }
};

/// Derived gives `Drop drop() const` and the noise's shape for an input, `Shape noise(const Shape& x) const`.
/// Nothing is dropped without training and at rate 0.
template <class Derived, class Config>
class DropLayer : public RandomLayer<Derived, Config> {
 public:
  void prepare(Prepare& p) const override {
    if (!p.training() || self().drop().rate == 0.0) return p.alias();
    prepare_drop(p, self().noise(p.input().shape));
  }
  void call(Call& c) const override {
    call_drop(c, self().drop(), self().noise(c.input().shape()), this->generator(c));
  }
  void backward(Backward& b) const override { backward_drop(b, self().drop()); }

 protected:
  using RandomLayer<Derived, Config>::RandomLayer;

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

/// Derived gives `Noise noise() const`.
template <class Derived, class Config>
class NoiseLayer : public RandomLayer<Derived, Config> {
 public:
  void prepare(Prepare& p) const override { prepare_noise(p, self().noise()); }
  void call(Call& c) const override { call_noise(c, self().noise(), this->generator(c)); }
  void backward(Backward& b) const override { backward_noise(b, self().noise()); }

 protected:
  using RandomLayer<Derived, Config>::RandomLayer;

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

}  // namespace rhyton::ops
