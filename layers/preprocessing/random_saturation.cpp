#include "layers/preprocessing/random_saturation.hpp"

namespace rhyton {

RandomSaturation::RandomSaturation(Config config) : RandomPixelLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", -1, 1);
}

void RandomSaturation::prepare(Prepare& p) const {
  if (p.training()) ops::check_colours(*this, config_.data_format, p.input().shape);
  RandomPixelLayer::prepare(p);
}

namespace {

/// The saturation times a factor, and clipped to the range of values, as Keras has it.
template <class N>
std::array<N, 3> saturated(const std::array<N, 3>& rgb, double factor, const Factor& range) {
  using T = decltype(ops::value_of(rgb[0]));
  auto hsv = ops::to_hsv(rgb);
  hsv[1] = ops::limited(hsv[1] * N(static_cast<T>(factor)), range.low, range.high);
  return ops::to_rgb(hsv);
}

double factor_of(ConstView drawn, Dim n) {
  return drawn.dtype() == DType::float64 ? drawn.data<double>()[n]
                                         : static_cast<double>(drawn.data<float>()[n]);
}

}  // namespace

void RandomSaturation::call(Call& c) const {
  const View drawn = draw(c, [&]<class T>(Rng& rng, T* row) {
    const double share = ops::draw_uniform(rng, config_.factor.low, config_.factor.high);
    row[0] = static_cast<T>(share / (1.0 - share + 1e-7));
  });
  const Factor range = ops::ordered_range(config_.value_range);
  ops::map_pixels(c.input(), config_.data_format, c.output(),
                  [&](Dim n, const auto& rgb) { return saturated(rgb, factor_of(drawn, n), range); });
}

void RandomSaturation::backward(Backward& b) const {
  const Factor range = ops::ordered_range(config_.value_range);
  ops::map_pixels_backward(b.input(), config_.data_format, b.dy(), b.dx(), [&](Dim n, const auto& rgb) {
    return saturated(rgb, factor_of(b.saved(), n), range);
  });
}

}  // namespace rhyton
