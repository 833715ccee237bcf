#pragma once
/// @file random.hpp  Initializers that draw: RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling
/// and its named forms, Orthogonal. Numbers cannot match Keras's generators; distributions do.
#include <string>

#include "nn/initializers/initializer.hpp"

namespace rhyton::initializers {

struct NormalConfig {
  double mean = 0.0, stddev = 0.05;
  Seed seed{};
  void fields(ConfigFields& v) { v("seed", seed)("mean", mean)("stddev", stddev); }
};
class RandomNormal : public Configured<RandomNormal, InitializerBase, NormalConfig> {
 public:
  static constexpr const char* keras_name = "RandomNormal";
  explicit RandomNormal(Config config = {});
  void operator()(View out, Rng& rng) const override;
};
/// Normal, redrawn beyond two standard deviations.
class TruncatedNormal : public Configured<TruncatedNormal, InitializerBase, NormalConfig> {
 public:
  static constexpr const char* keras_name = "TruncatedNormal";
  explicit TruncatedNormal(Config config = {});
  void operator()(View out, Rng& rng) const override;
};

struct UniformConfig {
  double minval = -0.05, maxval = 0.05;
  Seed seed{};
  void fields(ConfigFields& v) { v("seed", seed)("minval", minval)("maxval", maxval); }
};
class RandomUniform : public Configured<RandomUniform, InitializerBase, UniformConfig> {
 public:
  static constexpr const char* keras_name = "RandomUniform";
  explicit RandomUniform(Config config = {});
  void operator()(View out, Rng& rng) const override;
};

using AxisList = std::optional<std::vector<std::int64_t>>;

/// Arguments that Keras added in 3.15: read, but written only when set, since older versions refuse them.
inline void axis_fields(ConfigFields& v, AxisList& input_axes, AxisList& output_axes) {
  if (v.writes() && !input_axes && !output_axes) return;
  v("input_axes", input_axes)("output_axes", output_axes);
}

struct VarianceScalingConfig {
  double scale = 1.0;
  std::string mode = "fan_in", distribution = "truncated_normal";
  Seed seed{};
  AxisList input_axes{}, output_axes{};
  void fields(ConfigFields& v) {
    v("seed", seed)("scale", scale)("mode", mode)("distribution", distribution);
    axis_fields(v, input_axes, output_axes);
  }
};
class VarianceScaling : public Configured<VarianceScaling, InitializerBase, VarianceScalingConfig> {
 public:
  static constexpr const char* keras_name = "VarianceScaling";
  explicit VarianceScaling(Config config = {});
  void operator()(View out, Rng& rng) const override;
  std::shared_ptr<InitializerBase> with_axes(const std::vector<std::int64_t>& input_axes,
                                             const std::vector<std::int64_t>& output_axes) const override;
};

struct NamedScalingConfig {
  Seed seed{};
  AxisList input_axes{}, output_axes{};
  void fields(ConfigFields& v) {
    v("seed", seed);
    axis_fields(v, input_axes, output_axes);
  }
};
/// A VarianceScaling with fixed arguments, given by Derived as `scale`, `mode`, `distribution`.
template <class Derived>
class NamedScaling : public Configured<Derived, InitializerBase, NamedScalingConfig> {
 public:
  explicit NamedScaling(NamedScalingConfig&& config = {});
  void operator()(View out, Rng& rng) const override;
  std::shared_ptr<InitializerBase> with_axes(const std::vector<std::int64_t>& input_axes,
                                             const std::vector<std::int64_t>& output_axes) const override;
};

class GlorotUniform : public NamedScaling<GlorotUniform> {
 public:
  static constexpr const char* keras_name = "GlorotUniform";
  static constexpr double scale = 1.0;
  static constexpr const char *mode = "fan_avg", *distribution = "uniform";
  using NamedScaling::NamedScaling;
};
class GlorotNormal : public NamedScaling<GlorotNormal> {
 public:
  static constexpr const char* keras_name = "GlorotNormal";
  static constexpr double scale = 1.0;
  static constexpr const char *mode = "fan_avg", *distribution = "truncated_normal";
  using NamedScaling::NamedScaling;
};
class HeUniform : public NamedScaling<HeUniform> {
 public:
  static constexpr const char* keras_name = "HeUniform";
  static constexpr double scale = 2.0;
  static constexpr const char *mode = "fan_in", *distribution = "uniform";
  using NamedScaling::NamedScaling;
};
class HeNormal : public NamedScaling<HeNormal> {
 public:
  static constexpr const char* keras_name = "HeNormal";
  static constexpr double scale = 2.0;
  static constexpr const char *mode = "fan_in", *distribution = "truncated_normal";
  using NamedScaling::NamedScaling;
};
class LecunUniform : public NamedScaling<LecunUniform> {
 public:
  static constexpr const char* keras_name = "LecunUniform";
  static constexpr double scale = 1.0;
  static constexpr const char *mode = "fan_in", *distribution = "uniform";
  using NamedScaling::NamedScaling;
};
class LecunNormal : public NamedScaling<LecunNormal> {
 public:
  static constexpr const char* keras_name = "LecunNormal";
  static constexpr double scale = 1.0;
  static constexpr const char *mode = "fan_in", *distribution = "truncated_normal";
  using NamedScaling::NamedScaling;
};

struct OrthogonalConfig {
  double gain = 1.0;
  Seed seed{};
  void fields(ConfigFields& v) { v("seed", seed)("gain", gain); }
};
/// gain times an orthogonal matrix (orthonormal rows or columns, whichever are fewer) over (product of all
/// dimensions but the last, last dimension).
class Orthogonal : public Configured<Orthogonal, InitializerBase, OrthogonalConfig> {
 public:
  static constexpr const char* keras_name = "Orthogonal";
  explicit Orthogonal(Config config = {});
  void operator()(View out, Rng& rng) const override;
};

}  // namespace rhyton::initializers
