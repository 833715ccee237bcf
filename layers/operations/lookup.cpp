// Numbers found among others: membership, bins, ranks; and rows summed by the number of their segment.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "layers/operations/constant.hpp"
#include "layers/operations/operation_layer.hpp"
#include "layers/operations/promotion.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

using detail::Reader;

/// An operand that is a tensor of the call or a constant.
class TensorOrConstant {
 public:
  TensorOrConstant(const OperationLayer& owner, const OperationArguments& arguments, const char* name)
      : tensor_(arguments.tensor(name)) {
    if (tensor_ >= 0) return;
    const Json* json = arguments.find(name);
    if (!json) raise<ValueError>("{}: the argument `{}` is missing.", owner.label(), name);
    constant_ = detail::constant_tensor(*json);
  }
  const Shape& shape(const CallSpec& spec) const {
    return tensor_ < 0 ? constant_.shape() : spec.shape(tensor_);
  }
  ConstView view(const StepContext& c) const { return tensor_ < 0 ? constant_.view() : c.input(tensor_); }
  int tensor() const { return tensor_; }

 private:
  int tensor_;
  Tensor constant_;
};

/// For every number: whether it is in a list (IsIn), or how many numbers of an ordered one lie before it.
class SearchOperation final : public OperationLayer {
 public:
  explicit SearchOperation(OperationCall&& call)
      : OperationLayer(std::move(call)),
        member_(call_.class_name == "IsIn"),
        arguments_(call_, positions(call_.class_name)),
        values_(*this, arguments_,
                member_                          ? "x1"
                : call_.class_name == "Digitize" ? "x"
                                                 : "values"),
        list_(*this, arguments_,
              member_                          ? "x2"
              : call_.class_name == "Digitize" ? "bins"
                                               : "sorted_sequence"),
        inverted_(arguments_.boolean("invert", false)),
        right_(call_.class_name == "Digitize" || arguments_.text("side", "left") == "right") {}

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    if (!member_ && list_.shape(spec).rank() != 1)
      fail("the ordered numbers must be one row. Received shape {}.", to_string(list_.shape(spec)));
    return {{values_.shape(spec), member_ ? DType::boolean : DType::int32}};
  }
  bool has_backward() const override { return false; }
  void call(Call& c) const override {
    const ConstView values = values_.view(c), list = list_.view(c);
    const Reader value(values), entry(list);
    std::vector<double> ordered(static_cast<std::size_t>(list.size()));
    for (Dim i = 0; i < list.size(); ++i) ordered[static_cast<std::size_t>(i)] = entry[i];
    if (member_) std::sort(ordered.begin(), ordered.end());
    for (Dim i = 0; i < values.size(); ++i) {
      if (member_)
        c.output().data<bool>()[i] =
            std::binary_search(ordered.begin(), ordered.end(), value[i]) != inverted_;
      else
        c.output().data<std::int32_t>()[i] =
            static_cast<std::int32_t>((right_ ? std::upper_bound(ordered.begin(), ordered.end(), value[i])
                                              : std::lower_bound(ordered.begin(), ordered.end(), value[i])) -
                                      ordered.begin());
    }
  }

 private:
  static const char* positions(const std::string& name) {
    if (name == "IsIn") return "x1, x2";
    return name == "Digitize" ? "x, bins" : "sorted_sequence, values";
  }
  bool member_;
  OperationArguments arguments_;
  TensorOrConstant values_, list_;
  bool inverted_, right_;
};

/// Whether a row's number at the target is among its k largest.
class InTopKOperation final : public OperationLayer {
 public:
  explicit InTopKOperation(OperationCall&& call)
      : OperationLayer(std::move(call)),
        arguments_(call_, "targets, predictions, k"),
        targets_(*this, arguments_, "targets"),
        predictions_(*this, arguments_, "predictions"),
        k_(arguments_.integer("k", 1)) {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape &targets = targets_.shape(spec), &predictions = predictions_.shape(spec);
    if (targets.rank() != 1 || predictions.rank() != 2)
      fail("expected targets (batch) and predictions (batch, classes). Received shapes {} and {}.",
           to_string(targets), to_string(predictions));
    return {{targets, DType::boolean}};
  }
  bool has_backward() const override { return false; }
  void call(Call& c) const override {
    const Reader target(targets_.view(c)), prediction(predictions_.view(c));
    const Dim classes = predictions_.view(c).shape().back();
    for (Dim i = 0; i < c.output().size(); ++i) {
      const auto at = static_cast<Dim>(target[i]);
      Dim above = 0;
      for (Dim j = 0; at >= 0 && at < classes && j < classes; ++j)
        above += prediction[i * classes + j] > prediction[i * classes + at] ? 1 : 0;
      c.output().data<bool>()[i] = at >= 0 && at < classes && above < k_;
    }
  }

 private:
  OperationArguments arguments_;
  TensorOrConstant targets_, predictions_;
  std::int64_t k_;
};

enum class Segment { sum, max, min, prod };

/// y[s] = the sum (or another reduction) of the rows of x whose segment is s; rows of other numbers count
/// nowhere. The gradient of a maximum goes to all rows that tie, in equal parts.
class SegmentOperation final : public OperationLayer {
 public:
  explicit SegmentOperation(OperationCall&& call)
      : OperationLayer(std::move(call)),
        arguments_(call_, "data, segment_ids"),
        ids_(*this, arguments_, "segment_ids"),
        segments_(arguments_.integer("num_segments", unknown)) {
    const std::string& name = call_.class_name;
    kind_ = name == "SegmentSum"   ? Segment::sum
            : name == "SegmentMax" ? Segment::max
            : name == "SegmentMin" ? Segment::min
                                   : Segment::prod;
    if (segments_ < 0) throw NotSupported(label() + ": segments without `num_segments`");
  }
  bool differentiates(int input) const override { return input != ids_.tensor(); }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const TensorSpec& x = spec.inputs[0];
    const Shape& ids = ids_.shape(spec);
    if (ids.rank() != 1 || x.shape.rank() < 1 || (ids[0] >= 0 && x.shape[0] >= 0 && ids[0] != x.shape[0]))
      fail(
          "`segment_ids` must be one row, with a number for each row of the data. Received shapes {} and {}.",
          to_string(x.shape), to_string(ids));
    return {{Shape{segments_}.concat(x.shape.from(1)), x.dtype}};
  }
  void call(Call& c) const override {
    dispatch_number(c.output().dtype(), [&]<class T>(T) {
      const T* x = c.input().data<T>();
      T* y = c.output().data<T>();
      std::fill_n(y, c.output().size(), start<T>());
      each(c, [&](Dim from, Dim to) {
        if (kind_ == Segment::sum) y[to] = static_cast<T>(y[to] + x[from]);
        if (kind_ == Segment::prod) y[to] = static_cast<T>(y[to] * x[from]);
        if (kind_ == Segment::max) y[to] = std::max(y[to], x[from]);
        if (kind_ == Segment::min) y[to] = std::min(y[to], x[from]);
      });
    });
  }
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    fill(b.dx(), 0.0);
    dispatch_real(b.dx().dtype(), [&]<class T>(T) {
      const T *x = b.input().data<T>(), *y = b.output().data<T>(), *dy = b.dy().data<T>();
      T* dx = b.dx().data<T>();
      if (kind_ == Segment::sum) return each(b, [&](Dim from, Dim to) { dx[from] = dy[to]; });
      if (kind_ == Segment::prod)
        return each(b, [&](Dim from, Dim to) {
          T others = 1;
          each(b, [&](Dim other, Dim same) {
            if (same == to && other != from) others *= x[other];
          });
          dx[from] = dy[to] * others;
        });
      std::vector<Dim> ties(static_cast<std::size_t>(b.output().size()));
      each(b, [&](Dim from, Dim to) { ties[static_cast<std::size_t>(to)] += x[from] == y[to] ? 1 : 0; });
      each(b, [&](Dim from, Dim to) {
        if (x[from] == y[to]) dx[from] = dy[to] / static_cast<T>(ties[static_cast<std::size_t>(to)]);
      });
    });
  }

 private:
  template <class T>
  T start() const {
    if (kind_ == Segment::sum) return T(0);
    if (kind_ == Segment::prod) return T(1);
    using Limits = std::numeric_limits<T>;
    if constexpr (Limits::has_infinity)
      return kind_ == Segment::max ? -Limits::infinity() : Limits::infinity();
    return kind_ == Segment::max ? Limits::lowest() : Limits::max();
  }
  /// Calls f(element of x, element of y).
  template <class F>
  void each(const StepContext& c, F&& f) const {
    const Reader ids(ids_.view(c));
    const Shape& x = c.input().shape();
    const Dim row = x.product(1, x.rank());
    for (Dim i = 0; i < x[0]; ++i) {
      const auto segment = static_cast<Dim>(ids[i]);
      if (segment < 0 || segment >= segments_) continue;
      for (Dim j = 0; j < row; ++j) f(i * row + j, segment * row + j);
    }
  }
  OperationArguments arguments_;
  TensorOrConstant ids_;
  std::int64_t segments_;
  Segment kind_ = Segment::sum;
};

}  // namespace

void detail::add_lookups(OperationTable& table) {
  for (const char* name : {"IsIn", "Digitize", "SearchSorted"})
    table.emplace_back(name, &make_plain<SearchOperation>);
  table.emplace_back("InTopK", &make_plain<InTopKOperation>);
  for (const char* name : {"SegmentSum", "SegmentMax", "SegmentMin", "SegmentProd"})
    table.emplace_back(name, &make_plain<SegmentOperation>);
}

}  // namespace rhyton
