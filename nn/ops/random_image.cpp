#include "nn/ops/random_image.hpp"

#include <algorithm>

#include "nn/raise.hpp"

namespace rhyton::ops {

namespace detail {

View per_image(const Call& c, Dim images, Dim numbers) {
  return c.wants_gradient() ? c.saved() : View(c.scratch(), {images, numbers}, c.real());
}

WarpDesc describe(const RandomAffine& a, const Shape& x) {
  const ImageLayout image(x, a.format);
  WarpDesc d;
  d.batch = image.batch;
  d.outer = image.outer;
  d.height = image.height;
  d.width = image.width;
  d.inner = image.inner;
  d.bilinear = a.bilinear;
  d.fill_mode = a.fill_mode;
  d.fill_value = a.fill_value;
  return d;
}

}  // namespace detail

void prepare_image_numbers(Prepare& p, DataFormat format, Dim numbers) {
  const Shape shape{ImageLayout(p.input().shape, format).batch, numbers};
  p.save(shape, p.options().dtype);
  if (!p.wants_gradient()) p.scratch(static_cast<std::size_t>(shape.size()) * size_of(p.options().dtype));
}

RandomAffine random_affine(const Layer& layer, DataFormat format, const std::string& interpolation,
                           const std::string& fill_mode, double fill_value) {
  try {
    check_choice("interpolation", interpolation, {"nearest", "bilinear"});
    return {format, interpolation == "bilinear", fill_mode_by_name(fill_mode), fill_value, 6};
  } catch (const ValueError& error) {
    raise<ValueError>("{}: {}", layer.label(), error.what());
  }
}

void prepare_random_affine(Prepare& p, const RandomAffine& a) {
  if (!p.training()) return p.alias();
  p.backward_reads(false, false);
  prepare_image_numbers(p, a.format, a.numbers);
}

void backward_random_affine(Backward& b, const RandomAffine& a) {
  warp_backward(detail::describe(a, b.dx().shape()), b.dy(), b.saved(), b.dx());
}

void prepare_random_factor(Prepare& p, DataFormat format) { prepare_image_numbers(p, format, 1); }

View draw_random_factor(Call& c, DataFormat format, Rng rng, double low, double high) {
  const View numbers = detail::per_image(c, ImageLayout(c.input().shape(), format).batch, 1);
  dispatch_real(c.real(), [&]<class T>(T) {
    for (Dim n = 0; n < numbers.size(); ++n)
      numbers.data<T>()[n] = static_cast<T>(draw_uniform(rng, low, high));
  });
  return numbers;
}

void clip(View y, double low, double high) {
  dispatch_real(y.dtype(), [&]<class T>(T) {
    T* out = y.data<T>();
    const T least = static_cast<T>(low), most = static_cast<T>(high);
    for (Dim i = 0; i < y.size(); ++i) out[i] = std::clamp(out[i], least, most);
  });
}

void clip_backward(ConstView y, ConstView dy, double low, double high, View dz) {
  dispatch_real(y.dtype(), [&]<class T>(T) {
    const T least = static_cast<T>(low), most = static_cast<T>(high);
    for (Dim i = 0; i < y.size(); ++i) {
      const T value = y.data<T>()[i];
      dz.data<T>()[i] = value > least && value < most ? dy.data<T>()[i] : T(0);
    }
  });
}

}  // namespace rhyton::ops
