#pragma once
/// @file initializer.hpp  What fills a new weight.
#include <optional>
#include <vector>

#include "nn/object.hpp"
#include "nn/rng.hpp"

namespace rhyton {

/// Base of `keras.initializers`.
class InitializerBase : public Object {
 public:
  static constexpr const char* family = "initializer";
  static constexpr const char* module = "keras.initializers";

  /// Fills `out`, float32 or float64 (constants: any number). Draws from `rng` unless it has a seed of its
  /// own, which gives the same values at every call. Throws ValueError on shapes that it is not made for.
  virtual void operator()(View out, Rng& rng) const = 0;
  /// The same for a weight whose axes are said to be those of inputs and of outputs; null where that changes
  /// nothing, or has been said already.
  virtual std::shared_ptr<InitializerBase> with_axes(const std::vector<std::int64_t>& input_axes,
                                                     const std::vector<std::int64_t>& output_axes) const;
};

template <>
Registry<InitializerBase>& Registry<InitializerBase>::global();
extern template class Ref<InitializerBase>;

/// An initializer, or its name: "glorot_uniform", "zeros", "uniform", ...
using Initializer = Ref<InitializerBase>;

/// The argument `seed`: none, an integer, or (in files) a SeedGenerator, whose seed is taken.
struct Seed {
  Seed() = default;
  Seed(std::int64_t seed) : value(seed) {}
  std::optional<std::int64_t> value;
  /// A generator from the seed, or `fallback` where there is none.
  template <class F>
  void with(Rng& fallback, F&& draw) const {
    if (value) {
      Rng own(static_cast<std::uint64_t>(*value));
      draw(own);
    } else {
      draw(fallback);
    }
  }
};
void from_config(const Json& json, Seed& value);
void to_config(Json& json, const Seed& value);

struct Fans {
  double in, out;
};
/// Numbers of input and output units of a weight: receptive field x shape[-2], shape[-1]; with both lists of
/// axes, the products of those dimensions.
Fans compute_fans(const Shape& shape, const std::optional<std::vector<std::int64_t>>& input_axes = {},
                  const std::optional<std::vector<std::int64_t>>& output_axes = {});

}  // namespace rhyton
