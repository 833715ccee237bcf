#include "nn/kernels/affine.hpp"

#include "nn/kernels/parallel.hpp"

namespace rhyton {

void affine(ConstView x, std::span<const double> scale, std::span<const double> shift, Dim channels,
            Dim inner, View y) {
  const auto at = [](std::span<const double> values, Dim c) {
    return values[values.size() == 1 ? 0 : static_cast<std::size_t>(c)];
  };
  dispatch_real(y.dtype(), [&]<class T>(T) {
    const T* in = x.data<T>();
    T* out = y.data<T>();
    if (scale.size() == 1 && shift.size() == 1) {
      const T s = static_cast<T>(scale[0]), t = static_cast<T>(shift[0]);
      parallel_for<T>(y.size(), 65536, [&](Dim begin, Dim end) {
        for (Dim i = begin; i < end; ++i) out[i] = in[i] * s + t;
      });
      return;
    }
    const Dim rows = y.size() / std::max<Dim>(inner, 1);
    parallel_for<T>(rows, 1 + 65536 / std::max<Dim>(inner, 1), [&](Dim begin, Dim end) {
      for (Dim r = begin; r < end; ++r) {
        const T s = static_cast<T>(at(scale, r % channels)), t = static_cast<T>(at(shift, r % channels));
        for (Dim i = r * inner; i < (r + 1) * inner; ++i) out[i] = in[i] * s + t;
      }
    });
  });
}

}  // namespace rhyton
