#pragma once
/// @file models.hpp  Small models and data for the program's tests.
#include "rhyton.hpp"

namespace rhyton::test {

/// (3) -> (2), softmax.
inline Sequential classifier() {
  return Sequential(
      {Input({3}), Dense({.units = 8, .activation = "tanh"}), Dense({.units = 2, .activation = "softmax"})});
}

/// Inputs "left" (2), "right" (3); outputs "sum" (4), "small" (1).
inline Model branches() {
  Input left({.shape = {2}, .name = "left"}), right({.shape = {3}, .name = "right"});
  LayerRef sum = Dense({.units = 4, .name = "sum"}), small = Dense({.units = 1, .name = "small"});
  return Model({left, right}, {sum(left), small(right)});
}

inline Tensor random_tensor(const Shape& shape, std::uint64_t seed) {
  Tensor out(shape);
  Rng(seed).fill_normal(out.view());
  return out;
}

/// Class 1 where the first value is positive.
inline Tensor labels_of(const Tensor& x) {
  Tensor y({x.shape()[0]}, DType::int64);
  for (Dim i = 0; i < y.size(); ++i) y.data<std::int64_t>()[i] = x.at({i, 0}) > 0 ? 1 : 0;
  return y;
}

}  // namespace rhyton::test
