#include "nn/kernels/channel_ops.hpp"

namespace rhyton {

namespace {

/// y = f(y + bias_at(i) + z), relu or nothing.
template <bool Relu, class T, class BiasAt>
void add_to_row(T* y, const T* z, Dim n, BiasAt&& bias_at) {
  const auto put = [&](Dim i, T value) { y[i] = Relu ? std::max(value, T(0)) : value; };
  if (z != nullptr)
    for (Dim i = 0; i < n; ++i) put(i, y[i] + bias_at(i) + z[i]);
  else
    for (Dim i = 0; i < n; ++i) put(i, y[i] + bias_at(i));
}

template <bool Relu, class T>
void add_to_rows(T* y, const T* bias, const T* z, Dim begin, Dim end, Dim channels, Dim inner) {
  const Dim length = inner == 1 ? channels : inner;
  for (Dim r = begin; r < end; ++r) {
    T* row = y + r * length;
    const T* add = z != nullptr ? z + r * length : nullptr;
    const T constant = bias != nullptr && inner != 1 ? bias[r % channels] : T(0);
    if (bias != nullptr && inner == 1)
      add_to_row<Relu>(row, add, length, [&](Dim i) { return bias[i]; });
    else
      add_to_row<Relu>(row, add, length, [&](Dim) { return constant; });
  }
}

/// relu without its three arguments.
bool is_plain_relu(const ActivationSpec& spec) { return spec == ActivationSpec{ActivationKind::relu}; }

}  // namespace

template <class T>
void finish_channels(const ActivationSpec& spec, T* y, const T* bias, const T* z, Dim outer, Dim channels,
                     Dim inner) {
  const bool linear = spec.kind == ActivationKind::linear, relu = is_plain_relu(spec);
  if (bias == nullptr && z == nullptr) {
    const View all(y, {outer * channels * inner}, dtype_of<T>);
    return linear ? void() : activation_forward(spec, all, all);
  }
  const Dim rows = inner == 1 ? outer : outer * channels, length = inner == 1 ? channels : inner;
  // Other functions follow on a block that is still in the cache.
  const Dim block = 1 + 4096 / std::max<Dim>(length, 1);
  parallel_for<T>(rows, 4 * block, [&](Dim begin, Dim end) {
    if (relu) return add_to_rows<true>(y, bias, z, begin, end, channels, inner);
    if (linear) return add_to_rows<false>(y, bias, z, begin, end, channels, inner);
    for (Dim first = begin; first < end; first += block) {
      const Dim last = std::min(end, first + block);
      add_to_rows<false>(y, bias, z, first, last, channels, inner);
      const View done(y + first * length, {(last - first) * length}, dtype_of<T>);
      activation_forward(spec, done, done);
    }
  });
}

template <class T>
void channel_sums(const T* x, Dim outer, Dim channels, Dim inner, T* sums, bool accumulate) {
  sum_by_channel(outer, channels, inner, sums, accumulate, [x](Dim i, Dim) { return x[i]; });
}

template void finish_channels(const ActivationSpec&, float*, const float*, const float*, Dim, Dim, Dim);
template void finish_channels(const ActivationSpec&, double*, const double*, const double*, Dim, Dim, Dim);
template void channel_sums(const float*, Dim, Dim, Dim, float*, bool);
template void channel_sums(const double*, Dim, Dim, Dim, double*, bool);

}  // namespace rhyton
