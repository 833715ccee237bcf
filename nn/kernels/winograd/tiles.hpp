#pragma once
/// @file tiles.hpp  Tiles of images into the transformed domain and back, vectors of channels at a time.
///
/// A transformed tensor is N x N matrices (tiles or inputs, channels), `stride` elements apart, channels
/// padded with zeros to a multiple of 16.
#include <cstdint>

#include "nn/tensor/shape.hpp"

namespace rhyton::winograd {

/// The S x S pixels of a tile in an image (rows, columns, channels). A tile that reaches beyond the image has
/// a table of pointers, in which the others point to zeros (to be read) or to a place for waste (to be
/// written).
template <class T, int S>
struct Pixels {
  /// `row` and `column` are those of the first pixel; `outside` stands for what is not there.
  Pixels(T* image, Dim rows, Dim columns, Dim channels, Dim row, Dim column, T* outside)
      : base(image + (row * columns + column) * channels),
        row_stride(columns * channels),
        pixel_stride(channels) {
    whole = row >= 0 && column >= 0 && row + S <= rows && column + S <= columns;
    if (whole) return;
    for (Dim i = 0; i < S; ++i)
      for (Dim j = 0; j < S; ++j) {
        const bool inside = row + i >= 0 && row + i < rows && column + j >= 0 && column + j < columns;
        table[i * S + j] = inside ? base + i * row_stride + j * pixel_stride : outside;
      }
  }

  T* base;
  Dim row_stride, pixel_stride;
  bool whole;
  T* table[S * S];
};

/// What happens to y as it is stored.
struct Finish {
  const float* bias = nullptr;
  bool relu = false;
};

template <int M>
struct Tiles {
  static constexpr int N = M + 2;

  /// v = B^T d B for the N x N pixels of one tile.
  static void input(const Pixels<const float, N>& pixels, Dim channels, float* v, Dim stride);
  /// d += B v B^T.
  static void input_adjoint(const float* v, Dim stride, Dim channels, const Pixels<float, N>& pixels);
  /// y = f(A^T m A + bias + z) for the M x M pixels; `z` may be null.
  static void output(const float* m, Dim stride, Dim channels, const Finish& finish,
                     const Pixels<const float, M>* z, const Pixels<float, M>& y);
  /// The same followed by max pooling of 2 x 2 windows: y and `argmax` (0 to 3; may be null) have M / 2 x M /
  /// 2 pixels.
  static void output_pooled(const float* m, Dim stride, Dim channels, const Finish& finish,
                            const Pixels<float, M / 2>& y, const Pixels<std::uint8_t, M / 2>* argmax);
  /// m = A dy A^T.
  static void output_adjoint(const Pixels<const float, M>& dy, Dim channels, float* m, Dim stride);

  /// The same for the gradient of pooled pixels; with relu before the pooling `y` is what it gave, else null.
  static void output_adjoint_pooled(const Pixels<const float, M / 2>& dy, const Pixels<const float, M / 2>* y,
                                    const Pixels<const std::uint8_t, M / 2>& argmax, Dim channels, float* m,
                                    Dim stride);

  /// u = G g G^T for w (3, 3, inputs, filters), in panels for the product: see Panels.
  static void weights(const float* w, Dim inputs, Dim filters, float* u, Dim stride);
  /// dw (+)= G^T du G, from du with rows of `row` elements.
  static void weights_adjoint(const float* du, Dim stride, Dim row, Dim inputs, Dim filters, float* dw,
                              bool accumulate);
};

}  // namespace rhyton::winograd
