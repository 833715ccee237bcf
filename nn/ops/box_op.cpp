#include "nn/ops/box_op.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {
int spatial_axis(std::size_t i, bool channels_first) {
  return static_cast<int>(i) + (channels_first ? 2 : 1);
}

std::string text_of(const Pair* pairs, std::size_t rank) {
  std::string text = "(";
  for (std::size_t i = 0; i < rank; ++i)
    text += fmt::format("{}{}, {})", i > 0 ? ", (" : "(", pairs[i].before, pairs[i].after);
  return text + ")";
}
}  // namespace

Shape box_offset(const Pair* pairs, std::size_t rank, bool channels_first) {
  Shape offset;
  for (std::size_t i = 0; i < rank + 2; ++i) offset.push_back(0);
  for (std::size_t i = 0; i < rank; ++i) offset[spatial_axis(i, channels_first)] = pairs[i].before;
  return offset;
}

void check_amounts(const Layer& layer, const std::string& argument, const Pair* pairs, std::size_t rank) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  for (std::size_t i = 0; i < rank; ++i) {
    const auto least = std::min(pairs[i].before, pairs[i].after);
    if (least >= 0 && std::max(pairs[i].before, pairs[i].after) <= most) continue;
    raise<ValueError>("{}: `{}` cannot be {}. Received: {}={}.", layer.label(), argument,
                      least < 0 ? "negative" : "as large as this", argument, text_of(pairs, rank));
  }
}

Shape cropped_shape(const Layer& layer, const Shape& x, const Pair* pairs, std::size_t rank,
                    bool channels_first) {
  Shape y = x;
  for (std::size_t i = 0; i < rank; ++i) {
    Dim& d = y[spatial_axis(i, channels_first)];
    if (d < 0) continue;
    // Compared without adding, so that absurd sizes cannot overflow.
    if (pairs[i].before >= d || pairs[i].after >= d - pairs[i].before)
      raise<ValueError>(
          "{}: the values in `cropping` must be smaller than the spatial dimensions of the "
          "input, so that something is left. Received: input_shape={}, cropping={}.",
          layer.label(), to_string(x), text_of(pairs, rank));
    d -= pairs[i].before + pairs[i].after;
  }
  return y;
}

Shape padded_shape(const Shape& x, const Pair* pairs, std::size_t rank, bool channels_first) {
  Shape y = x;
  for (std::size_t i = 0; i < rank; ++i) {
    Dim& d = y[spatial_axis(i, channels_first)];
    if (d >= 0) d += pairs[i].before + pairs[i].after;
  }
  return y;
}

Shape negated(const Shape& offset) {
  Shape out = offset;
  for (int i = 0; i < out.rank(); ++i) out[i] = -out[i];
  return out;
}

}  // namespace rhyton::ops
