#include "nn/ops/repeat_op.hpp"

#include "nn/kernels/broadcast.hpp"
#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {

constexpr Dim largest_factor = std::int64_t{1} << 31;

/// x's shape with a dimension of size `repeat` (or 1) behind each spatial one; channels_first: batch and
/// channels as one.
Shape unfolded(const Shape& x, const Spatial& size, int rank, bool channels_first, bool repeat) {
  Shape out{channels_first ? x[0] * x[1] : x[0]};
  for (int i = 0; i < rank; ++i) {
    out.push_back(x[i + (channels_first ? 2 : 1)]);
    out.push_back(repeat ? size[static_cast<std::size_t>(i)] : 1);
  }
  if (!channels_first) out.push_back(x[rank + 1]);
  return out;
}

}  // namespace

void check_factors(const Layer& layer, const Spatial& size, int rank) {
  for (int i = 0; i < rank; ++i) {
    const Dim factor = size[static_cast<std::size_t>(i)];
    if (factor <= 0 || factor > largest_factor)
      raise<ValueError>("{}: `size` must be positive. Received: size={}.", layer.label(), factor);
  }
}

Shape repeated_shape(const Layer& layer, const Shape& x, const Spatial& size, int rank, bool channels_first) {
  Shape y = x;
  for (int i = 0; i < rank; ++i) {
    Dim& d = y[i + (channels_first ? 2 : 1)];
    if (d >= 0 && __builtin_mul_overflow(d, size[static_cast<std::size_t>(i)], &d))
      raise<ValueError>("{}: the output would be too large. Received shape: {}.", layer.label(),
                        to_string(x));
  }
  return y;
}

void call_repeat(Call& c, const Spatial& size, int rank, bool channels_first) {
  const Shape x = c.input().shape();
  broadcast_copy(c.input().reshaped(unfolded(x, size, rank, channels_first, false)),
                 c.output().reshaped(unfolded(x, size, rank, channels_first, true)));
}

void backward_repeat(Backward& b, const Spatial& size, int rank, bool channels_first) {
  const Shape x = b.dx().shape();
  reduce_sum(b.dy().reshaped(unfolded(x, size, rank, channels_first, true)),
             b.dx().reshaped(unfolded(x, size, rank, channels_first, false)));
}

}  // namespace rhyton::ops
