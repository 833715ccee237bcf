// Running sums and products along an axis.
#include "layers/operations/lines.hpp"
#include "layers/operations/operation_layer.hpp"
#include "layers/operations/promotion.hpp"

namespace rhyton {

namespace {

using detail::Lines;

/// y[i] = x[0] + ... + x[i], or the product; `exclusive` leaves x[i] out, `reverse` begins at the end.
class ScanOperation final : public OperationLayer {
 public:
  explicit ScanOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments a(call_, "x, axis, dtype");
    product_ = call_.class_name == "Cumprod";
    flat_ = !a.find("axis");
    axis_ = a.integer("axis", 0);
    exclusive_ = a.boolean("exclusive", false);
    reverse_ = a.boolean("reverse", false);
    if (const std::string name = a.text("dtype", ""); !name.empty()) dtype_ = dtype_from_string(name);
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const TensorSpec& x = spec.inputs[0];
    if (!flat_) normalize_axis(axis_, x.shape.rank(), label());
    const DType sum = x.dtype == DType::boolean ? DType::int32 : x.dtype;
    const Shape flat = {x.shape.is_known() ? x.shape.size() : unknown};
    return {{flat_ ? flat : x.shape, dtype_.value_or(sum)}};
  }
  void call(Call& c) const override {
    const Lines lines = lines_of(c.input().shape());
    const detail::Reader x(c.input());
    const detail::Writer write(c.output());
    lines.each([&](Dim o, Dim i) {
      double value = product_ ? 1.0 : 0.0;
      for (Dim n = 0; n < lines.count; ++n) {
        const Dim at = position(lines, o, i, n);
        const double now = x[at];
        if (exclusive_) write(at, value);
        value = product_ ? value * now : value + now;
        if (!exclusive_) write(at, value);
      }
    });
  }
  // Of a sum: the sum of dy from the other end. Of a product: dx[i] is the sum over the later products,
  // without x[i].
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    const Lines lines = lines_of(b.input().shape());
    dispatch_real(b.dx().dtype(), [&]<class T>(T) {
      const T *x = b.input().data<T>(), *dy = b.dy().data<T>();
      T* dx = b.dx().data<T>();
      lines.each([&](Dim o, Dim i) {
        const auto at = [&](Dim n) { return position(lines, o, i, n); };
        for (Dim n = 0; n < lines.count; ++n) {
          double total = 0.0, others = 1.0;
          if (product_)
            for (Dim k = 0; k < n; ++k) others *= static_cast<double>(x[at(k)]);
          for (Dim k = exclusive_ ? n + 1 : n; k < lines.count; ++k) {
            if (product_ && k > n && !exclusive_) others *= static_cast<double>(x[at(k)]);
            if (product_ && exclusive_ && k > n + 1) others *= static_cast<double>(x[at(k - 1)]);
            total += static_cast<double>(dy[at(k)]) * others;
          }
          dx[at(n)] = static_cast<T>(total);
        }
      });
    });
  }

 private:
  Lines lines_of(const Shape& x) const {
    return flat_ ? Lines({x.size()}, 0) : Lines(x, normalize_axis(axis_, x.rank(), label()));
  }
  Dim position(const Lines& lines, Dim o, Dim i, Dim n) const {
    return lines.first(o, i, lines.count) + (reverse_ ? lines.count - 1 - n : n) * lines.step;
  }
  bool product_ = false, flat_ = false, exclusive_ = false, reverse_ = false;
  std::int64_t axis_ = 0;
  std::optional<DType> dtype_;
};

}  // namespace

void detail::add_scans(OperationTable& table) {
  for (const char* name : {"Cumsum", "Cumprod"})
    table.emplace_back(name, [](OperationCall&& call) -> std::shared_ptr<Layer> {
      return make_object<Layer, ScanOperation>(std::move(call));
    });
}

}  // namespace rhyton
