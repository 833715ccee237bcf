// Matrix products.
#include "layers/operations/operation_layer.hpp"
#include "layers/operations/strides.hpp"
#include "nn/kernels/dense.hpp"

namespace rhyton {

namespace {

/// NumPy's matmul: matrices in the last two axes, the others broadcast; vectors lose the axis that they lack.
class MatmulOperation final : public OperationLayer {
 public:
  explicit MatmulOperation(OperationCall call) : OperationLayer(std::move(call)) {}

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    if (spec.inputs.size() != 2)
      fail("expected 2 tensors. Received " + std::to_string(spec.inputs.size()) + ".");
    const Shape &a = spec.inputs[0].shape, &b = spec.inputs[1].shape;
    if (a.rank() < 1 || b.rank() < 1) fail("scalars cannot be multiplied as matrices.");
    const Dim ka = a.back(), kb = b.rank() == 1 ? b[0] : b[-2];
    if (ka >= 0 && kb >= 0 && ka != kb)
      fail("the inner dimensions differ. Received shapes " + to_string(a) + " and " + to_string(b) + ".");
    if (!is_floating(spec.inputs[0].dtype) || !is_floating(spec.inputs[1].dtype))
      throw NotSupported(label() + ": products of integers");
    Shape y = batch(a, b);
    if (a.rank() > 1) y.push_back(a[-2]);
    if (b.rank() > 1) y.push_back(b.back());
    return {{y, spec.inputs[0].dtype}};
  }

  void prepare(Prepare& p) const override { p.backward_reads(true, false); }

  void call(Call& c) const override {
    each(c, [&](const Sizes& s, Dim a, Dim b, Dim y) {
      const DType d = c.output().dtype();
      gemm(d, false, false, s.m, s.n, s.k, 1.0, at(c.input(0), a), s.k, at(c.input(1), b), s.n, 0.0,
           at(c.output(), y), s.n);
    });
  }

  void backward(Backward& c) const override {
    const View da = c.dx(0), db = c.dx(1);
    if (da) fill(da, 0.0);
    if (db) fill(db, 0.0);
    each(c, [&](const Sizes& s, Dim a, Dim b, Dim y) {
      const DType d = c.dy().dtype();
      if (da)
        gemm(d, false, true, s.m, s.k, s.n, 1.0, at(c.dy(), y), s.n, at(c.input(1), b), s.n, 1.0, at(da, a),
             s.k);
      if (db)
        gemm(d, true, false, s.k, s.n, s.m, 1.0, at(c.input(0), a), s.k, at(c.dy(), y), s.n, 1.0, at(db, b),
             s.n);
    });
  }

 private:
  struct Sizes {
    Dim m, n, k;
  };
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
    const Shape a = c.input(0).shape(), b = c.input(1).shape();
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
};

}  // namespace

void detail::add_products(OperationTable& table) {
  table.emplace_back("Matmul", [](OperationCall call) -> std::shared_ptr<Layer> {
    return std::make_shared<MatmulOperation>(std::move(call));
  });
}

}  // namespace rhyton
