#pragma once
/// @file promotion.hpp  Numbers of several types in one operation.
#include <type_traits>

#include "nn/kernels/kernel.hpp"
#include "nn/operation.hpp"

namespace rhyton::detail {

/// A result in the type of the output; whole numbers of few bits wrap around.
template <class T>
T number_cast(double value) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    return static_cast<T>(static_cast<std::int64_t>(value));
  else
    return static_cast<T>(value);
}

/// Reads any number type as double.
class Reader {
 public:
  explicit Reader(ConstView view) : data_(view.raw()) {
    dispatch_number(view.dtype(), [&]<class T>(T) {
      read_ = [](const void* data, Dim i) { return static_cast<double>(static_cast<const T*>(data)[i]); };
    });
  }
  double operator[](Dim i) const { return read_(data_, i); }

 private:
  const void* data_;
  double (*read_)(const void*, Dim) = nullptr;
};

/// Writes a double as any number type.
class Writer {
 public:
  explicit Writer(View view) : data_(view.raw()) {
    dispatch_number(view.dtype(), [&]<class T>(T) {
      write_ = [](void* data, Dim i, double value) { static_cast<T*>(data)[i] = number_cast<T>(value); };
    });
  }
  void operator()(Dim i, double value) const { write_(data_, i, value); }

 private:
  void* data_;
  void (*write_)(void*, Dim, double) = nullptr;
};

/// y[i] = f(x[i]) in double precision. Compiled for float32 and once for all other types.
template <class F>
void transform_numbers(ConstView x, View y, F&& f) {
  const Dim n = y.size();
  if (x.dtype() == DType::float32 && y.dtype() == DType::float32) {
    const float* from = x.data<float>();
    float* to = y.data<float>();
    for (Dim i = 0; i < n; ++i) to[i] = static_cast<float>(f(static_cast<double>(from[i])));
    return;
  }
  const Reader read(x);
  const Writer write(y);
  for (Dim i = 0; i < n; ++i) write(i, f(read[i]));
}

/// The type of a sum of both: Keras's promotion, where constants of Python do not promote tensors of their
/// kind.
inline DType promoted(const TensorSpec& a, const TensorSpec& b, bool a_constant, bool b_constant) {
  auto rank = [](DType d) {
    switch (d) {
      case DType::boolean:
        return 0;
      case DType::uint8:
        return 1;
      case DType::int32:
        return 2;
      case DType::int64:
        return 3;
      default:
        return 4;
    }
  };
  if (a_constant && b_constant && a.dtype == DType::int64 && b.dtype == DType::int64) return DType::int32;
  if (a_constant && rank(b.dtype) >= (is_floating(a.dtype) ? 4 : 1)) return b.dtype;
  if (b_constant && rank(a.dtype) >= (is_floating(b.dtype) ? 4 : 1)) return a.dtype;
  if (a_constant && a.dtype == DType::int64 && !is_floating(b.dtype)) return DType::int32;
  if (b_constant && b.dtype == DType::int64 && !is_floating(a.dtype)) return DType::int32;
  if (rank(a.dtype) == 4 || rank(b.dtype) == 4)
    return is_floating(a.dtype) && !a_constant   ? a.dtype
           : is_floating(b.dtype) && !b_constant ? b.dtype
                                                 : DType::float32;
  return rank(a.dtype) >= rank(b.dtype) ? a.dtype : b.dtype;
}

/// The type of all of them in one tensor.
inline DType joined(const std::vector<TensorSpec>& specs) {
  TensorSpec all = specs.front();
  for (const TensorSpec& spec : specs) all.dtype = promoted(all, spec, false, false);
  return all.dtype;
}

}  // namespace rhyton::detail
