#include <algorithm>
#include <limits>

#include "nn/ops/conv_op.hpp"
#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {
std::size_t count(const Window& w) { return static_cast<std::size_t>(w.rank); }
}  // namespace

void check_output_padding(const Layer& layer, const Window& w, const std::optional<Spatial>& padding) {
  for (std::size_t i = 0; padding && i < count(w); ++i)
    if ((*padding)[i] < 0 || (*padding)[i] >= w.strides[i])
      raise<ValueError>(
          "{}: `output_padding` must be less than `strides` and not negative. Received: "
          "output_padding={}, strides={}.",
          layer.label(), (*padding)[i], w.strides[i]);
}

Spatial transposed_size(const Layer& layer, const Window& w, const std::optional<Spatial>& padding,
                        const Shape& x) {
  const Spatial in = spatial_of(w, x);
  Spatial out{1, 1, 1};
  for (std::size_t i = 0; i < count(w); ++i) {
    const Dim n = in[i], s = w.strides[i], k = extent(w, i);
    if (n < 0) {
      out[i] = unknown;
      continue;
    }
    const bool same = w.padding == "same";
    Dim steps = 0;
    if (__builtin_mul_overflow(n, s, &steps) || steps > std::numeric_limits<std::int64_t>::max() - 2 * k - s)
      raise<ValueError>("{}: the output would be too large. Received: input shape={}.", layer.label(),
                        to_string(x));
    if (!padding)
      out[i] = same ? steps : steps + std::max<Dim>(k - s, 0);
    else
      out[i] = steps - s + k - (same ? 2 * (k / 2) : 0) + (*padding)[i];
    if (n == 0 || out[i] <= 0)
      raise<ValueError>(
          "{}: the computed output size would be zero or negative. Received: input shape={}, kernel_size={}.",
          layer.label(), to_string(x), w.size[i]);
  }
  return out;
}

// Keras: full[i s + j d] += x[i] k[j], then y[o] = full[o + cut] with zeros beyond.
ConvDesc conv_transpose_desc(const Layer& layer, const Window& w, const std::optional<Spatial>& padding,
                             const Shape& x, Dim filters, bool bias) {
  ConvDesc d;
  d.rank = w.rank;
  d.batch = x[0];
  d.in_channels = channels_of(w, x);
  d.filters = filters;
  d.in = spatial_of(w, x);
  d.kernel = w.size;
  d.out = transposed_size(layer, w, padding, x);
  d.strides = w.strides;
  d.dilation = w.dilation;
  for (std::size_t i = 0; i < count(w); ++i)
    d.pad_before[i] = std::max<Dim>((d.in[i] - 1) * d.strides[i] + extent(w, i) - d.out[i], 0) / 2;
  d.channels_first = w.channels_first;
  d.bias = bias;
  return d;
}

}  // namespace rhyton::ops
