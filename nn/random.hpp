#pragma once
/// @file random.hpp  keras.random: tensors of random numbers.
#include <cstdint>
#include <optional>

#include "nn/tensor/tensor.hpp"

namespace rhyton::random {

/// Without a seed a call continues the process's sequence, which `set_random_seed` starts anew.
using Seed = std::optional<std::uint64_t>;

/// Normally distributed; `dtype` float32 or float64.
Tensor normal(const Shape& shape, double mean = 0.0, double stddev = 1.0, DType dtype = DType::float32,
              Seed seed = {});
/// As `normal`, redrawn beyond two standard deviations.
Tensor truncated_normal(const Shape& shape, double mean = 0.0, double stddev = 1.0,
                        DType dtype = DType::float32, Seed seed = {});
/// Uniform in [minval, maxval); `dtype` float32 or float64.
Tensor uniform(const Shape& shape, double minval = 0.0, double maxval = 1.0, DType dtype = DType::float32,
               Seed seed = {});
/// Whole numbers in [minval, maxval). Throws ValueError if there are none.
Tensor randint(const Shape& shape, std::int64_t minval, std::int64_t maxval, DType dtype = DType::int32,
               Seed seed = {});
/// The rows of x, or what lies along another axis, in random order.
Tensor shuffle(const Tensor& x, int axis = 0, Seed seed = {});

}  // namespace rhyton::random
