#include "nn/ops/conv_op.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {

constexpr Dim largest = std::numeric_limits<std::int32_t>::max();

std::string text_of(const Spatial& sizes, int rank) {
  return to_string(Shape(std::span<const Dim>(sizes.data(), static_cast<std::size_t>(rank))));
}

[[noreturn]] void fail(const Layer& layer, const std::string& text) {
  raise<ValueError>("{}: {}", layer.label(), text);
}

}  // namespace

void check_window(const Layer& layer, const Window& w, const char* size_name, bool causal, bool both) {
  const std::pair<const char*, const Spatial*> arguments[] = {
      {size_name, &w.size}, {"strides", &w.strides}, {"dilation_rate", &w.dilation}};
  for (const auto& [name, sizes] : arguments)
    for (int i = 0; i < w.rank; ++i)
      if ((*sizes)[static_cast<std::size_t>(i)] <= 0 || (*sizes)[static_cast<std::size_t>(i)] > largest)
        fail(layer, fmt::format("`{}` must be positive and below 2^31. Received: {}={}.", name, name,
                                text_of(*sizes, w.rank)));
  bool strided = false, dilated = false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(w.rank); ++i) {
    strided = strided || w.strides[i] > 1;
    dilated = dilated || w.dilation[i] > 1;
  }
  if (strided && dilated && !both)
    fail(layer, fmt::format("`strides` > 1 is not supported together with `dilation_rate` > 1. Received: "
                            "strides={}, dilation_rate={}.",
                            text_of(w.strides, w.rank), text_of(w.dilation, w.rank)));
  if (w.padding != "valid" && w.padding != "same" && !(causal && w.padding == "causal"))
    fail(layer, fmt::format("`padding` should be \"valid\" or \"same\"{}. Received: padding={}.",
                            causal ? " or \"causal\"" : "", w.padding));
}

void check_multiplier(const Layer& layer, Dim multiplier) {
  layer.expect_positive("depth_multiplier", multiplier);
}

int channel_axis(const Window& w) { return w.channels_first ? 1 : w.rank + 1; }

Dim channels_of(const Window& w, const Shape& x) { return x[channel_axis(w)]; }

Spatial spatial_of(const Window& w, const Shape& x) {
  Spatial out{1, 1, 1};
  for (int i = 0; i < w.rank; ++i) out[static_cast<std::size_t>(i)] = x[i + (w.channels_first ? 2 : 1)];
  return out;
}

Shape assemble(const Window& w, Dim batch, const Spatial& sizes, Dim channels) {
  Shape out{batch};
  if (w.channels_first) out.push_back(channels);
  for (int i = 0; i < w.rank; ++i) out.push_back(sizes[static_cast<std::size_t>(i)]);
  if (!w.channels_first) out.push_back(channels);
  return out;
}

Spatial output_size(const Layer& layer, const Window& w, const Shape& x, const char* size_name) {
  const Spatial in = spatial_of(w, x);
  Spatial out{1, 1, 1};
  for (std::size_t i = 0; i < static_cast<std::size_t>(w.rank); ++i) {
    if (in[i] < 0) {
      out[i] = unknown;
      continue;
    }
    out[i] = w.padding == "valid" ? (in[i] < extent(w, i) ? 0 : (in[i] - extent(w, i)) / w.strides[i] + 1)
                                  : (in[i] + w.strides[i] - 1) / w.strides[i];
    if (out[i] <= 0)
      fail(layer, fmt::format("the computed output size would be zero or negative. Received: input shape={}, "
                              "{}={}, strides={}, dilation_rate={}, padding={}.",
                              to_string(x), size_name, text_of(w.size, w.rank), text_of(w.strides, w.rank),
                              text_of(w.dilation, w.rank), w.padding));
  }
  return out;
}

std::pair<Spatial, Spatial> window_padding(const Window& w, const Spatial& in, const Spatial& out) {
  Spatial before{0, 0, 0}, after{0, 0, 0};
  for (std::size_t i = 0; i < static_cast<std::size_t>(w.rank); ++i) {
    const Dim reach = (out[i] - 1) * w.strides[i] + extent(w, i);
    if (w.padding == "same") {
      const Dim total = std::max<Dim>(reach - in[i], 0);
      before[i] = total / 2;
    } else if (w.padding == "causal") {
      before[i] = extent(w, i) - 1;
    }
    // Whatever the last window does not reach is a negative padding behind.
    after[i] = reach - in[i] - before[i];
  }
  return {before, after};
}

ConvDesc conv_desc(const Layer& layer, const Window& w, const Shape& x, Dim filters, Dim groups, bool bias) {
  ConvDesc d;
  d.rank = w.rank;
  d.batch = x[0];
  d.in_channels = channels_of(w, x);
  d.filters = filters;
  d.groups = groups;
  d.in = spatial_of(w, x);
  d.kernel = w.size;
  d.out = output_size(layer, w, x);
  d.strides = w.strides;
  d.dilation = w.dilation;
  std::tie(d.pad_before, d.pad_after) = window_padding(w, d.in, d.out);
  d.channels_first = w.channels_first;
  d.bias = bias;
  return d;
}

ConvDesc depthwise_desc(const Layer& layer, const Window& w, const Shape& x, Dim multiplier, bool bias) {
  const Dim in = channels_of(w, x);
  ConvDesc d = conv_desc(layer, w, x, in * multiplier, in, bias);
  d.depthwise = true;
  return d;
}

Shape depthwise_shape(const Window& w, Dim in, Dim multiplier) {
  Shape out;
  for (int i = 0; i < w.rank; ++i) out.push_back(w.size[static_cast<std::size_t>(i)]);
  out.push_back(in);
  out.push_back(multiplier);
  return out;
}

void prepare_conv(Prepare& p, ConvDesc desc, const ActivationFn& f, bool transpose) {
  const Activated activated(f);
  desc.activation = activated.fused(p.wants_gradient());
  desc.options = p.options();
  p.keep(transpose ? make_conv_transpose(desc) : make_conv(desc));
  activated.prepare(p, true);
}

void call_conv(Call& c, int kernel, const ActivationFn& f, int bias) {
  const Activated activated(f);
  c.kernel<ConvKernel>().forward(c.input(), c.weight(kernel), c.weight(bias), {}, activated.target(c));
  activated.finish(c);
}

void backward_conv(Backward& b, int kernel, const ActivationFn& f, int bias) {
  const ConstView dz = Activated(f).dz(b);
  b.kernel<ConvKernel>().backward(b.input(), b.weight(kernel), dz, b.dx(), b.gradient(kernel),
                                  b.gradient(bias));
}

double conv_flops(const ConvDesc& d) {
  double n = 2.0 * static_cast<double>(d.batch) * static_cast<double>(d.filters) *
             static_cast<double>(d.in_channels / std::max<Dim>(d.groups, 1));
  for (std::size_t i = 0; i < 3; ++i) n *= static_cast<double>(d.out[i]) * static_cast<double>(d.kernel[i]);
  return n;
}

}  // namespace rhyton::ops
