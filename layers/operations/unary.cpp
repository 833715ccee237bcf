// Element-wise operations on one tensor.
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>

#include "layers/operations/operation_layer.hpp"
#include "layers/operations/promotion.hpp"
#include "nn/ops/activation_op.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

enum class Result { real, same, boolean };

/// f and its derivative from x and y = f(x); a null derivative is zero everywhere.
struct Unary {
  const char* name;
  double (*f)(double x);
  double (*df)(double x, double y);
  Result result = Result::real;
};

/// Winitzki's formula, then two of Newton's steps.
double erfinv(double y) {
  if (y <= -1.0 || y >= 1.0)
    return std::abs(y) == 1.0 ? std::copysign(std::numeric_limits<double>::infinity(), y)
                              : std::numeric_limits<double>::quiet_NaN();
  constexpr double a = 0.147;
  const double log = std::log((1.0 - y) * (1.0 + y)), half = 2.0 / (std::numbers::pi * a) + log / 2.0;
  double x = std::copysign(std::sqrt(std::sqrt(half * half - log / a) - half), y);
  for (int step = 0; step < 2; ++step)
    x -= (std::erf(x) - y) / (2.0 * std::numbers::inv_sqrtpi * std::exp(-x * x));
  return x;
}

double sinc(double x) { return x == 0.0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }

double nan_to_num(double x) {
  constexpr double largest = std::numeric_limits<float>::max();
  return std::isnan(x) ? 0.0 : std::isinf(x) ? std::copysign(largest, x) : x;
}

double sign(double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; }

const Unary unaries[] = {
    {"Absolute", [](double x) { return std::abs(x); }, [](double x, double) { return sign(x); },
     Result::same},
    {"Abs", [](double x) { return std::abs(x); }, [](double x, double) { return sign(x); }, Result::same},
    {"Fabs", [](double x) { return std::abs(x); }, [](double x, double) { return sign(x); }},
    {"Copy", [](double x) { return x; }, [](double, double) { return 1.0; }, Result::same},
    {"Real", [](double x) { return x; }, [](double, double) { return 1.0; }, Result::same},
    {"Conj", [](double x) { return x; }, [](double, double) { return 1.0; }, Result::same},
    {"Conjugate", [](double x) { return x; }, [](double, double) { return 1.0; }, Result::same},
    {"ConvertToTensor", [](double x) { return x; }, [](double, double) { return 1.0; }, Result::same},
    {"StopGradient", [](double x) { return x; }, nullptr, Result::same},
    {"Negative", [](double x) { return -x; }, [](double, double) { return -1.0; }, Result::same},
    {"Sign", sign, nullptr, Result::same},
    {"Square", [](double x) { return x * x; }, [](double x, double) { return 2 * x; }, Result::same},
    {"Sqrt", [](double x) { return std::sqrt(x); }, [](double, double y) { return 0.5 / y; }},
    {"Rsqrt", [](double x) { return 1 / std::sqrt(x); }, [](double x, double y) { return -0.5 * y / x; }},
    {"Cbrt", [](double x) { return std::cbrt(x); }, [](double, double y) { return 1 / (3 * y * y); }},
    {"Reciprocal", [](double x) { return 1 / x; }, [](double, double y) { return -y * y; }},
    {"Exp", [](double x) { return std::exp(x); }, [](double, double y) { return y; }},
    {"Exp2", [](double x) { return std::exp2(x); }, [](double, double y) { return y * std::numbers::ln2; }},
    {"Expm1", [](double x) { return std::expm1(x); }, [](double, double y) { return y + 1; }},
    {"Log", [](double x) { return std::log(x); }, [](double x, double) { return 1 / x; }},
    {"Log1p", [](double x) { return std::log1p(x); }, [](double x, double) { return 1 / (1 + x); }},
    {"Log2", [](double x) { return std::log2(x); }, [](double x, double) { return std::numbers::log2e / x; }},
    {"Log10", [](double x) { return std::log10(x); },
     [](double x, double) { return std::numbers::log10e / x; }},
    {"Sin", [](double x) { return std::sin(x); }, [](double x, double) { return std::cos(x); }},
    {"Cos", [](double x) { return std::cos(x); }, [](double x, double) { return -std::sin(x); }},
    {"Tan", [](double x) { return std::tan(x); }, [](double, double y) { return 1 + y * y; }},
    {"Arcsin", [](double x) { return std::asin(x); },
     [](double x, double) { return 1 / std::sqrt(1 - x * x); }},
    {"Arccos", [](double x) { return std::acos(x); },
     [](double x, double) { return -1 / std::sqrt(1 - x * x); }},
    {"Arctan", [](double x) { return std::atan(x); }, [](double x, double) { return 1 / (1 + x * x); }},
    {"Sinh", [](double x) { return std::sinh(x); }, [](double x, double) { return std::cosh(x); }},
    {"Cosh", [](double x) { return std::cosh(x); }, [](double x, double) { return std::sinh(x); }},
    {"Arcsinh", [](double x) { return std::asinh(x); },
     [](double x, double) { return 1 / std::sqrt(x * x + 1); }},
    {"Arccosh", [](double x) { return std::acosh(x); },
     [](double x, double) { return 1 / std::sqrt(x * x - 1); }},
    {"Arctanh", [](double x) { return std::atanh(x); }, [](double x, double) { return 1 / (1 - x * x); }},
    {"Erf", [](double x) { return std::erf(x); },
     [](double x, double) { return 2 * std::numbers::inv_sqrtpi * std::exp(-x * x); }},
    {"Erfc", [](double x) { return std::erfc(x); },
     [](double x, double) { return -2 * std::numbers::inv_sqrtpi * std::exp(-x * x); }},
    {"Erfinv", erfinv, [](double, double y) { return std::exp(y * y) / (2 * std::numbers::inv_sqrtpi); }},
    {"Sinc", sinc,
     [](double x, double y) { return x == 0 ? 0.0 : (std::cos(std::numbers::pi * x) - y) / x; }},
    {"Deg2rad", [](double x) { return x * std::numbers::pi / 180; },
     [](double, double) { return std::numbers::pi / 180; }},
    {"Rad2deg", [](double x) { return x * 180 / std::numbers::pi; },
     [](double, double) { return 180 / std::numbers::pi; }},
    {"Floor", [](double x) { return std::floor(x); }, nullptr, Result::real},
    {"Ceil", [](double x) { return std::ceil(x); }, nullptr, Result::real},
    {"Trunc", [](double x) { return std::trunc(x); }, nullptr, Result::same},
    {"Isnan", [](double x) { return std::isnan(x) ? 1.0 : 0.0; }, nullptr, Result::boolean},
    {"Isinf", [](double x) { return std::isinf(x) ? 1.0 : 0.0; }, nullptr, Result::boolean},
    {"Isfinite", [](double x) { return std::isfinite(x) ? 1.0 : 0.0; }, nullptr, Result::boolean},
    {"Isneginf", [](double x) { return std::isinf(x) && x < 0 ? 1.0 : 0.0; }, nullptr, Result::boolean},
    {"Isposinf", [](double x) { return std::isinf(x) && x > 0 ? 1.0 : 0.0; }, nullptr, Result::boolean},
    {"Isreal", [](double) { return 1.0; }, nullptr, Result::boolean},
    {"Signbit", [](double x) { return std::signbit(x) ? 1.0 : 0.0; }, nullptr, Result::boolean},
    {"LogicalNot", [](double x) { return x == 0.0 ? 1.0 : 0.0; }, nullptr, Result::boolean},
    {"BitwiseNot", [](double x) { return -x - 1; }, nullptr, Result::same},
    {"BitwiseInvert", [](double x) { return -x - 1; }, nullptr, Result::same},
    {"NanToNum", nan_to_num, [](double x, double) { return std::isfinite(x) ? 1.0 : 0.0; }, Result::same},
    {"ZerosLike", [](double) { return 0.0; }, nullptr, Result::same},
    {"OnesLike", [](double) { return 1.0; }, nullptr, Result::same},
};

/// y = f(x), any number type.
class UnaryOperation final : public OperationLayer {
 public:
  UnaryOperation(OperationCall&& call, const Unary& unary) : OperationLayer(std::move(call)), unary_(unary) {
    const bool filled = call_.class_name == "ZerosLike" || call_.class_name == "OnesLike";
    const std::string name = filled ? OperationArguments(call_, "x, dtype").text("dtype", "") : "";
    if (!name.empty()) dtype_ = dtype_from_string(name);
  }

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    TensorSpec y = spec.inputs[0];
    if (unary_.result == Result::boolean) y.dtype = DType::boolean;
    if (unary_.result == Result::real && !is_floating(y.dtype)) y.dtype = DType::float32;
    y.dtype = dtype_.value_or(y.dtype);
    return {y};
  }
  bool has_backward() const override { return unary_.result != Result::boolean; }
  void prepare(Prepare& p) const override {
    if (p.input().dtype == p.output().dtype) p.gradient_in_place();
  }
  void call(Call& c) const override { detail::transform_numbers(c.input(), c.output(), unary_.f); }
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    dispatch_real(b.dx().dtype(), [&]<class T>(T) {
      const T *x = b.input().data<T>(), *y = b.output().data<T>(), *dy = b.dy().data<T>();
      T* dx = b.dx().data<T>();
      const Dim n = b.dx().size();
      for (Dim i = 0; i < n; ++i)
        dx[i] = unary_.df
                    ? static_cast<T>(unary_.df(static_cast<double>(x[i]), static_cast<double>(y[i]))) * dy[i]
                    : T(0);
    });
  }

 private:
  const Unary& unary_;
  std::optional<DType> dtype_;
};

/// Rounding to a number of decimals, halves to even.
class RoundOperation final : public OperationLayer {
 public:
  explicit RoundOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    scale_ =
        std::pow(10.0, static_cast<double>(OperationArguments(call_, "x, decimals").integer("decimals", 0)));
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs[0]};
  }
  void call(Call& c) const override {
    dispatch_number(c.input().dtype(), [&]<class T>(T) {
      const T* x = c.input().data<T>();
      T* y = c.output().data<T>();
      for (Dim i = 0; i < c.output().size(); ++i)
        y[i] = static_cast<T>(std::nearbyint(static_cast<double>(x[i]) * scale_) / scale_);
    });
  }
  void backward(Backward& b) const override {
    if (b.dx()) fill(b.dx(), 0.0);
  }

 private:
  double scale_;
};

/// Every element replaced by one value.
class FillOperation final : public OperationLayer {
 public:
  explicit FillOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments arguments(call_, "x, fill_value");
    value_ = arguments.number("fill_value", 0.0);
    if (const std::string name = arguments.text("dtype", ""); !name.empty()) dtype_ = dtype_from_string(name);
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{spec.inputs[0].shape, dtype_.value_or(spec.inputs[0].dtype)}};
  }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override { fill(c.output(), value_); }
  void backward(Backward& b) const override {
    if (b.dx()) fill(b.dx(), 0.0);
  }

 private:
  double value_;
  std::optional<DType> dtype_;
};

/// y = min(max(x, low), high); the gradient passes at the bounds.
class ClipOperation final : public OperationLayer {
 public:
  explicit ClipOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments arguments(call_, "x, x_min, x_max");
    for (const char* bound : {"x_min", "x_max"})
      if (arguments.tensor(bound) >= 0) raise<NotSupported>("{}: clip with a tensor as {}", label(), bound);
    low_ = arguments.number("x_min", -std::numeric_limits<double>::infinity());
    high_ = arguments.number("x_max", std::numeric_limits<double>::infinity());
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const TensorSpec& x = spec.inputs[0];
    if (is_floating(x.dtype)) return {x};
    const auto whole = [](double bound) { return std::isinf(bound) || bound == std::trunc(bound); };
    if (!whole(low_) || !whole(high_)) return {{x.shape, DType::float32}};
    return {{x.shape, x.dtype == DType::boolean ? DType::int32 : x.dtype}};
  }
  void prepare(Prepare& p) const override { p.backward_reads(true, false); }
  void call(Call& c) const override {
    detail::transform_numbers(c.input(), c.output(),
                              [&](double x) { return std::min(std::max(x, low_), high_); });
  }
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    dispatch_real(b.dx().dtype(), [&]<class T>(T) {
      const T *x = b.input().data<T>(), *dy = b.dy().data<T>();
      T* dx = b.dx().data<T>();
      for (Dim i = 0; i < b.dx().size(); ++i) {
        const auto v = static_cast<double>(x[i]);
        dx[i] = v >= low_ && v <= high_ ? dy[i] : T(0);
      }
    });
  }

 private:
  double low_, high_;
};

/// The functions of `keras.ops.nn`.
class ActivationFunction final : public OperationLayer {
 public:
  ActivationFunction(OperationCall&& call, ActivationFn f)
      : OperationLayer(std::move(call)), f_(std::move(f)) {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{ops::activated_shape(*this, f_, spec.shape()),
             keeps_whole() ? spec.inputs[0].dtype : real_dtype(spec)}};
  }
  bool takes(DType dtype) const override { return is_floating(dtype); }
  void prepare(Prepare& p) const override { ops::prepare_activation(p, f_); }
  void call(Call& c) const override { ops::call_activation(c, f_); }
  void backward(Backward& b) const override { ops::backward_activation(b, f_); }
  Traits traits(const CallSpec&) const override { return ActivationTraits{f_.spec()}; }

 private:
  /// Those that only choose among numbers.
  bool keeps_whole() const {
    const ActivationKind kind = f_.spec().kind;
    return call_.class_name == "Relu" || call_.class_name == "Relu6" || kind == ActivationKind::threshold ||
           kind == ActivationKind::hard_tanh;
  }
  ActivationFn f_;
};

std::shared_ptr<Layer> make_activation(OperationCall&& call) {
  const std::string function = snake_case(call.class_name);
  ActivationSpec spec =
      activation_by_name(function).value_or(ActivationSpec{.kind = ActivationKind::threshold});
  const OperationArguments arguments(call, "x");
  if (call.class_name == "Gelu" && !arguments.boolean("approximate", true))
    spec = *activation_by_name("gelu");
  if (call.class_name == "Gelu" && arguments.boolean("approximate", true))
    spec.kind = ActivationKind::gelu_tanh;
  for (const char* name : {"negative_slope", "alpha", "b", "threshold"})
    spec.a = arguments.number(name, spec.a);
  spec.b = arguments.number("default_value", spec.b);
  spec.axis = static_cast<int>(arguments.integer("axis", spec.axis));
  return make_object<Layer, ActivationFunction>(std::move(call), ActivationFn(spec));
}

std::shared_ptr<Layer> make_unary(OperationCall&& call) {
  const auto entry = std::find_if(std::begin(unaries), std::end(unaries),
                                  [&](const Unary& e) { return e.name == call.class_name; });
  return make_object<Layer, UnaryOperation>(std::move(call), *entry);
}
}  // namespace

void detail::add_unary_operations(OperationTable& table) {
  for (const Unary& entry : unaries) table.emplace_back(entry.name, &make_unary);
  table.emplace_back("Clip", &make_plain<ClipOperation>);
  table.emplace_back("Round", &make_plain<RoundOperation>);
  table.emplace_back("FullLike", &make_plain<FillOperation>);
  for (const char* name :
       {"Relu",          "Relu6",     "Sigmoid",     "Tanh",       "Softplus",   "Softsign",   "Silu",
        "LogSigmoid",    "LeakyRelu", "HardSigmoid", "HardSilu",   "Elu",        "Selu",       "Celu",
        "Gelu",          "Glu",       "Softmax",     "LogSoftmax", "SparsePlus", "Squareplus", "HardTanh",
        "SparseSigmoid", "Threshold", "TanhShrink",  "SoftShrink", "HardShrink", "Sparsemax"})
    table.emplace_back(name, &make_activation);
}

}  // namespace rhyton
