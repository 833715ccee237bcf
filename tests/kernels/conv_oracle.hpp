#pragma once
/// @file conv_oracle.hpp  Convolution and its gradients by definition, in double precision.
#include "nn/kernels/conv.hpp"
#include "tests/kernels/support.hpp"

namespace rhyton {

inline Shape with_channels(Dim batch, Dim channels, const Spatial& spatial, int rank, bool first) {
  Shape s{batch};
  if (first) s.push_back(channels);
  for (int i = 0; i < rank; ++i) s.push_back(spatial[static_cast<std::size_t>(i)]);
  if (!first) s.push_back(channels);
  return s;
}

struct ConvOracle {
  explicit ConvOracle(const ConvDesc& desc) : d(desc) {
    for (auto i = static_cast<std::size_t>(d.rank); i < 3; ++i) {
      d.in[i] = d.kernel[i] = d.out[i] = d.strides[i] = d.dilation[i] = 1;
      d.pad_before[i] = d.pad_after[i] = 0;
    }
    x_shape = with_channels(d.batch, d.in_channels, d.in, d.rank, d.channels_first);
    y_shape = with_channels(d.batch, d.filters, d.out, d.rank, d.channels_first);
    for (int i = 0; i < d.rank; ++i) w_shape.push_back(d.kernel[static_cast<std::size_t>(i)]);
    w_shape.push_back(d.depthwise ? d.in_channels : d.in_channels / d.groups);
    w_shape.push_back(d.depthwise ? d.filters / d.in_channels : d.filters);
  }

  static Dim pixels(const Spatial& s) { return s[0] * s[1] * s[2]; }
  static Spatial position(Dim i, const Spatial& s) { return {i / (s[1] * s[2]), i / s[2] % s[1], i % s[2]}; }
  std::size_t at(Dim image, Dim pixel, Dim channel, Dim pixels, Dim channels) const {
    return static_cast<std::size_t>(d.channels_first ? (image * channels + channel) * pixels + pixel
                                                     : (image * pixels + pixel) * channels + channel);
  }

  /// Calls f(x index, w index, y index) for every product of the convolution.
  template <class F>
  void for_products(F&& f) const {
    const Dim group_in = d.in_channels / d.groups, group_out = d.filters / d.groups;
    for (Dim n = 0; n < d.batch; ++n)
      for (Dim p = 0; p < pixels(d.out); ++p)
        for (Dim k = 0; k < pixels(d.kernel); ++k) {
          const Spatial o = position(p, d.out), t = position(k, d.kernel);
          Spatial s;
          bool inside = true;
          for (std::size_t i = 0; i < 3; ++i) {
            s[i] = o[i] * d.strides[i] + t[i] * d.dilation[i] - d.pad_before[i];
            inside = inside && s[i] >= 0 && s[i] < d.in[i];
          }
          if (!inside) continue;
          const Dim q = (s[0] * d.in[1] + s[1]) * d.in[2] + s[2];
          for (Dim out = 0; out < d.filters; ++out)
            for (Dim c = 0; c < group_in; ++c) {
              const Dim in = out / group_out * group_in + c;
              f(at(n, q, in, pixels(d.in), d.in_channels),
                static_cast<std::size_t>((k * group_in + c) * d.filters + out),
                at(n, p, out, pixels(d.out), d.filters));
            }
        }
  }

  ConvDesc d;
  Shape x_shape, w_shape, y_shape;
};

/// Sizes of y for the padding in `d`.
inline ConvDesc with_output(ConvDesc d) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(d.rank); ++i)
    d.out[i] =
        (d.in[i] + d.pad_before[i] + d.pad_after[i] - (d.kernel[i] - 1) * d.dilation[i] - 1) / d.strides[i] +
        1;
  return d;
}

/// Runs forward and backward of `kernel`, made for `d`, and compares with the definition.
inline void check_conv(const ConvDesc& d, ConvKernel& kernel, double extra_tolerance = 1.0) {
  const ConvOracle oracle(d);
  const DType dtype = d.options.dtype;
  CAPTURE(to_string(oracle.x_shape));
  CAPTURE(to_string(oracle.w_shape));
  CAPTURE(to_string(oracle.y_shape));
  CAPTURE(d.strides[0]);
  CAPTURE(d.dilation[0]);
  CAPTURE(d.pad_before[0]);
  CAPTURE(d.groups);
  CAPTURE(d.channels_first);
  CAPTURE(activation_name(d.activation.kind));
  CAPTURE(kernel.implementation());
  const double terms = static_cast<double>(d.in_channels / d.groups * ConvOracle::pixels(oracle.d.kernel)) *
                       extra_tolerance * extra_tolerance;
  const Tensor x = random_tensor(oracle.x_shape, dtype, 1), w = random_tensor(oracle.w_shape, dtype, 2);
  const Tensor b = random_tensor({d.filters}, dtype, 3), z = random_tensor(oracle.y_shape, dtype, 4);
  const Tensor dz = random_tensor(oracle.y_shape, dtype, 5);
  Tensor y = Tensor::full(oracle.y_shape, std::nan(""), dtype);
  kernel.forward(x, w, d.bias ? b.view() : ConstView(), d.add ? z.view() : ConstView(), y.view());
  const auto xs = as_double(x), ws = as_double(w), bs = as_double(b), zs = as_double(z), gs = as_double(dz);
  std::vector<double> ys(gs.size()), dxs(xs.size()), dws(ws.size()), dbs(bs.size());
  oracle.for_products([&](std::size_t i, std::size_t k, std::size_t o) {
    ys[o] += xs[i] * ws[k];
    dxs[i] += gs[o] * ws[k];
    dws[k] += gs[o] * xs[i];
  });
  const Dim pixels = ConvOracle::pixels(oracle.d.out);
  for (Dim n = 0; n < d.batch; ++n)
    for (Dim p = 0; p < pixels; ++p)
      for (Dim f = 0; f < d.filters; ++f) {
        const std::size_t o = oracle.at(n, p, f, pixels, d.filters);
        ys[o] += (d.bias ? bs[static_cast<std::size_t>(f)] : 0.0) + (d.add ? zs[o] : 0.0);
        dbs[static_cast<std::size_t>(f)] += gs[o];
      }
  Tensor exact(oracle.y_shape, ys);
  activation_forward(d.activation, exact, exact.view());
  check_close(y, as_double(exact), terms);

  Tensor dx = Tensor::full(x.shape(), std::nan(""), dtype), dw = Tensor::full(w.shape(), std::nan(""), dtype);
  Tensor db = Tensor::full(b.shape(), std::nan(""), dtype);
  kernel.backward(x, w, dz, dx.view(), {dw.view()}, {db.view()});
  const double weight_terms = static_cast<double>(d.batch * pixels) * extra_tolerance * extra_tolerance;
  check_close(dx, dxs, terms * static_cast<double>(d.filters) / static_cast<double>(d.in_channels));
  check_close(dw, dws, weight_terms);
  check_close(db, dbs, weight_terms);
  kernel.backward(x, w, dz, {}, {dw.view(), true}, {db.view(), true});
  for (double& v : dws) v *= 2;
  for (double& v : dbs) v *= 2;
  check_close(dw, dws, weight_terms);
  check_close(db, dbs, weight_terms);
}

}  // namespace rhyton
