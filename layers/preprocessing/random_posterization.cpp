#include "layers/preprocessing/random_posterization.hpp"

namespace rhyton {

RandomPosterization::RandomPosterization(Config config) : RandomPixelLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 1, 8);
}

void RandomPosterization::call(Call& c) const {
  const ops::ImageLayout image = layout(c.input());
  const ops::ValueRange range(ops::ordered_range(config_.value_range));
  const auto fewest = static_cast<std::int64_t>(config_.factor.low),
             most = static_cast<std::int64_t>(config_.factor.high);
  const View drawn = draw(c, [&]<class T>(Rng& rng, T* row) {
    const auto more = most > fewest ? rng.below(static_cast<std::uint64_t>(most - fewest)) : 0;
    row[0] = static_cast<T>(8 - (fewest + static_cast<std::int64_t>(more)));
  });
  dispatch_real(c.real(), [&]<class T>(T) {
    for (Dim i = 0; i < c.input().size(); ++i) {
      const auto shift = static_cast<unsigned>(drawn.data<T>()[i / image.sample()]);
      const T v = range.to_255(c.input().data<T>()[i]);
      const bool fits = v > T(-1e9) && v < T(1e9);
      const auto byte = static_cast<std::uint8_t>(fits ? static_cast<std::int64_t>(v) : 0);
      c.output().data<T>()[i] = range.from_255(static_cast<T>(byte >> shift << shift));
    }
  });
}

void RandomPosterization::backward(Backward& b) const { fill(b.dx(), 0.0); }

}  // namespace rhyton
