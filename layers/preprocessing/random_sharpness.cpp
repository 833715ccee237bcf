#include "layers/preprocessing/random_sharpness.hpp"

namespace rhyton {

RandomSharpness::RandomSharpness(Config config) : RandomPixelLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

namespace {

/// The 3 x 3 window of the smooth image.
template <class T>
struct SmoothWindow {
  std::array<T, 9> values;
  SmoothWindow() {
    values.fill(static_cast<T>(1.0 / 13.0));
    values[4] = static_cast<T>(5.0 / 13.0);
  }
  ConstView view() const { return ConstView(values.data(), {3, 3}, dtype_of<T>); }
};

}  // namespace

void RandomSharpness::prepare(Prepare& p) const { prepare_with(p, {p.input().shape.size()}); }

void RandomSharpness::call(Call& c) const {
  const ops::ImageLayout image = layout(c.input());
  const View drawn = draw(c, [&]<class T>(Rng& rng, T* row) {
    row[0] = static_cast<T>(1.0 - 2.0 * ops::draw_uniform(rng, config_.factor.low, config_.factor.high));
  });
  dispatch_real(c.real(), [&]<class T>(T) {
    ops::filter_images(c.input(), config_.data_format, SmoothWindow<T>().view(), false, c.output());
    for (Dim i = 0; i < c.input().size(); ++i) {
      const T x = c.input().data<T>()[i];
      T& y = c.output().data<T>()[i];
      y = x + drawn.data<T>()[i / image.sample()] * (y - x);
    }
  });
  const Factor range = ops::ordered_range(config_.value_range);
  ops::clip(c.output(), range.low, range.high);
}

// dx = (1 - s) dz + s smooth^T(dz); the window is the same turned over.
void RandomSharpness::backward(Backward& b) const {
  const ops::ImageLayout image = layout(b.input());
  const Factor range = ops::ordered_range(config_.value_range);
  const View dz = pieces(b).take(b.dy().shape(), b.real());
  ops::clip_backward(b.output(), b.dy(), range.low, range.high, dz);
  dispatch_real(b.real(), [&]<class T>(T) {
    ops::filter_images(dz, config_.data_format, SmoothWindow<T>().view(), true, b.dx());
    for (Dim i = 0; i < b.dx().size(); ++i) {
      const T share = b.saved().data<T>()[i / image.sample()];
      T& dx = b.dx().data<T>()[i];
      dx = (T(1) - share) * dz.data<T>()[i] + share * dx;
    }
  });
}

}  // namespace rhyton
