#include "nn/kernels/concat.hpp"

#include <cstring>

#include "nn/kernels/parallel.hpp"

namespace rhyton {

void copy_columns(ConstView from, Dim from_row, Dim from_offset, View to, Dim to_row, Dim to_offset,
                  Dim width) {
  if (width == 0 || from_row == 0) return;
  const Dim rows = static_cast<Dim>(from.bytes()) / from_row;
  const char* source = static_cast<const char*>(from.raw()) + from_offset;
  char* target = static_cast<char*>(to.raw()) + to_offset;
  parallel_for(rows, 1 + 262144 / width, [&](Dim begin, Dim end) {
    for (Dim r = begin; r < end; ++r)
      std::memcpy(target + r * to_row, source + r * from_row, static_cast<std::size_t>(width));
  });
}

void fill_columns(View to, Dim to_row, Dim to_offset, Dim width, unsigned char byte) {
  if (to_row == 0) return;
  char* target = static_cast<char*>(to.raw()) + to_offset;
  for (Dim r = 0; r < static_cast<Dim>(to.bytes()) / to_row; ++r)
    std::memset(target + r * to_row, byte, static_cast<std::size_t>(width));
}

}  // namespace rhyton
