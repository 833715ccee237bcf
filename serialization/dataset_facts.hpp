#pragma once
/// @file dataset_facts.hpp  An array in a file, before it is read.
#include <cstdint>
#include <string>

#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// What a file says about a dataset, without reading it.
struct DatasetFacts {
  Shape shape;
  std::string dtype;                    ///< NumPy's name: "float32", "float16", "bfloat16", "int64", ...
  DType tensor_dtype = DType::float32;  ///< what reading makes of it
  std::uint64_t bytes = 0;              ///< of the values, unpacked
};

}  // namespace rhyton
