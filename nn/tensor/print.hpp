#pragma once
/// @file print.hpp  Tensors as text.
#include <iosfwd>
#include <string>

#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// As NumPy prints arrays, with shape and dtype: "[[1, 2],\n [3, 4]] (shape (2, 2), float32)". Of long axes
/// the first and the last three entries.
std::string to_string(ConstView tensor);
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace rhyton
