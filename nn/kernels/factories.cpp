#include "nn/kernels/engines.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton {

std::unique_ptr<DenseKernel> make_dense(const DenseDesc& desc) { return eigen::make_dense(desc); }

std::unique_ptr<ConvKernel> make_conv(const ConvDesc& desc) {
  if (desc.depthwise) return eigen::make_depthwise(desc);
  return eigen::make_conv(desc);
}

std::unique_ptr<PoolKernel> make_pool(const PoolDesc& desc) { return eigen::make_pool(desc); }

std::unique_ptr<BatchNormKernel> make_batch_norm(const BatchNormDesc& desc) {
  return eigen::make_batch_norm(desc);
}

void gemm(DType dtype, bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, double alpha, const void* a,
          Dim lda, const void* b, Dim ldb, double beta, void* c, Dim ldc) {
  dispatch_real(dtype, [&]<class T>(T) {
    const T* left = static_cast<const T*>(a);
    const T* right = static_cast<const T*>(b);
    T* result = static_cast<T*>(c);
    const auto part = [&](Dim row, Dim rows, Dim column, Dim columns) {
      eigen::gemm<T>(transpose_a, transpose_b, rows, columns, k, static_cast<T>(alpha),
                     left + (transpose_a ? row : row * lda), lda,
                     right + (transpose_b ? column * ldb : column), ldb, static_cast<T>(beta),
                     result + row * ldc + column, ldc);
    };
    constexpr Dim worthwhile = 1 << 19;  // multiplications that pay for a second thread
    if (m >= n)
      parallel_for(m, 1 + worthwhile / std::max<Dim>(1, n * k),
                   [&](Dim begin, Dim end) { part(begin, end - begin, 0, n); });
    else
      parallel_for(n, 1 + worthwhile / std::max<Dim>(1, m * k),
                   [&](Dim begin, Dim end) { part(0, m, begin, end - begin); });
  });
}

}  // namespace rhyton
