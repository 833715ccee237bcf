#include "serialization/cudnn_weights.hpp"

namespace rhyton {

Dim cudnn_gates(const Shape& recurrent_kernel, const Shape& expected_bias, const Shape& bias) {
  if (recurrent_kernel.rank() != 2 || bias.rank() != 1) return 0;
  const Dim units = recurrent_kernel[0], columns = recurrent_kernel[1];
  if (bias[0] != 2 * columns) return 0;
  if (expected_bias == Shape{columns} && columns == 4 * units) return 4;
  return expected_bias == Shape{2, columns} && columns == 3 * units ? 3 : 0;
}

// The library has each gate's matrix transposed. That of the inputs was given Keras's shape without being
// moved, so that it looks like no transpose: what Keras 2 calls Fortran's order.
void read_cudnn_weight(const Hdf5File& file, const std::string& path, CudnnPart part, Dim gates, View into) {
  Tensor stored(file.facts(path).shape), plain(into.shape());
  file.read(path, stored.view());
  const float* from = stored.data<float>();
  float* to = plain.data<float>();
  if (part == CudnnPart::bias) {
    const Dim size = stored.size() / 2;
    // LSTM has the sum of both; GRU has both, one row each.
    for (Dim i = 0; i < plain.size(); ++i) to[i] = gates == 4 ? from[i] + from[i + size] : from[i];
  } else {
    const Dim rows = into.shape()[0], columns = into.shape()[1], units = columns / gates;
    for (Dim gate = 0; gate < gates; ++gate)
      for (Dim row = 0; row < rows; ++row)
        for (Dim unit = 0; unit < units; ++unit) {
          // Where the gate's element is, counted through the gate's own matrix row by row.
          const Dim place = unit * rows + row;
          to[row * columns + gate * units + unit] =
              from[place / units * columns + gate * units + place % units];
        }
  }
  copy(plain, into);
}

}  // namespace rhyton
