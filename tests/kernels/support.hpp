#pragma once
/// @file support.hpp  Random tensors and comparisons for the kernels' tests.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "nn/tensor/tensor.hpp"

namespace rhyton {

inline Tensor random_tensor(const Shape& shape, DType dtype = DType::float32, unsigned seed = 1,
                            double low = -1.0, double high = 1.0) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(low, high);
  Tensor t(shape, dtype);
  dispatch_real(dtype, [&]<class T>(T) {
    for (Dim i = 0; i < t.size(); ++i) t.data<T>()[i] = static_cast<T>(uniform(generator));
  });
  return t;
}

inline std::vector<double> as_double(ConstView view) {
  return Tensor(view).cast(DType::float64).values<double>();
}

/// The largest |a - b| in units of atol + rtol |b|: at most 1 where all elements are close.
inline double deviation(ConstView actual, const std::vector<double>& expected, double rtol, double atol) {
  const std::vector<double> values = as_double(actual);
  REQUIRE(values.size() == expected.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double error = std::abs(values[i] - expected[i]) / (atol + rtol * std::abs(expected[i]));
    if (!(error <= worst)) worst = std::isnan(error) ? HUGE_VAL : error;
  }
  return worst;
}

/// For results of `terms` products of numbers around 1, rounded in the tensor's own precision.
inline void check_close(ConstView actual, const std::vector<double>& expected, double terms = 1.0) {
  const bool wide = actual.dtype() == DType::float64;
  const double scale = std::sqrt(std::max(terms, 1.0));
  CHECK(deviation(actual, expected, wide ? 1e-12 : 1e-5, (wide ? 1e-13 : 1e-6) * scale) <= 1.0);
}

}  // namespace rhyton
