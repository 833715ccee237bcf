#include "nn/kernels/activation_axis.hpp"
#include "nn/kernels/activation_math.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/vector/activate.hpp"

namespace rhyton {

namespace {

constexpr Dim grain = 16384;

template <class T>
void elementwise_forward(const ActivationSpec& spec, const T* x, T* y, Dim n) {
  if constexpr (std::is_same_v<T, float>)
    if (vector::activates(spec.kind))
      return parallel_for<T>(n, grain, [&](Dim begin, Dim end) {
        vector::activate(spec.kind, x + begin, y + begin, end - begin);
      });
  const activation_math::Params<T> p(spec);
  activation_math::dispatch(spec.kind, [&]<ActivationKind K>() {
    parallel_for<T>(n, grain, [&](Dim begin, Dim end) {
      for (Dim i = begin; i < end; ++i) y[i] = activation_math::value<K>(x[i], p);
    });
  });
}

template <class T>
void elementwise_backward(const ActivationSpec& spec, const T* x, const T* y, const T* dy, T* dx, Dim n) {
  const activation_math::Params<T> p(spec);
  const bool by_output = gradient_from_output(spec);
  activation_math::dispatch(spec.kind, [&]<ActivationKind K>() {
    parallel_for<T>(n, grain, [&](Dim begin, Dim end) {
      if (by_output)
        for (Dim i = begin; i < end; ++i) dx[i] = activation_math::gradient_by_output<K>(y[i], dy[i], p);
      else
        for (Dim i = begin; i < end; ++i) dx[i] = activation_math::gradient_by_input<K>(x[i], dy[i], p);
    });
  });
}

}  // namespace

void activation_forward(const ActivationSpec& spec, ConstView x, View y) {
  if (!is_elementwise(spec.kind)) return activation_axis_forward(spec, x, y);
  dispatch_real(x.dtype(),
                [&]<class T>(T) { elementwise_forward(spec, x.data<T>(), y.data<T>(), x.size()); });
}

void activation_backward(const ActivationSpec& spec, ConstView x, ConstView y, ConstView dy, View dx) {
  if (!is_elementwise(spec.kind)) return activation_axis_backward(spec, x, y, dy, dx);
  dispatch_real(dy.dtype(), [&]<class T>(T) {
    elementwise_backward(spec, static_cast<const T*>(x.raw()), static_cast<const T*>(y.raw()), dy.data<T>(),
                         dx.data<T>(), dy.size());
  });
}

}  // namespace rhyton
