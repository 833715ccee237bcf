#include "layers/preprocessing/solarization.hpp"

#include <algorithm>

namespace rhyton {

Solarization::Solarization(Config config) : RandomPixelLayer(std::move(config)) {
  config_.addition_factor = ops::resolve_factor(*this, config_.addition_factor, "addition_factor", 0, 1);
  config_.threshold_factor = ops::resolve_factor(*this, config_.threshold_factor, "threshold_factor", 0, 1);
}

void Solarization::call(Call& c) const {
  const ops::ImageLayout image = layout(c.input());
  const ops::ValueRange range(ops::ordered_range(config_.value_range));
  const View drawn = draw(c, [&]<class T>(Rng& rng, T* row) {
    row[0] = static_cast<T>(
        ops::draw_uniform(rng, config_.addition_factor.low, 255.0 * config_.addition_factor.high));
    row[1] = static_cast<T>(
        ops::draw_uniform(rng, config_.threshold_factor.low, 255.0 * config_.threshold_factor.high));
  });
  dispatch_real(c.real(), [&]<class T>(T) {
    for (Dim i = 0; i < c.input().size(); ++i) {
      const T* row = drawn.data<T>() + i / image.sample() * numbers;
      const T z = std::clamp(range.to_255(c.input().data<T>()[i]) + row[0], T(0), T(255));
      c.output().data<T>()[i] = range.from_255(z < row[1] ? z : T(255) - z);
    }
  });
}

void Solarization::backward(Backward& b) const {
  const ops::ImageLayout image = layout(b.input());
  const ops::ValueRange range(ops::ordered_range(config_.value_range));
  dispatch_real(b.real(), [&]<class T>(T) {
    for (Dim i = 0; i < b.input().size(); ++i) {
      const T* row = b.saved().data<T>() + i / image.sample() * numbers;
      const T z = range.to_255(b.input().data<T>()[i]) + row[0], dy = b.dy().data<T>()[i];
      b.dx().data<T>()[i] = z < T(0) || z > T(255) ? T(0) : z < row[1] ? dy : -dy;
    }
  });
}

}  // namespace rhyton
