// Fourier transforms along the last axis or two; complex numbers are pairs of tensors.
#include "nn/kernels/fourier.hpp"

#include <algorithm>
#include <complex>
#include <vector>

#include "layers/operations/lines.hpp"
#include "layers/operations/operation_layer.hpp"

namespace rhyton {

namespace {

using Complex = std::complex<double>;

/// FFT, FFT2 and IFFT2: as many complex numbers as before.
class FourierOperation final : public OperationLayer {
 public:
  explicit FourierOperation(OperationCall&& call)
      : OperationLayer(std::move(call)),
        axes_(call_.class_name == "FFT" ? 1 : 2),
        inverse_(call_.class_name == "IFFT2") {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    if (spec.inputs.size() != 2 || !spec.shape(0).compatible(spec.shape(1)) || spec.shape().rank() < axes_)
      fail("expected a real and an imaginary part of one shape. Received shapes {}.",
           to_string(spec.shapes()));
    return {2, {spec.shape(), real_dtype(spec)}};
  }
  bool takes(DType dtype) const override { return is_floating(dtype); }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override { along(c.input(0), c.input(1), c.output(0), c.output(1), inverse_); }
  // The transform is symmetric: its adjoint is the inverse without the factor, which the inverse keeps.
  void backward(Backward& b) const override {
    if (!b.dx(0) && !b.dx(1)) return;
    Tensor real(b.input(0).shape(), b.real()), imaginary(real.shape(), b.real());
    along(b.dy(0), b.dy(1), real.view(), imaginary.view(), !inverse_);
    if (b.dx(0)) copy(real, b.dx(0));
    if (b.dx(1)) copy(imaginary, b.dx(1));
  }

 private:
  void along(ConstView re, ConstView im, View y_re, View y_im, bool adjoint) const {
    const Shape& shape = re.shape();
    double cells = 1.0;
    for (int i = 1; i <= axes_; ++i) cells *= static_cast<double>(shape[-i]);
    const double factor = inverse_ ? 1.0 / cells : 1.0;
    for (int i = 1; i <= axes_; ++i) {
      const Lines lines(shape, shape.rank() - i);
      const bool first = i == 1;
      dispatch_real(y_re.dtype(), [&]<class T>(T) {
        const T *a = first ? re.data<T>() : y_re.data<T>(), *b = first ? im.data<T>() : y_im.data<T>();
        Signal line(static_cast<std::size_t>(lines.count));
        lines.each([&](Dim o, Dim k) {
          const Dim at = lines.first(o, k, lines.count);
          for (Dim n = 0; n < lines.count; ++n)
            line[static_cast<std::size_t>(n)] = {static_cast<double>(a[at + n * lines.step]),
                                                 static_cast<double>(b[at + n * lines.step])};
          const Signal y = fourier_transform(line, adjoint);
          for (Dim n = 0; n < lines.count; ++n) {
            const Complex value = y[static_cast<std::size_t>(n)] * (i == axes_ ? factor : 1.0);
            y_re.data<T>()[at + n * lines.step] = static_cast<T>(value.real());
            y_im.data<T>()[at + n * lines.step] = static_cast<T>(value.imag());
          }
        });
      });
    }
  }
  using Lines = detail::Lines;
  int axes_;
  bool inverse_;
};

/// RFFT: the first half and one of the transform of a real signal, cut or filled up to `fft_length`.
/// IRFFT: the real signal of that half.
class RealFourierOperation final : public OperationLayer {
 public:
  explicit RealFourierOperation(OperationCall&& call)
      : OperationLayer(std::move(call)), inverse_(call_.class_name == "IRFFT") {
    const OperationArguments arguments(call_, "x");
    if (arguments.find("fft_length")) length_ = arguments.integer("fft_length", 0);
    if (length_ == 0) fail("`fft_length` must be positive.");
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    if (spec.inputs.size() != (inverse_ ? 2u : 1u) || spec.shape().rank() < 1)
      fail("does not fit its inputs. Received shapes {}.", to_string(spec.shapes()));
    Shape y = spec.shape();
    const Dim n = length(y.back());
    y[-1] = n < 0 ? unknown : inverse_ ? n : n / 2 + 1;
    if (inverse_) return {{y, real_dtype(spec)}};
    return {2, {y, real_dtype(spec)}};
  }
  bool takes(DType dtype) const override { return is_floating(dtype); }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }

  void call(Call& c) const override {
    const Dim n = length(c.input().shape().back());
    each(c.input(0), c.output(0), [&]<class T>(const T* x, T* y, Dim in, Dim out, Dim row) {
      if (inverse_) {
        const T* imaginary = c.input(1).data<T>() + row * in;
        Signal half(static_cast<std::size_t>(n));
        for (Dim k = 0; k < std::min(in, n / 2 + 1); ++k)
          half[static_cast<std::size_t>(k)] =
              weight(k, n) * Complex(static_cast<double>(x[k]), static_cast<double>(imaginary[k]));
        const Signal signal = fourier_transform(half, true);
        for (Dim t = 0; t < out; ++t)
          y[t] = static_cast<T>(signal[static_cast<std::size_t>(t)].real() / static_cast<double>(n));
      } else {
        const Signal all = fourier_transform(real_signal(x, in, n), false);
        T* imaginary = c.output(1).data<T>() + row * out;
        for (Dim k = 0; k < out; ++k) {
          y[k] = static_cast<T>(all[static_cast<std::size_t>(k)].real());
          imaginary[k] = static_cast<T>(all[static_cast<std::size_t>(k)].imag());
        }
      }
    });
  }

  // Each is the other's adjoint, but for the weights of the halves.
  void backward(Backward& b) const override {
    const Dim n = length(b.input().shape().back());
    each(b.dy(0), inverse_ && !b.dx(0) ? b.dx(1) : b.dx(0),
         [&]<class T>(const T* dy, T*, Dim in, Dim out, Dim row) {
           if (inverse_) {
             const Signal all = fourier_transform(real_signal(dy, in, n), false);
             for (int part = 0; part < 2; ++part)
               if (const View dx = b.dx(part))
                 for (Dim k = 0; k < out; ++k) {
                   const Complex v = k < n / 2 + 1 ? all[static_cast<std::size_t>(k)] *
                                                         (weight(k, n) / static_cast<double>(n))
                                                   : 0.0;
                   dx.data<T>()[row * out + k] = static_cast<T>(part == 0 ? v.real() : v.imag());
                 }
           } else {
             const T* imaginary = b.dy(1).data<T>() + row * in;
             Signal half(static_cast<std::size_t>(n));
             for (Dim k = 0; k < in; ++k)
               half[static_cast<std::size_t>(k)] = {static_cast<double>(dy[k]),
                                                    static_cast<double>(imaginary[k])};
             const Signal signal = fourier_transform(half, true);
             for (Dim t = 0; t < out; ++t)
               b.dx().data<T>()[row * out + t] =
                   t < n ? static_cast<T>(signal[static_cast<std::size_t>(t)].real()) : T(0);
           }
         });
  }

 private:
  Dim length(Dim last) const {
    if (length_ > 0) return length_;
    return last < 0 ? unknown : inverse_ ? 2 * (last - 1) : last;
  }
  /// How often a number of the half stands in the whole.
  static double weight(Dim k, Dim n) { return k == 0 || 2 * k == n ? 1.0 : 2.0; }
  template <class T>
  static Signal real_signal(const T* x, Dim count, Dim n) {
    Signal out(static_cast<std::size_t>(n));
    for (Dim t = 0; t < std::min(count, n); ++t) out[static_cast<std::size_t>(t)] = static_cast<double>(x[t]);
    return out;
  }
  /// Calls f for every row of both.
  template <class F>
  static void each(ConstView x, View y, F&& f) {
    if (!y) return;
    const Dim in = x.shape().back(), out = y.shape().back(), rows = in > 0 ? x.size() / in : 0;
    dispatch_real(x.dtype(), [&]<class T>(T) {
      for (Dim row = 0; row < rows; ++row) f(x.data<T>() + row * in, y.data<T>() + row * out, in, out, row);
    });
  }
  bool inverse_;
  std::int64_t length_ = unknown;
};

}  // namespace

void detail::add_fourier(OperationTable& table) {
  for (const char* name : {"FFT", "FFT2", "IFFT2"}) table.emplace_back(name, &make_plain<FourierOperation>);
  for (const char* name : {"RFFT", "IRFFT"}) table.emplace_back(name, &make_plain<RealFourierOperation>);
}

}  // namespace rhyton
