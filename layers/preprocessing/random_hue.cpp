#include "layers/preprocessing/random_hue.hpp"

namespace rhyton {

RandomHue::RandomHue(Config config) : RandomPixelLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

void RandomHue::prepare(Prepare& p) const {
  if (p.training()) ops::check_colours(*this, config_.data_format, p.input().shape);
  RandomPixelLayer::prepare(p);
}

namespace {

template <class N>
std::array<N, 3> turned(std::array<N, 3> rgb, double turn, const Factor& range) {
  using T = decltype(ops::value_of(rgb[0]));
  const N low(static_cast<T>(static_cast<double>(range.low)));
  const N width(static_cast<T>(static_cast<double>(range.high) - static_cast<double>(range.low)));
  for (N& colour : rgb) colour = (colour - low) / width;
  auto hsv = ops::to_hsv(rgb);
  hsv[0] = hsv[0] + N(static_cast<T>(turn));
  if (ops::value_of(hsv[0]) > T(1)) hsv[0] = hsv[0] - N(T(1));
  if (ops::value_of(hsv[0]) < T(0)) hsv[0] = hsv[0] + N(T(1));
  auto out = ops::to_rgb(hsv);
  for (N& colour : out) colour = ops::limited(colour, 0, 1) * width + low;
  return out;
}

double turn_of(ConstView drawn, Dim n) {
  return drawn.dtype() == DType::float64 ? drawn.data<double>()[n]
                                         : static_cast<double>(drawn.data<float>()[n]);
}

}  // namespace

void RandomHue::call(Call& c) const {
  const View drawn = draw(c, [&]<class T>(Rng& rng, T* row) {
    const double sign = rng.uniform() > 0.5 ? -1.0 : 1.0;
    row[0] = static_cast<T>(0.5 * sign * ops::draw_uniform(rng, config_.factor.low, config_.factor.high));
  });
  ops::map_pixels(c.input(), config_.data_format, c.output(), [&](Dim n, const auto& rgb) {
    return turned(rgb, turn_of(drawn, n), config_.value_range);
  });
}

void RandomHue::backward(Backward& b) const {
  ops::map_pixels_backward(b.input(), config_.data_format, b.dy(), b.dx(), [&](Dim n, const auto& rgb) {
    return turned(rgb, turn_of(b.saved(), n), config_.value_range);
  });
}

}  // namespace rhyton
