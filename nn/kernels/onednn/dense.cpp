#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/onednn/primitive.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton::onednn {

namespace {

using dnnl::memory;

/// Forward by a matmul primitive with bias and activation fused, gradients by sgemm, which adds where asked.
class Dense final : public DenseKernel {
 public:
  explicit Dense(const DenseDesc& desc) : d_(desc) {
    constexpr auto f32 = memory::data_type::f32;
    constexpr auto rows = memory::format_tag::ab;
    const memory::desc x({d_.rows, d_.inputs}, f32, rows), w({d_.inputs, d_.units}, f32, rows);
    const memory::desc b({1, d_.units}, f32, rows), y({d_.rows, d_.units}, f32, rows);
    dnnl::post_ops ops;
    fused_ = append_activation(ops, d_.activation);
    const ThreadScope threads;
    auto forward = d_.bias ? describe<dnnl::matmul>(attributes(ops), x, w, b, y)
                           : describe<dnnl::matmul>(attributes(ops), x, w, y);
    usable_ = skip_reference(forward);
    implementation_ = std::string("onednn:") + forward.impl_info_str();
    if (d_.bias)
      forward_ = Primitive(forward,
                           {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_BIAS, b}, {DNNL_ARG_DST, y}});
    else
      forward_ = Primitive(forward, {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, y}});
  }

  bool usable() const { return usable_; }
  const char* implementation() const override { return implementation_.c_str(); }
  bool streams() const override { return d_.inputs * d_.units >= least_streamed; }

  void forward(ConstView x, ConstView w, ConstView b, View y) override {
    if (d_.bias)
      forward_.run({x.raw(), w.raw(), b.raw(), y.raw()});
    else
      forward_.run({x.raw(), w.raw(), y.raw()});
    if (fused_) return;
    const View rows(y.raw(), {d_.rows, d_.units}, DType::float32);
    activation_forward(d_.activation, rows, rows);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    const float* gradient = dz.data<float>();
    if (dx)
      gemm(false, true, d_.rows, d_.inputs, d_.units, 1.0f, gradient, d_.units, w.data<float>(), d_.units,
           0.0f, dx.data<float>(), d_.inputs);
    if (dw.sink != nullptr)
      stream(x.data<float>(), gradient, dw);
    else if (dw)
      gemm(true, false, d_.inputs, d_.units, d_.rows, 1.0f, x.data<float>(), d_.inputs, gradient, d_.units,
           dw.accumulate ? 1.0f : 0.0f, dw.view.data<float>(), d_.units);
    if (db) channel_sums(gradient, d_.rows, d_.units, Dim{1}, db.view.data<float>(), db.accumulate);
  }

 private:
  /// Smaller gradients are as well left in the buffer.
  static constexpr Dim least_streamed = 4096;
  /// Elements that a sink takes while they are in the second cache; work that pays a thread.
  static constexpr Dim most_taken = 1 << 16, least_work = 1 << 19;

  /// Every thread makes rows of the gradient and hands on its own.
  void stream(const float* x, const float* dz, GradTarget dw) const {
    const Dim units = d_.units, rows = std::max<Dim>(most_taken / units, 1);
    parallel_for(d_.inputs, 1 + least_work / (d_.rows * units), [&](Dim begin, Dim end) {
      for (Dim i = begin; i < end; i += rows) {
        const Dim n = std::min(rows, end - i);
        float* out = dw.view.data<float>() + i * units;
        gemm(true, false, n, units, d_.rows, 1.0f, x + i, d_.inputs, dz, units, 0.0f, out, units);
        dw.sink->take(i * units, n * units, out);
      }
    });
  }

  DenseDesc d_;
  bool fused_ = false, usable_ = false;
  std::string implementation_;
  Primitive forward_;
};

}  // namespace

std::unique_ptr<DenseKernel> make_dense(const DenseDesc& desc) {
  if (desc.options.dtype != DType::float32 || desc.rows <= 0 || desc.inputs <= 0 || desc.units <= 0)
    return nullptr;
  try {
    auto kernel = std::make_unique<Dense>(desc);
    if (kernel->usable()) return kernel;
  } catch (const dnnl::error&) {  // not a shape or function of this version
  }
  return nullptr;
}

void gemm(bool transpose_a, bool transpose_b, Dim m, Dim n, Dim k, float alpha, const float* a, Dim lda,
          const float* b, Dim ldb, float beta, float* c, Dim ldc) {
  const ThreadScope threads;
  dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

}  // namespace rhyton::onednn
