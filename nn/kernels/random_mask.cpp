#include "nn/kernels/random_mask.hpp"

#include "nn/kernels/broadcast_loop.hpp"

namespace rhyton {

void draw_keep(Rng& rng, double rate, View keep) {
  constexpr Dim chunk = 1024;
  float numbers[chunk];
  const float limit = static_cast<float>(rate);
  bool* out = keep.data<bool>();
  for (Dim begin = 0; begin < keep.size(); begin += chunk) {
    const Dim n = std::min(chunk, keep.size() - begin);
    rng.fill(numbers, static_cast<std::size_t>(n));
    for (Dim i = 0; i < n; ++i) out[begin + i] = numbers[i] >= limit;
  }
}

void keep_or(ConstView keep, ConstView x, double scale, double shift, double value, View y) {
  const BroadcastLoop<1> loop(y.shape(), {keep.shape()});
  dispatch_real(y.dtype(), [&]<class T>(T) {
    const T s = static_cast<T>(scale), t = static_cast<T>(shift), other = static_cast<T>(value);
    loop.rows<T>(-1, [&](Dim at, const auto& offset, Dim n) {
      const bool* flag = keep.data<bool>() + offset[0];
      const T* in = x.data<T>() + at;
      T* out = y.data<T>() + at;
      if (loop.step(0))
        for (Dim i = 0; i < n; ++i) out[i] = flag[i] ? s * in[i] + t : other;
      else
        for (Dim i = 0; i < n; ++i) out[i] = *flag ? s * in[i] + t : other;
    });
  });
}

}  // namespace rhyton
