#include "nn/initializers/random.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rhyton::initializers {

RandomNormal::RandomNormal(Config config) : Configured(std::move(config)) {}
void RandomNormal::operator()(View out, Rng& rng) const {
  config_.seed.with(rng, [&](Rng& g) { g.fill_normal(out, config_.mean, config_.stddev); });
}
TruncatedNormal::TruncatedNormal(Config config) : Configured(std::move(config)) {}
void TruncatedNormal::operator()(View out, Rng& rng) const {
  config_.seed.with(rng, [&](Rng& g) { g.fill_truncated_normal(out, config_.mean, config_.stddev); });
}
RandomUniform::RandomUniform(Config config) : Configured(std::move(config)) {}
void RandomUniform::operator()(View out, Rng& rng) const {
  config_.seed.with(rng, [&](Rng& g) { g.fill_uniform(out, config_.minval, config_.maxval); });
}

namespace {
/// A copy of `initializer` with these axes, if it has none yet.
template <class I>
[[gnu::cold]] std::shared_ptr<InitializerBase> copy_with_axes(const I& initializer,
                                                              const std::vector<std::int64_t>& input_axes,
                                                              const std::vector<std::int64_t>& output_axes) {
  auto config = initializer.config();
  if (config.input_axes && config.output_axes) return nullptr;
  config.input_axes = input_axes;
  config.output_axes = output_axes;
  return make_object<InitializerBase, I>(std::move(config));
}

/// Throws ValueError on a scale, mode or distribution that does not exist.
void check_variance_scaling(double scale, const std::string& mode, std::string& distribution) {
  if (!(scale > 0.0))
    throw ValueError("VarianceScaling: `scale` must be positive. Received: scale=" + std::to_string(scale));
  if (mode != "fan_in" && mode != "fan_out" && mode != "fan_avg")
    throw ValueError("VarianceScaling: `mode` must be 'fan_in', 'fan_out' or 'fan_avg'. Received: mode=" +
                     mode);
  for (char& c : distribution) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (distribution == "normal") distribution = "truncated_normal";
  if (distribution != "uniform" && distribution != "truncated_normal" && distribution != "untruncated_normal")
    throw ValueError(
        "VarianceScaling: `distribution` must be 'uniform', 'truncated_normal' or 'untruncated_normal'. "
        "Received: "
        "distribution=" +
        distribution);
}

/// Variance scale / fan (at least 1): truncated normal of stddev sqrt(variance) / 0.87962566103423978, plain
/// normal, or uniform within +-sqrt(3 variance).
void fill_variance_scaling(View out, Rng& rng, double scale, const std::string& mode,
                           const std::string& distribution, const Fans& fans) {
  const double fan = mode == "fan_in" ? fans.in : mode == "fan_out" ? fans.out : (fans.in + fans.out) / 2.0;
  const double variance = scale / std::max(1.0, fan);
  if (distribution == "truncated_normal") {
    // 0.8796... is the standard deviation of a unit normal truncated to (-2, 2).
    rng.fill_truncated_normal(out, 0.0, std::sqrt(variance) / 0.87962566103423978);
  } else if (distribution == "untruncated_normal") {
    rng.fill_normal(out, 0.0, std::sqrt(variance));
  } else {
    const double limit = std::sqrt(3.0 * variance);
    rng.fill_uniform(out, -limit, limit);
  }
}
}  // namespace

VarianceScaling::VarianceScaling(Config config) : Configured(std::move(config)) {
  check_variance_scaling(config_.scale, config_.mode, config_.distribution);
}
void VarianceScaling::operator()(View out, Rng& rng) const {
  config_.seed.with(rng, [&](Rng& g) {
    fill_variance_scaling(out, g, config_.scale, config_.mode, config_.distribution,
                          compute_fans(out.shape(), config_.input_axes, config_.output_axes));
  });
}
std::shared_ptr<InitializerBase> VarianceScaling::with_axes(
    const std::vector<std::int64_t>& input_axes, const std::vector<std::int64_t>& output_axes) const {
  return copy_with_axes(*this, input_axes, output_axes);
}

template <class Derived>
NamedScaling<Derived>::NamedScaling(NamedScalingConfig&& config)
    : Configured<Derived, InitializerBase, NamedScalingConfig>(std::move(config)) {}
template <class Derived>
void NamedScaling<Derived>::operator()(View out, Rng& rng) const {
  const NamedScalingConfig& c = this->config_;
  c.seed.with(rng, [&](Rng& g) {
    fill_variance_scaling(out, g, Derived::scale, Derived::mode, Derived::distribution,
                          compute_fans(out.shape(), c.input_axes, c.output_axes));
  });
}
template <class Derived>
std::shared_ptr<InitializerBase> NamedScaling<Derived>::with_axes(
    const std::vector<std::int64_t>& input_axes, const std::vector<std::int64_t>& output_axes) const {
  return copy_with_axes(static_cast<const Derived&>(*this), input_axes, output_axes);
}
template class NamedScaling<GlorotUniform>;
template class NamedScaling<GlorotNormal>;
template class NamedScaling<HeUniform>;
template class NamedScaling<HeNormal>;
template class NamedScaling<LecunUniform>;
template class NamedScaling<LecunNormal>;

Orthogonal::Orthogonal(Config config) : Configured(std::move(config)) {}
void Orthogonal::operator()(View out, Rng& rng) const {
  const Shape& shape = out.shape();
  if (shape.rank() < 2)
    throw ValueError("Orthogonal: the weight must have at least two dimensions. Received: shape=" +
                     to_string(shape));
  const Dim rows = shape.product(0, shape.rank() - 1), columns = shape.back();
  const Dim tall = std::max(rows, columns), narrow = std::min(rows, columns);
  // The `narrow` vectors are the rows here: rows of the result, or its columns.
  Tensor drawn = Tensor::uninitialized({narrow, tall}, DType::float64);
  config_.seed.with(rng, [&](Rng& g) { g.fill_normal(drawn.view()); });
  double* q = drawn.data<double>();
  // Gram-Schmidt, twice over for accuracy: the QR factorization whose R has a positive diagonal, which makes
  // the distribution uniform over orthogonal matrices (Mezzadri, 2007).
  for (Dim i = 0; i < narrow; ++i) {
    double* row = q + i * tall;
    for (int pass = 0; pass < 2; ++pass) {
      for (Dim j = 0; j < i; ++j) {
        const double* other = q + j * tall;
        const double along = std::inner_product(row, row + tall, other, 0.0);
        for (Dim k = 0; k < tall; ++k) row[k] -= along * other[k];
      }
    }
    const double norm = std::sqrt(std::inner_product(row, row + tall, row, 0.0));
    for (Dim k = 0; k < tall; ++k) row[k] /= norm;
  }
  dispatch_real(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* y = out.data<T>();
    for (Dim i = 0; i < narrow; ++i)
      for (Dim k = 0; k < tall; ++k)
        y[rows < columns ? i * columns + k : k * columns + i] =
            static_cast<T>(config_.gain * q[i * tall + k]);
  });
}

}  // namespace rhyton::initializers
