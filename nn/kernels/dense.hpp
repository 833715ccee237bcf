#pragma once
/// @file dense.hpp  y = f(x W + b) as a planned kernel, and the plain matrix product below it.
#include <memory>

#include "nn/kernels/activation.hpp"

namespace rhyton {

struct DenseDesc {
  Dim rows = 0, inputs = 0, units = 0;  ///< x (rows, inputs), W (inputs, units), y (rows, units)
  bool bias = true;
  ActivationSpec activation{};  ///< fused into the product where the engine can
  KernelOptions options{};
};

class DenseKernel : public Kernel {
 public:
  /// y = f(x w + b). `b` is absent without bias.
  virtual void forward(ConstView x, ConstView w, ConstView b, View y) = 0;
  /// `dz` is the gradient of the product (before the activation): dx = dz w^T, dw (+)= x^T dz, db (+)=
  /// sum(dz). Absent targets are not computed.
  virtual void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) = 0;
  /// True if `dw` may have a sink, which may change w as it takes its gradient: dx is from w as it was.
  virtual bool streams() const { return false; }
};

std::unique_ptr<DenseKernel> make_dense(const DenseDesc& desc);

/// c = alpha op(a) op(b) + beta c, row-major with leading dimensions; op transposes where asked.
/// a: m x k, b: k x n, c: m x n after transposition. Picks the engine by size; allocates nothing.
void gemm(DType dtype, bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, double alpha, const void* a,
          Dim lda, const void* b, Dim ldb, double beta, void* c, Dim ldc);

}  // namespace rhyton
