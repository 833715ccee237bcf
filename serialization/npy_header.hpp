#pragma once
/// @file npy_header.hpp  The Python dictionary at the beginning of an `.npy` file.
#include <string>
#include <string_view>

#include "nn/tensor/shape.hpp"

namespace rhyton {

/// What the header says.
struct NpyHeader {
  char byte_order = '=';  ///< '<', '>', '|' or '='
  char kind = 'f';        ///< NumPy's letter: f i u b U S
  int item_bytes = 0;     ///< of one element; four for each character of 'U'
  bool fortran_order = false;
  Shape shape;
  std::size_t data_offset = 0;
};

/// Throws FormatError when the header is damaged, NotSupported on pickled objects and structured types.
NpyHeader parse_npy_header(std::string_view bytes, const std::string& name);

/// Version 1 with padding, so that the data begins at a multiple of 64. `descr` is NumPy's, such as "<f4".
std::string format_npy_header(const std::string& descr, const Shape& shape);

}  // namespace rhyton
