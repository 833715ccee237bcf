#pragma once
/// @file fourier.hpp  Discrete Fourier transforms of any length.
#include <complex>
#include <vector>

namespace rhyton {

using Signal = std::vector<std::complex<double>>;

/// y[k] = the sum of x[t] exp(-2 pi i k t / n); or its adjoint, which is the inverse without its factor 1 /
/// n.
Signal fourier_transform(const Signal& x, bool adjoint);

}  // namespace rhyton
