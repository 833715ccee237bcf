#include "layers/preprocessing/cut_mix.hpp"

#include <cstring>

namespace rhyton {

CutMix::CutMix(Config config) : RandomPixelLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

namespace {

/// Where the element at `at` of image k comes from.
template <class T>
Dim cut_source(const T* row, Dim k, Dim sample, Dim at, Dim r, Dim column) {
  ops::PixelBox<T> box;
  std::memcpy(&box, row + 1, sizeof box);
  return box.holds(r, column) ? at + (static_cast<Dim>(row[0]) - k) * sample : at;
}

}  // namespace

// Of each image: the number of the other one, and the box.
void CutMix::call(Call& c) const {
  const ops::ImageLayout image = layout(c.input());
  double alpha = 0.0;
  const View drawn = draw(c, [&]<class T>(Rng& rng, T* row) {
    if (alpha == 0.0) {
      ops::draw_order(rng, row, image.batch, numbers);
      alpha = ops::draw_uniform(rng, config_.factor.low, config_.factor.high) + 1e-6;
    }
    const double share = 1.0 - ops::draw_beta(rng, alpha);
    const ops::PixelBox<T> box = ops::draw_box<T>(rng, image, share, share);
    std::memcpy(row + 1, &box, sizeof box);
  });
  dispatch_real(c.real(), [&]<class T>(T) {
    const T* x = c.input().data<T>();
    ops::for_elements(image, [&](Dim k, Dim at, Dim r, Dim column) {
      c.output().data<T>()[at] =
          x[cut_source(drawn.data<T>() + k * numbers, k, image.sample(), at, r, column)];
    });
  });
}

void CutMix::backward(Backward& b) const {
  const ops::ImageLayout image = layout(b.input());
  fill(b.dx(), 0.0);
  dispatch_real(b.real(), [&]<class T>(T) {
    ops::for_elements(image, [&](Dim k, Dim at, Dim r, Dim column) {
      const T* row = b.saved().data<T>() + k * numbers;
      b.dx().data<T>()[cut_source(row, k, image.sample(), at, r, column)] += b.dy().data<T>()[at];
    });
  });
}

}  // namespace rhyton
