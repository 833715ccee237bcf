// Orders along an axis: sorting, the largest, quantiles. Gradients go to the elements that were picked.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "layers/operations/lines.hpp"
#include "layers/operations/operation_layer.hpp"
#include "nn/positions.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

using detail::Lines;

/// Positions along a line, in order of their values; equal ones stay in theirs.
template <class T>
void order_line(const T* line, Dim count, Dim step, bool descending, std::vector<std::size_t>& order) {
  order.resize(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto at = [&](std::size_t i) { return line[static_cast<Dim>(i) * step]; };
  sort_positions(order,
                 [&](std::size_t a, std::size_t b) { return descending ? at(a) > at(b) : at(a) < at(b); });
}

/// Sort, argsort, and top_k (values and positions, the largest first, along the last axis).
class SortOperation final : public OperationLayer {
 public:
  explicit SortOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    top_ = call_.class_name == "TopK";
    positions_ = call_.class_name == "Argsort";
    const OperationArguments a(call_, top_ ? "x, k" : "x, axis");
    if (!top_ && !a.find("axis")) throw NotSupported(label() + ": sorting without an axis");
    axis_ = top_ ? -1 : a.integer("axis", -1);
    k_ = a.integer("k", 1);
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    Shape y = spec.inputs[0].shape;
    const int axis = normalize_axis(axis_, y.rank(), label());
    if (!top_) return {{y, positions_ ? DType::int32 : spec.inputs[0].dtype}};
    if (y[axis] >= 0 && (k_ < 1 || k_ > y[axis]))
      fail("k must be between 1 and the size of the last axis. Received k={}.", k_);
    y[axis] = k_;
    return {{y, spec.inputs[0].dtype}, {y, DType::int32}};
  }
  bool has_backward() const override { return !positions_; }
  void call(Call& c) const override {
    const Shape shape = c.input().shape();
    const Lines lines(shape, normalize_axis(axis_, shape.rank(), label()));
    const Dim length = top_ ? k_ : lines.count;
    std::vector<std::size_t> order;
    dispatch_number(c.input().dtype(), [&]<class T>(T) {
      const T* x = c.input().data<T>();
      lines.each([&](Dim o, Dim i) {
        const T* line = x + lines.first(o, i, lines.count);
        order_line(line, lines.count, lines.step, top_, order);
        for (Dim n = 0; n < length; ++n) {
          const Dim to = lines.first(o, i, length) + n * lines.step,
                    from = static_cast<Dim>(order[static_cast<std::size_t>(n)]);
          if (!positions_) c.output().data<T>()[to] = line[from * lines.step];
          if (positions_ || top_)
            c.output(top_ ? 1 : 0).template data<std::int32_t>()[to] = static_cast<std::int32_t>(from);
        }
      });
    });
  }
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    const Shape shape = b.dx().shape();
    const Lines lines(shape, normalize_axis(axis_, shape.rank(), label()));
    const Dim length = top_ ? k_ : lines.count;
    fill(b.dx(), 0.0);
    std::vector<std::size_t> order;
    dispatch_real(b.dx().dtype(), [&]<class T>(T) {
      const T *x = b.input().data<T>(), *dy = b.dy().data<T>();
      T* dx = b.dx().data<T>();
      lines.each([&](Dim o, Dim i) {
        const Dim first = lines.first(o, i, lines.count);
        order_line(x + first, lines.count, lines.step, top_, order);
        for (Dim n = 0; n < length; ++n)
          dx[first + static_cast<Dim>(order[static_cast<std::size_t>(n)]) * lines.step] +=
              dy[lines.first(o, i, length) + n * lines.step];
      });
    });
  }

 private:
  bool top_ = false, positions_ = false;
  std::int64_t axis_ = -1, k_ = 1;
};

/// The value below which the fraction q of a line lies, on the straight line between neighbours.
class QuantileOperation final : public OperationLayer {
 public:
  explicit QuantileOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments a(call_, "x, q");
    if (a.tensor("q") >= 0 || (a.find("q") && !a.find("q")->is_number()))
      throw NotSupported(label() + ": several quantiles at once");
    q_ = a.number("q", 0.5) / (call_.class_name == "Percentile" ? 100.0 : 1.0);
    if (a.text("method", "linear") != "linear")
      raise<NotSupported>("{}: quantiles by the method {}", label(), a.text("method", ""));
    const auto axes = a.integers("axis");
    if (axes.size() != 1) throw NotSupported(label() + ": a quantile over several axes");
    axis_ = axes[0];
    keepdims_ = a.boolean("keepdims", false);
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape& x = spec.inputs[0].shape;
    const int axis = normalize_axis(axis_, x.rank(), label());
    Shape y;
    for (int i = 0; i < x.rank(); ++i)
      if (i != axis || keepdims_) y.push_back(i == axis ? 1 : x[i]);
    return {{y, real_dtype(spec)}};
  }
  void call(Call& c) const override {
    dispatch_number(c.input().dtype(), [&]<class X>(X) {
      dispatch_real(c.output().dtype(), [&]<class Y>(Y) {
        const X* x = c.input().data<X>();
        Y* y = c.output().data<Y>();
        each(x, c.input().shape(), [&](Dim to, Dim low, Dim high, double between) {
          y[to] = static_cast<Y>((1 - between) * static_cast<double>(x[low]) +
                                 between * static_cast<double>(x[high]));
        });
      });
    });
  }
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    fill(b.dx(), 0.0);
    dispatch_real(b.dx().dtype(), [&]<class T>(T) {
      const T* dy = b.dy().data<T>();
      T* dx = b.dx().data<T>();
      each(b.input().data<T>(), b.dx().shape(), [&](Dim to, Dim low, Dim high, double between) {
        dx[low] += static_cast<T>(1 - between) * dy[to];
        dx[high] += static_cast<T>(between) * dy[to];
      });
    });
  }

 private:
  template <class T, class F>
  void each(const T* x, const Shape& shape, F&& f) const {
    const Lines lines(shape, normalize_axis(axis_, shape.rank(), label()));
    const double place = q_ * static_cast<double>(lines.count - 1);
    const auto low = static_cast<std::size_t>(std::floor(place)),
               high = static_cast<std::size_t>(std::ceil(place));
    std::vector<std::size_t> order;
    lines.each([&](Dim o, Dim i) {
      const Dim first = lines.first(o, i, lines.count);
      order_line(x + first, lines.count, lines.step, false, order);
      f(lines.first(o, i, 1), first + static_cast<Dim>(order[low]) * lines.step,
        first + static_cast<Dim>(order[high]) * lines.step, place - std::floor(place));
    });
  }
  double q_ = 0.5;
  std::int64_t axis_ = 0;
  bool keepdims_ = false;
};

}  // namespace

void detail::add_sorts(OperationTable& table) {
  for (const char* name : {"Sort", "Argsort", "TopK"}) table.emplace_back(name, &make_plain<SortOperation>);
  for (const char* name : {"Quantile", "Percentile"})
    table.emplace_back(name, &make_plain<QuantileOperation>);
}

}  // namespace rhyton
