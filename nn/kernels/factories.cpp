#include <algorithm>
#include <limits>

#include "nn/kernels/engines.hpp"

namespace rhyton {

namespace {

/// Images with at most so many channels are convolved faster by own code than by oneDNN's; without oneDNN all
/// are.
#ifdef RHYTON_ONEDNN
constexpr Dim few_channels = 2;
#else
constexpr Dim few_channels = std::numeric_limits<Dim>::max();
#endif

/// True when oneDNN may do the work.
[[maybe_unused]] bool allows_onednn(const KernelOptions& options) {
  return options.engine != Engine::eigen && options.dtype == DType::float32;
}

/// oneDNN 2.6 would make an inner product of such a convolution, and reads past its own memory on the way.
[[maybe_unused]] bool is_one_window(const ConvDesc& d) {
  return d.channels_first &&
         std::all_of(d.out.begin(), d.out.begin() + d.rank, [](Dim size) { return size == 1; });
}

/// Windows that lie in the padding alone: oneDNN 2.6's convolutions for AVX2 get them wrong.
[[maybe_unused]] bool has_empty_windows(const ConvDesc& d) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(d.rank); ++i) {
    const Dim last = (d.out[i] - 1) * d.strides[i] - d.pad_before[i];
    if (d.pad_before[i] >= d.dilation[i] * (d.kernel[i] - 1) + 1 || last >= d.in[i]) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<DenseKernel> make_dense(const DenseDesc& desc) {
  if (desc.options.engine == Engine::automatic) {
    if (auto kernel = vector::make_gemv(desc)) return kernel;
    if (auto kernel = vector::make_panel_dense(desc)) return kernel;
    if (auto kernel = vector::make_thin_dense(desc)) return kernel;
  }
#ifdef RHYTON_ONEDNN
  if (allows_onednn(desc.options))
    if (auto kernel = onednn::make_dense(desc)) return kernel;
#endif
  return eigen::make_dense(desc);
}

std::unique_ptr<ConvKernel> make_conv(const ConvDesc& desc) {
  if (desc.options.engine == Engine::automatic) {
    if (auto kernel = vector::make_window_conv(desc)) return kernel;
    if (auto kernel = winograd::make_conv(desc)) return kernel;
    if (auto kernel = vector::make_pointwise_conv(desc)) return kernel;
    if (desc.in_channels <= few_channels)
      if (auto kernel = vector::make_direct_conv(desc)) return kernel;
  }
#ifdef RHYTON_ONEDNN
  if (allows_onednn(desc.options) && !is_one_window(desc) && !has_empty_windows(desc)) {
    if (auto kernel = spread_depthwise(desc, onednn::make_conv)) return kernel;
    if (auto kernel = crop_conv(desc, onednn::make_conv)) return kernel;
  }
#endif
  if (desc.depthwise) return eigen::make_depthwise(desc);
  return eigen::make_conv(desc);
}

std::unique_ptr<ConvPoolKernel> make_conv_pool(const ConvPoolDesc& desc) {
  const ConvDesc& d = desc.conv;
  const bool plain =
      d.activation.kind == ActivationKind::linear || d.activation == ActivationSpec{ActivationKind::relu};
  if (d.rank != 2 || d.channels_first || d.add || !plain || d.options.dtype != DType::float32) return nullptr;
  if (d.options.engine != Engine::automatic || d.out[0] % 2 != 0 || d.out[1] % 2 != 0) return nullptr;
  if (d.batch <= 0 || d.in_channels <= 0 || d.filters <= 0 || d.out[0] <= 0 || d.out[1] <= 0) return nullptr;
  if (auto kernel = winograd::make_conv_pool(desc)) return kernel;
  return d.in_channels <= few_channels ? vector::make_conv_pool(desc) : nullptr;
}

std::unique_ptr<PoolKernel> make_pool(const PoolDesc& desc) {
  if (desc.options.engine != Engine::eigen) {
    if (auto kernel = vector::make_max_pool(desc)) return kernel;
    if (auto kernel = vector::make_average_pool(desc)) return kernel;
  }
  return eigen::make_pool(desc);
}

std::unique_ptr<BatchNormKernel> make_batch_norm(const BatchNormDesc& desc) {
  return eigen::make_batch_norm(desc);
}

std::unique_ptr<RnnKernel> make_rnn(const RnnDesc& desc) {
  if (desc.options.engine != Engine::eigen)
    if (auto kernel = vector::make_rnn(desc)) return kernel;
  return eigen::make_rnn(desc);
}

void gemm(DType dtype, bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, double alpha, const void* a,
          Dim lda, const void* b, Dim ldb, double beta, void* c, Dim ldc) {
#ifdef RHYTON_ONEDNN
  if (dtype == DType::float32)
    return onednn::gemm(transpose_a, transpose_b, m, n, k, static_cast<float>(alpha),
                        static_cast<const float*>(a), lda, static_cast<const float*>(b), ldb,
                        static_cast<float>(beta), static_cast<float*>(c), ldc);
#endif
  eigen::parallel_gemm(dtype, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

}  // namespace rhyton
