#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/onednn/primitive.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/scratch.hpp"

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
    const View rows(y.raw(), {d_.rows, d_.units}, DType::float32);
    if (const Dim parts = forward_shares(); parts > 1) {
      add_parts(parts, x.data<float>(), w.data<float>(), y.data<float>());
      if (b) finish_channels<float>({}, y.data<float>(), b.data<float>(), nullptr, d_.rows, d_.units, 1);
      return activation_forward(d_.activation, rows, rows);
    }
    if (d_.bias)
      forward_.run({x.raw(), w.raw(), b.raw(), y.raw()});
    else
      forward_.run({x.raw(), w.raw(), y.raw()});
    if (!fused_) activation_forward(d_.activation, rows, rows);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    const float* gradient = dz.data<float>();
    const Dim parts = shares(), units = d_.units;
    parallel_for(parts, 1, [&](Dim first, Dim last) {
      const Dim begin = d_.inputs * first / parts, end = d_.inputs * last / parts;
      if (dx)
        gemm(false, true, d_.rows, end - begin, units, 1.0f, gradient, units, w.data<float>() + begin * units,
             units, 0.0f, dx.data<float>() + begin, d_.inputs);
      if (dw) weight_rows(begin, end, x.data<float>(), gradient, dw);
    });
    if (db) channel_sums(gradient, d_.rows, units, Dim{1}, db.view.data<float>(), db.accumulate);
  }

 private:
  /// Smaller gradients are as well left in the buffer.
  static constexpr Dim least_streamed = 4096;
  /// Elements that a sink takes while they are in the second cache; multiplications that pay a thread.
  static constexpr Dim most_taken = 1 << 16, least_work = 1 << 19;

  /// How many threads have rows of the weights of their own in the products of a training step and where a
  /// sink changes them: they then stay in that thread's cache from step to step.
  Dim shares() const { return part_count(d_.inputs, 1 + least_work / (d_.rows * d_.units)); }
  /// The same for forward, where each thread has a sum of its own.
  Dim forward_shares() const { return d_.options.training && d_.inputs >= 4 * d_.rows ? shares() : 1; }

  /// y = x w as the sum of one product a part.
  void add_parts(Dim parts, const float* x, const float* w, float* y) {
    const Dim size = d_.rows * d_.units;
    float* sums = sums_.get<float>((parts - 1) * size);
    parallel_for(parts, 1, [&](Dim first, Dim last) {
      for (Dim p = first; p < last; ++p) {
        const Dim begin = d_.inputs * p / parts, end = d_.inputs * (p + 1) / parts;
        gemm(false, false, d_.rows, d_.units, end - begin, 1.0f, x + begin, d_.inputs, w + begin * d_.units,
             d_.units, 0.0f, p == 0 ? y : sums + (p - 1) * size, d_.units);
      }
    });
    for (Dim p = 1; p < parts; ++p)
      for (Dim i = 0; i < size; ++i) y[i] += sums[(p - 1) * size + i];
  }

  /// Rows [begin, end) of dw.
  void weight_rows(Dim begin, Dim end, const float* x, const float* dz, GradTarget dw) const {
    const Dim units = d_.units;
    const Dim step = dw.sink != nullptr ? std::max<Dim>(most_taken / units, 1) : end - begin;
    for (Dim i = begin; i < end; i += step) {
      const Dim n = std::min(step, end - i);
      float* out = dw.view.data<float>() + i * units;
      gemm(true, false, n, units, d_.rows, 1.0f, x + i, d_.inputs, dz, units, dw.accumulate ? 1.0f : 0.0f,
           out, units);
      if (dw.sink != nullptr) dw.sink->take(i * units, n * units, out);
    }
  }

  DenseDesc d_;
  bool fused_ = false, usable_ = false;
  std::string implementation_;
  Primitive forward_;
  Scratch sums_;
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
