#pragma once
/// @file tiles.hpp  Tiles of images into the transformed domain and back, vectors of channels at a time.
///
/// A transformed tensor is N x N matrices (tiles or inputs, channels), `stride` elements apart, channels
/// padded with zeros to a multiple of 16. Pixels of a tile are given by pointers; what lies outside of the
/// image points to zeros (read) or to a place for waste (written).
#include <cstdint>

#include "nn/tensor/shape.hpp"

namespace rhyton::winograd {

/// What happens to y as it is stored.
struct Finish {
  const float* bias = nullptr;
  bool relu = false;
};

template <int M>
struct Tiles {
  static constexpr int N = M + 2;

  /// v = B^T d B for the N x N pixels of one tile.
  static void input(const float* const* pixels, Dim channels, float* v, Dim stride);
  /// d += B v B^T.
  static void input_adjoint(const float* v, Dim stride, Dim channels, float* const* pixels);
  /// y = f(A^T m A + bias + z) for the M x M pixels; `z` may be null.
  static void output(const float* m, Dim stride, Dim channels, const Finish& finish, const float* const* z,
                     float* const* y);
  /// The same followed by max pooling of 2 x 2 windows: y and `argmax` (0 to 3; may be null) have M / 2 x M /
  /// 2 pixels.
  static void output_pooled(const float* m, Dim stride, Dim channels, const Finish& finish, float* const* y,
                            std::uint8_t* const* argmax);
  /// m = A dy A^T.
  static void output_adjoint(const float* const* dy, Dim channels, float* m, Dim stride);

  /// The same for the gradient of pooled pixels; with relu before the pooling `y` is what it gave, else null.
  static void output_adjoint_pooled(const float* const* dy, const float* const* y,
                                    const std::uint8_t* const* argmax, Dim channels, float* m, Dim stride);

  /// u = G g G^T for w (3, 3, inputs, filters), in panels for the product: see Panels.
  static void weights(const float* w, Dim inputs, Dim filters, float* u, Dim stride);
  /// dw (+)= G^T du G, from du with rows of `row` elements.
  static void weights_adjoint(const float* du, Dim stride, Dim row, Dim inputs, Dim filters, float* dw,
                              bool accumulate);
};

}  // namespace rhyton::winograd
