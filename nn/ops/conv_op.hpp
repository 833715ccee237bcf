#pragma once
/// @file conv_op.hpp  What convolutional layers of every rank share: sizes, padding, and the kernel as a
/// step.
#include "nn/arguments.hpp"
#include "nn/layer.hpp"
#include "nn/ops/activated.hpp"
#include "nn/ops/activation_op.hpp"

namespace rhyton::ops {

/// The arguments of a sliding window, independent of rank.
struct Window {
  int rank = 2;
  Spatial size{1, 1, 1}, strides{1, 1, 1}, dilation{1, 1, 1};
  std::string padding = "valid";  ///< "valid", "same" or, in one dimension, "causal"
  bool channels_first = false;
};

/// What the window covers in dimension `i`, dilation included.
inline Dim extent(const Window& w, std::size_t i) { return (w.size[i] - 1) * w.dilation[i] + 1; }

template <std::size_t N>
Spatial spatial(const Sizes<N>& sizes) {
  Spatial out{1, 1, 1};
  for (std::size_t i = 0; i < N; ++i) out[i] = sizes[i];
  return out;
}

/// Throws ValueError, naming the layer, unless sizes are positive and the padding is one of Keras's;
/// `causal`: also that one. Strides above 1 together with dilation above 1 only if `both`.
void check_window(const Layer& layer, const Window& window, const char* size_name, bool causal,
                  bool both = false);
void check_multiplier(const Layer& layer, Dim multiplier);
/// Spatial sizes of the output; unknown ones stay so. Throws ValueError where nothing would be left.
Spatial output_size(const Layer& layer, const Window& window, const Shape& x,
                    const char* size_name = "kernel_size");
/// Zeros before and after each dimension of an input of these sizes (Keras: the odd one goes behind).
std::pair<Spatial, Spatial> window_padding(const Window& window, const Spatial& in, const Spatial& out);
/// Sizes of x's spatial dimensions.
Spatial spatial_of(const Window& window, const Shape& x);
Dim channels_of(const Window& window, const Shape& x);
int channel_axis(const Window& window);
/// (batch, spatial..., channels) or channels_first.
Shape assemble(const Window& window, Dim batch, const Spatial& sizes, Dim channels);

/// The convolution as the kernels describe it, for an input of known shape.
ConvDesc conv_desc(const Layer& layer, const Window& window, const Shape& x, Dim filters, Dim groups,
                   bool bias);

/// Depthwise, with `multiplier` filters for each channel.
ConvDesc depthwise_desc(const Layer& layer, const Window& window, const Shape& x, Dim multiplier, bool bias);
/// (spatial..., in, multiplier)
Shape depthwise_shape(const Window& window, Dim in, Dim multiplier);

/// Throws ValueError unless 0 <= output_padding < strides.
void check_output_padding(const Layer& layer, const Window& window, const std::optional<Spatial>& padding);
/// Sizes of a transposed convolution's output.
Spatial transposed_size(const Layer& layer, const Window& window, const std::optional<Spatial>& padding,
                        const Shape& x);
ConvDesc conv_transpose_desc(const Layer& layer, const Window& window, const std::optional<Spatial>& padding,
                             const Shape& x, Dim filters, bool bias);

void prepare_conv(Prepare& p, ConvDesc desc, const ActivationFn& f, bool transpose = false);
void call_conv(Call& c, int kernel, const ActivationFn& f, int bias);
void backward_conv(Backward& b, int kernel, const ActivationFn& f, int bias);
/// 2 x multiplications of a convolution.
double conv_flops(const ConvDesc& desc);

}  // namespace rhyton::ops
