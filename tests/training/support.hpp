#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "nn/tensor/tensor.hpp"

/// |a - b| <= atol + rtol |b|, the tolerance of float32 results.
inline bool close(double a, double b, double rtol = 1e-5, double atol = 1e-6) {
  return std::abs(a - b) <= atol + rtol * std::abs(b) || (std::isnan(a) && std::isnan(b)) || a == b;
}

inline void check_close(const rhyton::Tensor& actual, const std::vector<double>& expected, double rtol = 1e-5,
                        double atol = 1e-6) {
  const rhyton::Tensor as_double = actual.cast(rhyton::DType::float64);
  REQUIRE(static_cast<std::size_t>(actual.size()) == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CAPTURE(expected[i]);
    CAPTURE(as_double.data<double>()[i]);
    CHECK(close(as_double.data<double>()[i], expected[i], rtol, atol));
  }
}
