// Matrix products.
#include "layers/operations/constant.hpp"
#include "layers/operations/operation_layer.hpp"
#include "layers/operations/promotion.hpp"
#include "layers/operations/strides.hpp"
#include "nn/kernels/dense.hpp"

namespace rhyton {

namespace {

/// NumPy's matmul: matrices in the last two axes, the others broadcast; vectors lose the axis that they lack.
class MatmulOperation final : public OperationLayer {
 public:
  explicit MatmulOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments arguments(call_, "x1, x2");
    for (std::size_t i = 0; i < 2; ++i) {
      const std::string name = i == 0 ? "x1" : "x2";
      tensor_[i] = arguments.tensor(name);
      if (tensor_[i] >= 0) continue;
      const Json* json = arguments.find(name);
      if (!json) fail("the argument `{}` is missing.", name);
      const Tensor value = detail::constant_tensor(*json);
      constant_dtype_[i] = is_floating(value.dtype()) ? DType::float32 : value.dtype();
      wide_[i] = value.cast(DType::float64);
      constant_[i] = value.cast(DType::float32);
    }
    // Keras 2 has them, from TensorFlow.
    turned_[0] = arguments.boolean("transpose_x1", false);
    turned_[1] = arguments.boolean("transpose_x2", false);
  }

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const std::size_t tensors = (tensor_[0] >= 0) + (tensor_[1] >= 0);
    if (spec.inputs.size() != tensors) fail("expected {} tensors. Received {}.", tensors, spec.inputs.size());
    const TensorSpec left = side(spec, 0), right = side(spec, 1);
    const Shape a = seen(left.shape, 0), b = seen(right.shape, 1);
    if (a.rank() < 1 || b.rank() < 1) fail("scalars cannot be multiplied as matrices.");
    const Dim ka = a.back(), kb = b.rank() == 1 ? b[0] : b[-2];
    if (ka >= 0 && kb >= 0 && ka != kb)
      fail("the inner dimensions differ. Received shapes {} and {}.", to_string(a), to_string(b));
    Shape y = batch(a, b);
    if (a.rank() > 1) y.push_back(a[-2]);
    if (b.rank() > 1) y.push_back(b.back());
    return {{y, detail::promoted(left, right, tensor_[0] < 0, tensor_[1] < 0)}};
  }
  /// Whole numbers are multiplied as real ones: exact up to sums of 2^24.
  bool takes(DType dtype) const override { return is_floating(dtype); }

  void prepare(Prepare& p) const override { p.backward_reads(true, false); }

  void call(Call& c) const override {
    each(c, [&](const Sizes& s, Dim a, Dim b, Dim y) {
      const DType d = c.output().dtype();
      gemm(d, turned_[0], turned_[1], s.m, s.n, s.k, 1.0, at(side(c, 0), a), s.lda(turned_[0]),
           at(side(c, 1), b), s.ldb(turned_[1]), 0.0, at(c.output(), y), s.n);
    });
  }

  void backward(Backward& c) const override {
    const View da = tensor_[0] < 0 ? View() : c.dx(tensor_[0]),
               db = tensor_[1] < 0 ? View() : c.dx(tensor_[1]);
    if (da) fill(da, 0.0);
    if (db) fill(db, 0.0);
    each(c, [&](const Sizes& s, Dim a, Dim b, Dim y) {
      const DType d = c.dy().dtype();
      const auto [ta, tb] = turned_;
      const void *wa = at(side(c, 0), a), *wb = at(side(c, 1), b), *wy = at(c.dy(), y);
      if (da && !ta) gemm(d, false, !tb, s.m, s.k, s.n, 1.0, wy, s.n, wb, s.ldb(tb), 1.0, at(da, a), s.k);
      if (da && ta) gemm(d, tb, true, s.k, s.m, s.n, 1.0, wb, s.ldb(tb), wy, s.n, 1.0, at(da, a), s.m);
      if (db && !tb) gemm(d, !ta, false, s.k, s.n, s.m, 1.0, wa, s.lda(ta), wy, s.n, 1.0, at(db, b), s.n);
      if (db && tb) gemm(d, true, ta, s.n, s.k, s.m, 1.0, wy, s.n, wa, s.lda(ta), 1.0, at(db, b), s.k);
    });
  }

 private:
  struct Sizes {
    Dim m, n, k;
    Dim lda(bool turned) const { return turned ? m : k; }
    Dim ldb(bool turned) const { return turned ? k : n; }
  };
  TensorSpec side(const CallSpec& spec, std::size_t i) const {
    if (tensor_[i] < 0) return {constant_[i].shape(), constant_dtype_[i]};
    return spec.inputs[static_cast<std::size_t>(tensor_[i])];
  }
  ConstView side(const StepContext& c, std::size_t i) const {
    if (tensor_[i] >= 0) return c.input(tensor_[i]);
    return c.real() == DType::float64 ? wide_[i].view() : constant_[i].view();
  }
  /// The shape as the product takes it.
  Shape seen(Shape x, std::size_t side) const {
    if (turned_[side] && x.rank() > 1) std::swap(x[-1], x[-2]);
    return x;
  }
  Shape batch(const Shape& a, const Shape& b) const {
    return broadcast(a.slice(0, std::max(a.rank() - 2, 0)), b.slice(0, std::max(b.rank() - 2, 0)), label());
  }
  static const void* at(ConstView v, Dim element) {
    return static_cast<const char*>(v.raw()) + static_cast<std::size_t>(element) * size_of(v.dtype());
  }
  static void* at(View v, Dim element) {
    return static_cast<char*>(v.raw()) + static_cast<std::size_t>(element) * size_of(v.dtype());
  }
  template <class F>
  void each(const StepContext& c, F&& f) const {
    const Shape a = seen(side(c, 0).shape(), 0), b = seen(side(c, 1).shape(), 1);
    const Sizes s{a.rank() > 1 ? a[-2] : 1, b.rank() > 1 ? b.back() : 1, a.back()};
    const Shape whole = batch(a, b);
    const std::array strides = {
        detail::broadcast_strides(a.slice(0, std::max(a.rank() - 2, 0)), whole),
        detail::broadcast_strides(b.slice(0, std::max(b.rank() - 2, 0)), whole),
    };
    detail::for_each_broadcast(whole, strides, [&](Dim i, const auto& offset) {
      f(s, offset[0] * s.m * s.k, offset[1] * s.k * s.n, i * s.m * s.n);
    });
  }
  std::array<bool, 2> turned_{};
  std::array<int, 2> tensor_{};  ///< which input a side is; -1: a constant
  std::array<DType, 2> constant_dtype_{};
  std::array<Tensor, 2> constant_, wide_;  ///< in float32, and in float64 for the check of gradients
};

}  // namespace

void detail::add_products(OperationTable& table) {
  table.emplace_back("Matmul", [](OperationCall&& call) -> std::shared_ptr<Layer> {
    return make_object<Layer, MatmulOperation>(std::move(call));
  });
}

}  // namespace rhyton
