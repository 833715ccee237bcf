#pragma once
/// @file conv_pool_blocks.hpp  The inner loops of a convolution with max pooling: rows of pooled pixels, and
/// the way back from them.
#include <cstdint>

#include "nn/tensor/shape.hpp"

namespace rhyton::vector {

/// What one output pixel of the convolution reads.
struct ConvWindow {
  Dim rows, run;    ///< kernel rows; taps x channels of one
  Dim row_stride;   ///< of the image, in elements
  Dim row_step;     ///< from one output row's window to the next
  Dim column_step;  ///< from one output column's window to the next
};

struct Pooled {
  float* y;              ///< one row of pooled pixels, `stride` apart
  std::uint8_t* argmax;  ///< as y; may be null
  Dim stride;
  const float* bias;  ///< padded to vectors
  Dim filters;        ///< left from here on
  bool relu;
};

/// One row of `columns` pooled pixels, for the next one or two vectors of filters, whose weights lie in one
/// panel.
void pooled_row(const ConvWindow& window, const float* x, const float* panel, int vectors, const Pooled& to,
                Dim columns);

/// What backward reads of one image, 16 filters at a time.
struct PooledGradient {
  const float* dy;
  const float* y;  ///< null without relu
  const std::uint8_t* argmax;
  Dim stride, pixels_per_row, rows;
  Dim filters;  ///< in this vector
};

/// For one channel, 3 x 3 taps and stride one, one or two vectors of filters. `sums`: nine rows of dw, then
/// db.
void gather_weights(const PooledGradient* gradients, int vectors, const float* x, Dim row_stride,
                    float* sums);

/// The gradient of the convolution's two rows over one row of pooled pixels: dz (2, 2 pixels_per_row, 16).
void expand_row(const PooledGradient& g, Dim row, float* dz, Dim dz_pixel, Dim dz_row);

}  // namespace rhyton::vector
