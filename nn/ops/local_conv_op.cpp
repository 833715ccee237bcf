#include "nn/ops/local_conv_op.hpp"

#include "nn/kernels/dense.hpp"
#include "nn/ops/scratch.hpp"

namespace rhyton::ops {

namespace {

/// Scratch: dz, then the patches of one place, then its outputs.
struct Scratch {
  Scratch(const LocalConv& conv, const TensorSpec& y, void* memory) {
    const std::size_t dz = padded(y.shape.size(), y.dtype);
    const std::size_t patch = padded(conv.batch * conv.features(), y.dtype);
    bytes = dz + patch + padded(conv.batch * conv.filters, y.dtype);
    if (memory == nullptr) return;
    patches = static_cast<char*>(memory) + dz;
    rows = static_cast<char*>(memory) + dz + patch;
  }
  std::size_t bytes = 0;
  char *patches = nullptr, *rows = nullptr;
};

/// Calls f(offset in x, offset in the patches) for every element of the patches of a place.
template <class F>
void for_patches(const LocalConv& c, Dim place, F&& f) {
  const Dim top = place / c.out[1] * c.strides[0], left = place % c.out[1] * c.strides[1];
  Dim at = 0;
  for (Dim n = 0; n < c.batch; ++n) {
    const Dim sample = n * c.in[0] * c.in[1] * c.channels;
    const auto pixel = [&](Dim i, Dim j, Dim channel) {
      const Dim row = top + i, column = left + j;
      return sample + (c.channels_first ? (channel * c.in[0] + row) * c.in[1] + column
                                        : (row * c.in[1] + column) * c.channels + channel);
    };
    const Dim outer = c.channels_first ? c.channels : 1, inner = c.channels_first ? 1 : c.channels;
    for (Dim o = 0; o < outer; ++o)
      for (Dim i = 0; i < c.size[0]; ++i)
        for (Dim j = 0; j < c.size[1]; ++j)
          for (Dim k = 0; k < inner; ++k) f(pixel(i, j, o + k), at++);
  }
}

/// Calls f(offset in y, offset in the place's rows, offset in the bias) for every output of a place.
template <class F>
void for_outputs(const LocalConv& c, Dim place, F&& f) {
  for (Dim n = 0; n < c.batch; ++n)
    for (Dim k = 0; k < c.filters; ++k) {
      const Dim at = c.channels_first ? k * c.places() + place : place * c.filters + k;
      f(n * c.places() * c.filters + at, n * c.filters + k, at);
    }
}

}  // namespace

LocalConv::LocalConv(const Layer& layer, const Window& window, const Shape& x, Dim filters)
    : batch(x[0]), channels(channels_of(window, x)), filters(filters), channels_first(window.channels_first) {
  const Spatial sizes = spatial_of(window, x), outputs = output_size(layer, window, x);
  // One dimension is the second of two.
  for (int i = 0; i < window.rank; ++i) {
    const auto from = static_cast<std::size_t>(i), to = static_cast<std::size_t>(i + 2 - window.rank);
    in[to] = sizes[from];
    out[to] = outputs[from];
    size[to] = window.size[from];
    strides[to] = window.strides[from];
  }
}

void prepare_local_conv(Prepare& p, const LocalConv& conv, const ActivationFn& f) {
  Activated(f).prepare(p, true);
  p.scratch(Scratch(conv, {p.output().shape, p.options().dtype}, nullptr).bytes);
}

void call_local_conv(Call& c, const LocalConv& conv, int kernel, const ActivationFn& f, int bias) {
  const Activated activated(f);
  const View z = activated.target(c);
  const Scratch scratch(conv, {c.output().shape(), c.real()}, c.scratch());
  dispatch_real(c.real(), [&]<class T>(T) {
    const T *x = c.input().data<T>(), *w = c.weight(kernel).data<T>();
    const T* b = bias < 0 ? nullptr : c.weight(bias).data<T>();
    T *patches = reinterpret_cast<T*>(scratch.patches), *rows = reinterpret_cast<T*>(scratch.rows);
    for (Dim place = 0; place < conv.places(); ++place) {
      for_patches(conv, place, [&](Dim from, Dim to) { patches[to] = x[from]; });
      gemm(c.real(), false, false, conv.batch, conv.filters, conv.features(), 1.0, patches, conv.features(),
           w + place * conv.features() * conv.filters, conv.filters, 0.0, rows, conv.filters);
      for_outputs(conv, place,
                  [&](Dim to, Dim from, Dim at) { z.data<T>()[to] = rows[from] + (b ? b[at] : T(0)); });
    }
  });
  if (!f.is_linear()) f.forward(z, c.output());
}

void backward_local_conv(Backward& b, const LocalConv& conv, int kernel, const ActivationFn& f, int bias) {
  const ConstView dz = Activated(f).dz(b);
  const Scratch scratch(conv, {dz.shape(), b.real()}, b.scratch());
  const View dx = b.dx(), dw = b.dw(kernel), db = b.dw(bias);
  if (dx) fill(dx, 0.0);
  dispatch_real(b.real(), [&]<class T>(T) {
    const T *x = b.input().data<T>(), *w = b.weight(kernel).data<T>(), *dy = dz.data<T>();
    T *patches = reinterpret_cast<T*>(scratch.patches), *rows = reinterpret_cast<T*>(scratch.rows);
    const Dim features = conv.features(), filters = conv.filters;
    for (Dim place = 0; place < conv.places(); ++place) {
      const Dim offset = place * features * filters;
      for_outputs(conv, place, [&](Dim from, Dim to, Dim at) {
        rows[to] = dy[from];
        if (db) db.data<T>()[at] += dy[from];
      });
      if (dw) {
        for_patches(conv, place, [&](Dim from, Dim to) { patches[to] = x[from]; });
        gemm(b.real(), true, false, features, filters, conv.batch, 1.0, patches, features, rows, filters, 1.0,
             dw.data<T>() + offset, filters);
      }
      if (!dx) continue;
      gemm(b.real(), false, true, conv.batch, features, filters, 1.0, rows, filters, w + offset, filters, 0.0,
           patches, features);
      for_patches(conv, place, [&](Dim to, Dim from) { dx.data<T>()[to] += patches[from]; });
    }
  });
}

}  // namespace rhyton::ops
