// Reductions over some axes or all.
#include <algorithm>
#include <cmath>
#include <limits>

#include "layers/operations/operation_layer.hpp"
#include "layers/operations/promotion.hpp"
#include "layers/operations/strides.hpp"

namespace rhyton {

namespace {

enum class Kind { sum, mean, max, min, prod, variance, deviation, logsumexp, any, all, argmax, argmin };

/// y = reduction of x over `axis` (none: all). The gradient of max and min goes to all cells that tie, in
/// equal parts.
class Reduction final : public OperationLayer {
 public:
  Reduction(OperationCall&& call, Kind kind) : OperationLayer(std::move(call)), kind_(kind) {
    const OperationArguments arguments(call_, "x, axis, keepdims");
    axes_ = arguments.integers("axis");
    keepdims_ = arguments.boolean("keepdims", false);
    if (arguments.find("initial")) throw NotSupported(label() + ": a reduction with `initial`");
  }

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const TensorSpec& x = spec.inputs[0];
    Shape shape;
    const Shape kept = kept_shape(x.shape);
    for (int i = 0; i < x.shape.rank(); ++i)
      if (keepdims_ || !reduces(i, x.shape.rank())) shape.push_back(kept[i]);
    DType dtype = x.dtype;
    if (kind_ == Kind::any || kind_ == Kind::all) dtype = DType::boolean;
    if (kind_ == Kind::argmax || kind_ == Kind::argmin) dtype = DType::int32;
    if (kind_ == Kind::sum || kind_ == Kind::prod)
      dtype = dtype == DType::boolean || dtype == DType::uint8 ? DType::int32 : dtype;
    if ((kind_ == Kind::mean || kind_ == Kind::variance || kind_ == Kind::deviation ||
         kind_ == Kind::logsumexp) &&
        !is_floating(dtype))
      dtype = DType::float32;
    return {{shape, dtype}};
  }
  bool has_backward() const override { return kind_ < Kind::any; }

  void prepare(Prepare& p) const override {
    const Dim kept = kept_shape(p.input().shape).size();
    p.scratch(static_cast<std::size_t>(kept) * 3 * sizeof(double));
  }

  void call(Call& c) const override {
    const Work w = reduce(c.input(), c.scratch());
    dispatch_number(c.output().dtype(), [&]<class T>(T) {
      T* y = c.output().data<T>();
      for (Dim i = 0; i < w.size; ++i) y[i] = static_cast<T>(w.result[i]);
    });
  }

  void backward(Backward& b) const override {
    const View dx = b.dx();
    if (!dx) return;
    const ConstView x = b.input();
    const Work w = reduce(x, b.scratch());
    const auto n = static_cast<double>(x.size()) / static_cast<double>(std::max<Dim>(w.size, 1));
    dispatch_real(dx.dtype(), [&]<class T>(T) {
      const T *in = x.data<T>(), *dy = b.dy().data<T>();
      T* out = dx.data<T>();
      detail::for_each_broadcast(x.shape(), w.strides, [&](Dim i, const auto& at) {
        const double v = static_cast<double>(in[i]), r = w.result[at[0]];
        double d = 1.0;
        switch (kind_) {
          case Kind::mean:
            d = 1.0 / n;
            break;
          case Kind::max:
          case Kind::min:
            d = v == r ? 1.0 / w.count[at[0]] : 0.0;
            break;
          case Kind::prod:
            d = product_without(x, w, i, at[0]);
            break;
          case Kind::variance:
            d = 2.0 * (v - w.mean[at[0]]) / n;
            break;
          case Kind::deviation:
            d = r > 0 ? (v - w.mean[at[0]]) / (n * r) : 0.0;
            break;
          case Kind::logsumexp:
            d = std::exp(v - r);
            break;
          default:
            break;
        }
        out[i] = static_cast<T>(d) * dy[at[0]];
      });
    });
  }

 private:
  /// Per reduced group: the result, the mean, and how many cells tie.
  struct Work {
    Dim size = 0;
    std::array<std::array<Dim, Shape::max_rank>, 1> strides;
    double *result = nullptr, *mean = nullptr, *count = nullptr;
  };

  bool reduces(int axis, int rank) const {
    if (axes_.empty()) return true;
    return std::any_of(axes_.begin(), axes_.end(),
                       [&](std::int64_t a) { return normalize_axis(a, rank, label()) == axis; });
  }
  Shape kept_shape(const Shape& x) const {
    Shape out = x;
    for (int i = 0; i < x.rank(); ++i)
      if (reduces(i, x.rank())) out[i] = 1;
    return out;
  }
  static double product_without(ConstView x, const Work& w, Dim skip, Dim group) {
    double p = 1.0;
    dispatch_real(x.dtype(), [&]<class T>(T) {
      const T* in = x.data<T>();
      detail::for_each_broadcast(x.shape(), w.strides, [&](Dim i, const auto& at) {
        if (i != skip && at[0] == group) p *= static_cast<double>(in[i]);
      });
    });
    return p;
  }

  Work reduce(ConstView x, void* scratch) const {
    Work w;
    const Shape kept = kept_shape(x.shape());
    w.size = kept.size();
    w.strides = {detail::broadcast_strides(kept, x.shape())};
    w.result = static_cast<double*>(scratch);
    w.mean = w.result + w.size;
    w.count = w.mean + w.size;
    const double infinity = std::numeric_limits<double>::infinity();
    const double start = kind_ == Kind::max || kind_ == Kind::argmax || kind_ == Kind::logsumexp ? -infinity
                         : kind_ == Kind::min || kind_ == Kind::argmin                           ? infinity
                         : kind_ == Kind::prod || kind_ == Kind::all                             ? 1.0
                                                                                                 : 0.0;
    std::fill_n(w.result, w.size, start);
    std::fill_n(w.mean, w.size, 0.0);
    std::fill_n(w.count, w.size, 0.0);
    const auto n = static_cast<double>(x.size()) / static_cast<double>(std::max<Dim>(w.size, 1));
    const auto reduce_all = [&](const auto& in) {
      auto each = [&](auto&& f) {
        detail::for_each_broadcast(x.shape(), w.strides,
                                   [&](Dim i, const auto& at) { f(static_cast<double>(in[i]), at[0]); });
      };
      switch (kind_) {
        case Kind::sum:
        case Kind::mean:
          each([&](double v, Dim g) { w.result[g] += v; });
          break;
        case Kind::prod:
          each([&](double v, Dim g) { w.result[g] *= v; });
          break;
        case Kind::any:
          each([&](double v, Dim g) { w.result[g] = v != 0 || w.result[g] != 0; });
          break;
        case Kind::all:
          each([&](double v, Dim g) { w.result[g] = v != 0 && w.result[g] != 0; });
          break;
        case Kind::max:
        case Kind::min:
          each([&](double v, Dim g) {
            if (kind_ == Kind::max ? v > w.result[g] : v < w.result[g]) {
              w.result[g] = v;
              w.count[g] = 1;
            } else if (v == w.result[g]) {
              w.count[g] += 1;
            }
          });
          break;
        case Kind::argmax:
        case Kind::argmin:
          // `mean` holds the best value, `count` the running position within the group.
          std::copy_n(w.result, w.size, w.mean);
          std::fill_n(w.result, w.size, 0.0);
          each([&](double v, Dim g) {
            if (kind_ == Kind::argmax ? v > w.mean[g] : v < w.mean[g]) {
              w.mean[g] = v;
              w.result[g] = w.count[g];
            }
            w.count[g] += 1;
          });
          break;
        case Kind::variance:
        case Kind::deviation:
          each([&](double v, Dim g) { w.mean[g] += v / n; });
          each([&](double v, Dim g) { w.result[g] += (v - w.mean[g]) * (v - w.mean[g]) / n; });
          break;
        case Kind::logsumexp:
          each([&](double v, Dim g) { w.result[g] = std::max(w.result[g], v); });
          each([&](double v, Dim g) { w.mean[g] += std::exp(v - w.result[g]); });
          break;
      }
    };
    x.dtype() == DType::float32 ? reduce_all(x.data<float>()) : reduce_all(detail::Reader(x));
    for (Dim i = 0; i < w.size; ++i) {
      if (kind_ == Kind::mean) w.result[i] /= n;
      if (kind_ == Kind::deviation) w.result[i] = std::sqrt(w.result[i]);
      if (kind_ == Kind::logsumexp) w.result[i] += std::log(w.mean[i]);
    }
    return w;
  }

  Kind kind_;
  std::vector<std::int64_t> axes_;
  bool keepdims_ = false;
};

constexpr std::pair<const char*, Kind> reductions[] = {
    {"Sum", Kind::sum},       {"Mean", Kind::mean},
    {"Max", Kind::max},       {"Amax", Kind::max},
    {"Min", Kind::min},       {"Amin", Kind::min},
    {"Prod", Kind::prod},     {"Var", Kind::variance},
    {"Std", Kind::deviation}, {"Logsumexp", Kind::logsumexp},
    {"Any", Kind::any},       {"All", Kind::all},
    {"Argmax", Kind::argmax}, {"Argmin", Kind::argmin},
};

std::shared_ptr<Layer> make_reduction(OperationCall&& call) {
  const auto entry = std::find_if(std::begin(reductions), std::end(reductions),
                                  [&](const auto& e) { return e.first == call.class_name; });
  return make_object<Layer, Reduction>(std::move(call), entry->second);
}

}  // namespace

void detail::add_reductions(OperationTable& table) {
  for (const auto& [name, kind] : reductions) table.emplace_back(name, &make_reduction);
}

}  // namespace rhyton
