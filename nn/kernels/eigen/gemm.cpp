// Threads are shared out above the product.
#define EIGEN_DONT_PARALLELIZE
#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes its own AVX-512 intrinsics for uninitialized (its bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <Eigen/Core>

#include "nn/kernels/engines.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton::eigen {

namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using Map = Eigen::Map<Matrix<T>, 0, Eigen::OuterStride<>>;
template <class T>
using ConstMap = Eigen::Map<const Matrix<T>, 0, Eigen::OuterStride<>>;

template <class T, class A, class B>
void multiply(T alpha, const A& a, const B& b, T beta, Map<T>& c) {
  if (beta == T(0)) {
    c.noalias() = alpha * a * b;
    return;
  }
  if (beta != T(1)) c *= beta;
  c.noalias() += alpha * a * b;
}

}  // namespace

template <class T>
void gemm(bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, T alpha, const T* a, Dim lda, const T* b,
          Dim ldb, T beta, T* c, Dim ldc) {
  Map<T> result(c, m, n, Eigen::OuterStride<>(ldc));
  const ConstMap<T> left(a, transpose_a ? k : m, transpose_a ? m : k, Eigen::OuterStride<>(lda));
  const ConstMap<T> right(b, transpose_b ? n : k, transpose_b ? k : n, Eigen::OuterStride<>(ldb));
  if (transpose_a && transpose_b)
    multiply<T>(alpha, left.transpose(), right.transpose(), beta, result);
  else if (transpose_a)
    multiply<T>(alpha, left.transpose(), right, beta, result);
  else if (transpose_b)
    multiply<T>(alpha, left, right.transpose(), beta, result);
  else
    multiply<T>(alpha, left, right, beta, result);
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
      parallel_for(m, 1 + worthwhile / std::max<Dim>(1, n * k),
                   [&](Dim begin, Dim end) { part(begin, end - begin, 0, n); });
    else
      parallel_for(n, 1 + worthwhile / std::max<Dim>(1, m * k),
                   [&](Dim begin, Dim end) { part(0, m, begin, end - begin); });
  });
}

}  // namespace rhyton::eigen
