#pragma once
/// @file engines.hpp  The engines' own factories, from which the public ones choose.
#include "nn/kernels/batch_norm.hpp"
#include "nn/kernels/conv.hpp"
#include "nn/kernels/conv_pool.hpp"
#include "nn/kernels/dense.hpp"
#include "nn/kernels/pool.hpp"
#include "nn/kernels/rnn.hpp"

namespace rhyton {

/// The shape of x.
Shape image_shape(const ConvDesc& desc);
/// A float32 kernel of `make` for a description with negative padding or unread cells at the end, which
/// `make` need not know: x is cropped first where that is needed.
std::unique_ptr<ConvKernel> crop_conv(const ConvDesc& desc,
                                      std::unique_ptr<ConvKernel> (*make)(const ConvDesc&));
/// A float32 depthwise convolution with several filters a channel by one of `make` with a single filter,
/// where `make` has a fast one; else null.
std::unique_ptr<ConvKernel> spread_depthwise(const ConvDesc& desc,
                                             std::unique_ptr<ConvKernel> (*make)(const ConvDesc&));

}  // namespace rhyton

/// The readable reference, for float32 and float64: Eigen's products and plain loops.
namespace rhyton::eigen {

std::unique_ptr<DenseKernel> make_dense(const DenseDesc& desc);
std::unique_ptr<ConvKernel> make_conv(const ConvDesc& desc);
std::unique_ptr<ConvKernel> make_depthwise(const ConvDesc& desc);
std::unique_ptr<PoolKernel> make_pool(const PoolDesc& desc);
std::unique_ptr<BatchNormKernel> make_batch_norm(const BatchNormDesc& desc);
std::unique_ptr<RnnKernel> make_rnn(const RnnDesc& desc);

/// As rhyton::gemm, on the calling thread.
template <class T>
void gemm(bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, T alpha, const T* a, Dim lda, const T* b,
          Dim ldb, T beta, T* c, Dim ldc);
/// As rhyton::gemm.
void parallel_gemm(DType dtype, bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, double alpha,
                   const void* a, Dim lda, const void* b, Dim ldb, double beta, void* c, Dim ldc);

}  // namespace rhyton::eigen

/// Own vector code for float32. A factory returns null for what it is not made for.
namespace rhyton::vector {

std::unique_ptr<PoolKernel> make_average_pool(const PoolDesc& desc);
std::unique_ptr<PoolKernel> make_max_pool(const PoolDesc& desc);
/// Dense on one row.
std::unique_ptr<DenseKernel> make_gemv(const DenseDesc& desc);
/// Few rows, in training, by large weights.
std::unique_ptr<DenseKernel> make_thin_dense(const DenseDesc& desc);
/// Many rows, for prediction, where the activation is costly (without oneDNN: any).
std::unique_ptr<DenseKernel> make_panel_dense(const DenseDesc& desc);
/// The same for convolutions with one tap; also those of one pixel.
std::unique_ptr<ConvKernel> make_pointwise_conv(const ConvDesc& desc);
/// By tiles of bfloat16, for prediction with Precision::fast on CPUs that have them: two-dimensional, of
/// several taps.
std::unique_ptr<ConvKernel> make_window_conv(const ConvDesc& desc);
/// Two-dimensional convolution in channels_last; made for few channels.
std::unique_ptr<ConvKernel> make_direct_conv(const ConvDesc& desc);
std::unique_ptr<ConvPoolKernel> make_conv_pool(const ConvPoolDesc& desc);
/// With packed weights; for the gates that it knows (see rnn_gates.hpp).
std::unique_ptr<RnnKernel> make_rnn(const RnnDesc& desc);

}  // namespace rhyton::vector

/// Winograd's minimal filtering for float32 3x3 convolutions with stride one in channels_last: fewer
/// multiplications, more rounding.
namespace rhyton::winograd {

/// By tiles of m x m outputs, m 2 or 4; null for what it is not made for.
std::unique_ptr<ConvKernel> make_conv(const ConvDesc& desc, int m);
/// With the tiles that the precision allows, where they beat the direct convolution; else null.
std::unique_ptr<ConvKernel> make_conv(const ConvDesc& desc);
std::unique_ptr<ConvPoolKernel> make_conv_pool(const ConvPoolDesc& desc, int m);
std::unique_ptr<ConvPoolKernel> make_conv_pool(const ConvPoolDesc& desc);

}  // namespace rhyton::winograd

#ifdef RHYTON_ONEDNN
/// oneDNN, for float32. A factory returns null where the library has no fast implementation.
namespace rhyton::onednn {

std::unique_ptr<DenseKernel> make_dense(const DenseDesc& desc);
/// Depthwise too.
std::unique_ptr<ConvKernel> make_conv(const ConvDesc& desc);

void gemm(bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, float alpha, const float* a, Dim lda,
          const float* b, Dim ldb, float beta, float* c, Dim ldc);

}  // namespace rhyton::onednn
#endif
