#pragma once
/// @file activate.hpp  Activations sixteen numbers at once: alone, and behind a product.
#include <optional>

#include "nn/kernels/activation.hpp"

namespace rhyton::vector {

/// True for the functions with an exponential that `activate` knows.
bool activates(ActivationKind kind);
/// y = f(x) for n numbers, on the calling thread; y may be x.
void activate(ActivationKind kind, const float* x, float* y, Dim n);

/// The function as `finish_rows` knows it: those of `activates`, linear, relu and relu6; nullopt for others.
std::optional<ActivationKind> finishing(const ActivationSpec& spec);
/// y = f(y + bias + z) for rows of n numbers, a multiple of 16, `stride` apart in y and z; bias and z may be
/// null.
void finish_rows(ActivationKind kind, Dim rows, Dim n, float* y, Dim stride, const float* bias,
                 const float* z);

}  // namespace rhyton::vector
