#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"

namespace rhyton::eigen {

namespace {

template <class T>
class Dense final : public DenseKernel {
 public:
  explicit Dense(const DenseDesc& desc) : d_(desc) {}

  void forward(ConstView x, ConstView w, ConstView b, View y) override {
    T* out = y.data<T>();
    parallel_gemm(dtype_of<T>, false, false, d_.rows, d_.units, d_.inputs, 1.0, x.raw(), d_.inputs, w.raw(),
                  d_.units, 0.0, out, d_.units);
    const T* bias = b ? b.data<T>() : nullptr;
    if (is_elementwise(d_.activation.kind)) {
      finish_channels<T>(d_.activation, out, bias, nullptr, d_.rows, d_.units, 1);
      return;
    }
    finish_channels<T>({}, out, bias, nullptr, d_.rows, d_.units, 1);
    const View rows(out, {d_.rows, d_.units}, dtype_of<T>);
    activation_forward(d_.activation, rows, rows);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    if (dx)
      parallel_gemm(dtype_of<T>, false, true, d_.rows, d_.inputs, d_.units, 1.0, dz.raw(), d_.units, w.raw(),
                    d_.units, 0.0, dx.raw(), d_.inputs);
    if (dw)
      parallel_gemm(dtype_of<T>, true, false, d_.inputs, d_.units, d_.rows, 1.0, x.raw(), d_.inputs, dz.raw(),
                    d_.units, dw.accumulate ? 1.0 : 0.0, dw.view.raw(), d_.units);
    if (db) channel_sums(dz.data<T>(), d_.rows, d_.units, Dim{1}, db.view.data<T>(), db.accumulate);
  }

 private:
  DenseDesc d_;
};

}  // namespace

std::unique_ptr<DenseKernel> make_dense(const DenseDesc& desc) {
  return dispatch_real(desc.options.dtype, [&]<class T>(T) -> std::unique_ptr<DenseKernel> {
    return std::make_unique<Dense<T>>(desc);
  });
}

}  // namespace rhyton::eigen
