#include "layers/preprocessing/random_flip.hpp"

#include <algorithm>

namespace rhyton {

RandomFlip::RandomFlip(Config config) : RandomImageLayer(std::move(config)) {
  try {
    check_choice("mode", config_.mode, {"horizontal", "vertical", "horizontal_and_vertical"});
  } catch (const ValueError& error) {
    fail(error.what());
  }
}

void RandomFlip::prepare(Prepare& p) const {
  if (!p.training()) return p.alias();
  p.backward_reads(false, false);
  ops::prepare_random_factor(p, config_.data_format);
}

void RandomFlip::flip(ConstView x, ConstView flips, View y) const {
  const ops::ImageLayout image(x.shape(), config_.data_format);
  const bool across = config_.mode != "vertical", down = config_.mode != "horizontal";
  dispatch_real(x.dtype(), [&]<class T>(T) {
    for (Dim plane = 0; plane < image.batch * image.outer; ++plane) {
      const bool turned = flips.data<T>()[plane / image.outer] <= T(0.5);
      const Dim at = plane * image.height * image.width * image.inner;
      for (Dim i = 0; i < image.height; ++i)
        for (Dim j = 0; j < image.width; ++j) {
          const Dim row = turned && down ? image.height - 1 - i : i,
                    column = turned && across ? image.width - 1 - j : j;
          std::copy_n(x.data<T>() + at + (row * image.width + column) * image.inner, image.inner,
                      y.data<T>() + at + (i * image.width + j) * image.inner);
        }
    }
  });
}

void RandomFlip::call(Call& c) const {
  flip(c.input(), ops::draw_random_factor(c, config_.data_format, generator(c), 0.0, 1.0), c.output());
}

// Turning over twice changes nothing.
void RandomFlip::backward(Backward& b) const { flip(b.dy(), b.saved(), b.dx()); }

}  // namespace rhyton
