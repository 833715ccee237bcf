#include "nn/ops/colour_op.hpp"

#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {

constexpr double share_of_colour[3] = {0.2989, 0.5870, 0.1140};

}  // namespace

View draw_random_choice(Call& c, DataFormat format, Rng rng, double low, double high) {
  const View numbers = detail::per_image(c, ImageLayout(c.input().shape(), format).batch, 1);
  dispatch_real(c.real(), [&]<class T>(T) {
    for (Dim n = 0; n < numbers.size(); ++n) {
      const double probability = draw_uniform(rng, low, high);
      numbers.data<T>()[n] = rng.uniform() < probability ? T(1) : T(0);
    }
  });
  return numbers;
}

void mix_grey(ConstView x, DataFormat format, ConstView shares, View y) {
  dispatch_real(x.dtype(), [&]<class T>(T) {
    const T* in = x.data<T>();
    for_colours(x.shape(), format, [&](Dim n, const std::array<Dim, 3>& at) {
      const T share = shares.data<T>()[n];
      T grey = 0;
      for (std::size_t k = 0; k < 3; ++k) grey += static_cast<T>(share_of_colour[k]) * in[at[k]];
      for (const Dim i : at) y.data<T>()[i] = in[i] + share * (grey - in[i]);
    });
  });
}

void mix_grey_backward(ConstView dy, DataFormat format, ConstView shares, View dx) {
  dispatch_real(dx.dtype(), [&]<class T>(T) {
    for_colours(dx.shape(), format, [&](Dim n, const std::array<Dim, 3>& at) {
      const T share = shares.data<T>()[n], kept = T(1) - share;
      T sum = 0;
      for (const Dim i : at) sum += dy.data<T>()[i];
      for (std::size_t k = 0; k < 3; ++k)
        dx.data<T>()[at[k]] = kept * dy.data<T>()[at[k]] + share * static_cast<T>(share_of_colour[k]) * sum;
    });
  });
}

void check_colours(const Layer& layer, DataFormat format, const Shape& x) {
  const Dim channels = x[format.channels_first() ? -3 : -1];
  if (channels >= 0 && channels != 3)
    raise<ValueError>("{}: in training, expected images of 3 channels. Received: shape {}.", layer.label(),
                      to_string(x));
}

}  // namespace rhyton::ops
