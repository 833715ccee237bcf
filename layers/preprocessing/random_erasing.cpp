#include "layers/preprocessing/random_erasing.hpp"

#include <cstring>

namespace rhyton {

RandomErasing::RandomErasing(Config config) : RandomPixelLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
  config_.scale = ops::resolve_factor(*this, config_.scale, "scale", 0, 1);
}

// Of each image: whether it is changed, and the box.
void RandomErasing::call(Call& c) const {
  const ops::ImageLayout image = layout(c.input());
  const Factor &scale = config_.scale, &range = config_.value_range;
  const View drawn = draw(c, [&]<class T>(Rng& rng, T* row) {
    const double width = ops::draw_uniform(rng, scale.low, scale.high);
    const double height = ops::draw_uniform(rng, scale.low, scale.high);
    const ops::PixelBox<T> box = ops::draw_box<T>(rng, image, width, height);
    const double probability = ops::draw_uniform(rng, config_.factor.low, config_.factor.high);
    row[0] = rng.uniform() < probability ? T(1) : T(0);
    std::memcpy(row + 1, &box, sizeof box);
  });
  // Noise all over the image, of which the box shows a part.
  if (config_.fill_value)
    fill(c.output(), *config_.fill_value);
  else
    generator(c).split(1).fill_normal(c.output(), 0.0, range.high);
  ops::clip(c.output(), range.low, range.high);
  dispatch_real(c.real(), [&]<class T>(T) {
    ops::for_elements(image, [&](Dim n, Dim at, Dim r, Dim column) {
      const T* row = drawn.data<T>() + n * numbers;
      ops::PixelBox<T> box;
      std::memcpy(&box, row + 1, sizeof box);
      if (row[0] == T(0) || !box.holds(r, column)) c.output().data<T>()[at] = c.input().data<T>()[at];
    });
  });
}

void RandomErasing::backward(Backward& b) const {
  dispatch_real(b.real(), [&]<class T>(T) {
    ops::for_elements(layout(b.input()), [&](Dim n, Dim at, Dim r, Dim column) {
      const T* row = b.saved().data<T>() + n * numbers;
      ops::PixelBox<T> box;
      std::memcpy(&box, row + 1, sizeof box);
      b.dx().data<T>()[at] = row[0] == T(0) || !box.holds(r, column) ? b.dy().data<T>()[at] : T(0);
    });
  });
}

}  // namespace rhyton
