#include "layers/preprocessing/mix_up.hpp"

#include <utility>

namespace rhyton {

MixUp::MixUp(Config config) : RandomPixelLayer(std::move(config)) {
  const double alpha = config_.alpha;
  if (!(alpha > 0.0)) fail("`alpha` must be positive. Received: alpha={}.", alpha);
}

// Of each image: the weight, and the number of the other one.
void MixUp::call(Call& c) const {
  const ops::ImageLayout image = layout(c.input());
  bool first = true;
  const View drawn = draw(c, [&]<class T>(Rng& rng, T* row) {
    if (std::exchange(first, false)) ops::draw_order(rng, row + 1, image.batch, numbers);
    row[0] = static_cast<T>(ops::draw_beta(rng, config_.alpha));
  });
  dispatch_real(c.real(), [&]<class T>(T) {
    const T* x = c.input().data<T>();
    for (Dim i = 0; i < c.input().size(); ++i) {
      const T* row = drawn.data<T>() + i / image.sample() * numbers;
      const T other = x[static_cast<Dim>(row[1]) * image.sample() + i % image.sample()];
      c.output().data<T>()[i] = row[0] * x[i] + (T(1) - row[0]) * other;
    }
  });
}

void MixUp::backward(Backward& b) const {
  const ops::ImageLayout image = layout(b.input());
  fill(b.dx(), 0.0);
  dispatch_real(b.real(), [&]<class T>(T) {
    T* dx = b.dx().data<T>();
    for (Dim i = 0; i < b.dx().size(); ++i) {
      const T* row = b.saved().data<T>() + i / image.sample() * numbers;
      const T dy = b.dy().data<T>()[i];
      dx[i] += row[0] * dy;
      dx[static_cast<Dim>(row[1]) * image.sample() + i % image.sample()] += (T(1) - row[0]) * dy;
    }
  });
}

}  // namespace rhyton
