#ifndef RHYTON_ONEDNN
// Threads are shared out above the product.
#define EIGEN_DONT_PARALLELIZE
#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes its own AVX-512 intrinsics for uninitialized (its bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <Eigen/Core>
#endif
#include <vector>

#include "nn/kernels/engines.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton::eigen {

namespace {

#ifdef RHYTON_ONEDNN
// Where there is a library for it, Eigen's product would be there twice.
void add_product(bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, float alpha, const float* a,
                 Dim lda, const float* b, Dim ldb, float* c, Dim ldc) {
  onednn::gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, 1.0f, c, ldc);
}
#else
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Matrix, 0, Eigen::OuterStride<>>;
using ConstMap = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;

void add_product(bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, float alpha, const float* a,
                 Dim lda, const float* b, Dim ldb, float* c, Dim ldc) {
  Map result(c, m, n, Eigen::OuterStride<>(ldc));
  const ConstMap left(a, transpose_a ? k : m, transpose_a ? m : k, Eigen::OuterStride<>(lda));
  const ConstMap right(b, transpose_b ? n : k, transpose_b ? k : n, Eigen::OuterStride<>(ldb));
  if (transpose_a && transpose_b)
    result.noalias() += alpha * left.transpose() * right.transpose();
  else if (transpose_a)
    result.noalias() += alpha * left.transpose() * right;
  else if (transpose_b)
    result.noalias() += alpha * left * right.transpose();
  else
    result.noalias() += alpha * left * right;
}
#endif

// Only gradients are checked in double precision: Eigen's product of it would be large for nothing.
void add_product(bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, double alpha, const double* a,
                 Dim lda, const double* b, Dim ldb, double* c, Dim ldc) {
  std::vector<double> turned;  // so that b's rows are read as they lie
  if (transpose_b) {
    turned.resize(static_cast<std::size_t>(k * n));
    for (Dim j = 0; j < n; ++j)
      for (Dim l = 0; l < k; ++l) turned[static_cast<std::size_t>(l * n + j)] = b[j * ldb + l];
    b = turned.data();
    ldb = n;
  }
  for (Dim i = 0; i < m; ++i)
    for (Dim l = 0; l < k; ++l) {
      const double factor = alpha * (transpose_a ? a[l * lda + i] : a[i * lda + l]);
      for (Dim j = 0; j < n; ++j) c[i * ldc + j] += factor * b[l * ldb + j];
    }
}

}  // namespace

template <class T>
void gemm(bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, T alpha, const T* a, Dim lda, const T* b,
          Dim ldb, T beta, T* c, Dim ldc) {
  if (beta != T(1))
    for (Dim i = 0; i < m; ++i)
      for (Dim j = 0; j < n; ++j) c[i * ldc + j] = beta == T(0) ? T(0) : beta * c[i * ldc + j];
  add_product(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, c, ldc);
}

template void gemm<float>(bool, bool, Dim, Dim, Dim, float, const float*, Dim, const float*, Dim, float,
                          float*, Dim);
template void gemm<double>(bool, bool, Dim, Dim, Dim, double, const double*, Dim, const double*, Dim, double,
                           double*, Dim);

void parallel_gemm(DType dtype, bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, double alpha,
                   const void* a, Dim lda, const void* b, Dim ldb, double beta, void* c, Dim ldc) {
  dispatch_real(dtype, [&]<class T>(T) {
    const T* left = static_cast<const T*>(a);
    const T* right = static_cast<const T*>(b);
    T* result = static_cast<T*>(c);
    const auto part = [&](Dim row, Dim rows, Dim column, Dim columns) {
      gemm<T>(transpose_a, transpose_b, rows, columns, k, static_cast<T>(alpha),
              left + (transpose_a ? row : row * lda), lda, right + (transpose_b ? column * ldb : column), ldb,
              static_cast<T>(beta), result + row * ldc + column, ldc);
    };
    constexpr Dim worthwhile = 1 << 19;  // multiplications that pay for a second thread
    if (m >= n)
      parallel_for<T>(m, 1 + worthwhile / std::max<Dim>(1, n * k),
                      [&](Dim begin, Dim end) { part(begin, end - begin, 0, n); });
    else
      parallel_for<T>(n, 1 + worthwhile / std::max<Dim>(1, m * k),
                      [&](Dim begin, Dim end) { part(0, m, begin, end - begin); });
  });
}

}  // namespace rhyton::eigen
