#pragma once
/// @file box_op.hpp  What cropping and padding layers of every rank share.
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton::ops {

/// The box's offset in a (batch, spatial..., channels) or (batch, channels, spatial...) tensor.
Shape box_offset(const Pair* pairs, std::size_t rank, bool channels_first);
/// Throws ValueError, naming layer and argument, if an entry is negative or beyond any tensor's size.
void check_amounts(const Layer& layer, const std::string& argument, const Pair* pairs, std::size_t rank);
/// Spatial dimensions smaller by the pairs; unknown ones stay so. Throws ValueError where nothing would be
/// left.
Shape cropped_shape(const Layer& layer, const Shape& x, const Pair* pairs, std::size_t rank,
                    bool channels_first);
/// Spatial dimensions larger by the pairs.
Shape padded_shape(const Shape& x, const Pair* pairs, std::size_t rank, bool channels_first);
Shape negated(const Shape& offset);

template <std::size_t N>
Shape box_offset(const Pairs<N>& pairs, DataFormat format) {
  return box_offset(pairs.data(), N, format.channels_first());
}
template <std::size_t N>
void check_amounts(const Layer& layer, const std::string& argument, const Pairs<N>& pairs) {
  check_amounts(layer, argument, pairs.data(), N);
}
template <std::size_t N>
Shape cropped_shape(const Layer& layer, const Shape& x, const Pairs<N>& pairs, DataFormat format) {
  return cropped_shape(layer, x, pairs.data(), N, format.channels_first());
}
template <std::size_t N>
Shape padded_shape(const Shape& x, const Pairs<N>& pairs, DataFormat format) {
  return padded_shape(x, pairs.data(), N, format.channels_first());
}

// One dimension: a pair on its own; without a format, channels_last.
inline Shape box_offset(const Pair& pair, DataFormat format = "channels_last") {
  return box_offset(&pair, 1, format.channels_first());
}
inline void check_amounts(const Layer& layer, const std::string& argument, const Pair& pair) {
  check_amounts(layer, argument, &pair, 1);
}
inline Shape cropped_shape(const Layer& layer, const Shape& x, const Pair& pair) {
  return cropped_shape(layer, x, &pair, 1, false);
}
inline Shape padded_shape(const Shape& x, const Pair& pair, DataFormat format) {
  return padded_shape(x, &pair, 1, format.channels_first());
}

}  // namespace rhyton::ops
