// Arithmetic, comparison and logic between tensors, or a tensor and a constant, with NumPy's broadcasting.
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "layers/operations/constant.hpp"
#include "layers/operations/operation_layer.hpp"
#include "layers/operations/promotion.hpp"
#include "layers/operations/strides.hpp"
#include "nn/kernels/broadcast.hpp"

namespace rhyton {

namespace {

using detail::promoted;
using detail::Reader;

/// f(a, b) and its two derivatives from a, b and y = f(a, b); null derivatives are zero.
struct Binary {
  const char* name;
  double (*f)(double a, double b);
  double (*da)(double a, double b, double y) = nullptr;
  double (*db)(double a, double b, double y) = nullptr;
  bool boolean = false, real = false;
};

/// The operations that have a kernel, for operands and result of one real type.
std::optional<BinaryOp> kernel_of(std::string_view name) {
  if (name == "Add") return BinaryOp::add;
  if (name == "Subtract") return BinaryOp::subtract;
  if (name == "Multiply") return BinaryOp::multiply;
  return std::nullopt;
}

/// The shape with ones before it.
Shape lifted(const Shape& shape, int rank) {
  Shape out;
  for (int i = shape.rank(); i < rank; ++i) out.push_back(1);
  return out.concat(shape);
}

std::int64_t whole(double x) { return static_cast<std::int64_t>(x); }
double one(double, double, double) { return 1.0; }

const Binary binaries[] = {
    {"Add", [](double a, double b) { return a + b; }, one, one},
    {"Subtract", [](double a, double b) { return a - b; }, one, [](double, double, double) { return -1.0; }},
    {"Multiply", [](double a, double b) { return a * b; }, [](double, double b, double) { return b; },
     [](double a, double, double) { return a; }},
    {"TrueDivide", [](double a, double b) { return a / b; }, [](double, double b, double) { return 1 / b; },
     [](double, double b, double y) { return -y / b; }, false, true},
    {"Divide", [](double a, double b) { return a / b; }, [](double, double b, double) { return 1 / b; },
     [](double, double b, double y) { return -y / b; }, false, true},
    {"DivideNoNan", [](double a, double b) { return b == 0 ? 0.0 : a / b; },
     [](double, double b, double) { return b == 0 ? 0.0 : 1 / b; },
     [](double, double b, double y) { return b == 0 ? 0.0 : -y / b; }, false, true},
    {"FloorDivide", [](double a, double b) { return std::floor(a / b); }},
    {"Mod", [](double a, double b) { return a - std::floor(a / b) * b; }, one,
     [](double a, double b, double) { return -std::floor(a / b); }},
    {"Power", [](double a, double b) { return std::pow(a, b); },
     [](double a, double b, double) { return b == 0 ? 0.0 : b * std::pow(a, b - 1); },
     [](double a, double, double y) { return a > 0 ? y * std::log(a) : 0.0; }},
    {"Maximum", [](double a, double b) { return a >= b ? a : b; },
     [](double a, double b, double) { return a >= b ? 1.0 : 0.0; },
     [](double a, double b, double) { return a >= b ? 0.0 : 1.0; }},
    {"Minimum", [](double a, double b) { return a <= b ? a : b; },
     [](double a, double b, double) { return a <= b ? 1.0 : 0.0; },
     [](double a, double b, double) { return a <= b ? 0.0 : 1.0; }},
    {"Fmax", [](double a, double b) { return std::fmax(a, b); },
     [](double a, double b, double) { return a >= b || std::isnan(b) ? 1.0 : 0.0; },
     [](double a, double b, double) { return a >= b || std::isnan(b) ? 0.0 : 1.0; }},
    {"Fmin", [](double a, double b) { return std::fmin(a, b); },
     [](double a, double b, double) { return a <= b || std::isnan(b) ? 1.0 : 0.0; },
     [](double a, double b, double) { return a <= b || std::isnan(b) ? 0.0 : 1.0; }},
    {"Fmod", [](double a, double b) { return std::fmod(a, b); }, one,
     [](double a, double b, double) { return -std::trunc(a / b); }},
    {"Hypot", [](double a, double b) { return std::hypot(a, b); },
     [](double a, double, double y) { return y > 0 ? a / y : 0.0; },
     [](double, double b, double y) { return y > 0 ? b / y : 0.0; }, false, true},
    {"Logaddexp", [](double a, double b) { return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b))); },
     [](double a, double, double y) { return std::exp(a - y); },
     [](double, double b, double y) { return std::exp(b - y); }, false, true},
    {"Logaddexp2",
     [](double a, double b) { return std::max(a, b) + std::log2(1.0 + std::exp2(-std::abs(a - b))); },
     [](double a, double, double y) { return std::exp2(a - y); },
     [](double, double b, double y) { return std::exp2(b - y); }, false, true},
    {"Ldexp", [](double a, double b) { return a * std::exp2(b); },
     [](double, double b, double) { return std::exp2(b); }, nullptr, false, true},
    {"Heaviside", [](double a, double b) { return a < 0   ? 0.0
                                                  : a > 0 ? 1.0
                                                          : b; }, nullptr, nullptr, false,
     true},
    {"BitwiseAnd", [](double a, double b) { return double(whole(a) & whole(b)); }},
    {"BitwiseOr", [](double a, double b) { return double(whole(a) | whole(b)); }},
    {"BitwiseXor", [](double a, double b) { return double(whole(a) ^ whole(b)); }},
    {"BitwiseLeftShift", [](double a, double b) { return double(whole(a) << whole(b)); }},
    {"LeftShift", [](double a, double b) { return double(whole(a) << whole(b)); }},
    {"BitwiseRightShift", [](double a, double b) { return double(whole(a) >> whole(b)); }},
    {"RightShift", [](double a, double b) { return double(whole(a) >> whole(b)); }},
    {"Gcd", [](double a, double b) { return double(std::gcd(whole(a), whole(b))); }},
    {"Lcm", [](double a, double b) { return double(std::lcm(whole(a), whole(b))); }},
    {"SquaredDifference", [](double a, double b) { return (a - b) * (a - b); },
     [](double a, double b, double) { return 2 * (a - b); },
     [](double a, double b, double) { return 2 * (b - a); }},
    {"Arctan2", [](double a, double b) { return std::atan2(a, b); },
     [](double a, double b, double) { return b / (a * a + b * b); },
     [](double a, double b, double) { return -a / (a * a + b * b); }, false, true},
    {"Equal", [](double a, double b) { return double(a == b); }, nullptr, nullptr, true},
    {"NotEqual", [](double a, double b) { return double(a != b); }, nullptr, nullptr, true},
    {"Greater", [](double a, double b) { return double(a > b); }, nullptr, nullptr, true},
    {"GreaterEqual", [](double a, double b) { return double(a >= b); }, nullptr, nullptr, true},
    {"Less", [](double a, double b) { return double(a < b); }, nullptr, nullptr, true},
    {"LessEqual", [](double a, double b) { return double(a <= b); }, nullptr, nullptr, true},
    {"LogicalAnd", [](double a, double b) { return double(a != 0 && b != 0); }, nullptr, nullptr, true},
    {"LogicalOr", [](double a, double b) { return double(a != 0 || b != 0); }, nullptr, nullptr, true},
    {"LogicalXor", [](double a, double b) { return double((a != 0) != (b != 0)); }, nullptr, nullptr, true},
};

class BinaryOperation final : public OperationLayer {
 public:
  BinaryOperation(OperationCall&& call, const Binary& binary)
      : OperationLayer(std::move(call)), binary_(binary), kernel_(kernel_of(binary.name)) {
    const OperationArguments arguments(call_, "x1, x2");
    const char* names[] = {"x1", "x2"};
    for (std::size_t i = 0; i < 2; ++i) {
      tensor_[i] = arguments.tensor(names[i]);
      if (tensor_[i] >= 0) continue;
      const Json* json = arguments.find(names[i]);
      if (!json) fail("the operand {} is missing.", names[i]);
      constant_[i] = detail::constant_tensor(*json);
      if (kernel_) real_constant_[i] = constant_[i].cast(DType::float32);
    }
  }

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const TensorSpec a = operand(spec, 0), b = operand(spec, 1);
    DType dtype = promoted(a, b, tensor_[0] < 0, tensor_[1] < 0);
    if (binary_.real && !is_floating(dtype)) dtype = DType::float32;
    if (binary_.boolean) dtype = DType::boolean;
    return {{broadcast(a.shape, b.shape, label()), dtype}};
  }
  bool has_backward() const override { return !binary_.boolean; }

  void call(Call& c) const override {
    const View y = c.output();
    if (takes_kernel(c, y)) return broadcast_binary(*kernel_, real(c, 0, y), real(c, 1, y), y);
    const ConstView a = operand(c, 0), b = operand(c, 1);
    const std::array strides = {detail::broadcast_strides(a.shape(), y.shape()),
                                detail::broadcast_strides(b.shape(), y.shape())};
    const Reader ra(a), rb(b);
    dispatch_number(y.dtype(), [&]<class T>(T) {
      T* out = y.data<T>();
      detail::for_each_broadcast(y.shape(), strides, [&](Dim i, const auto& at) {
        out[i] = detail::number_cast<T>(binary_.f(ra[at[0]], rb[at[1]]));
      });
    });
  }

  void backward(Backward& c) const override {
    if (takes_kernel(c, c.dy()) && tensor_[0] != tensor_[1]) return backward_by_kernel(c);
    const ConstView a = operand(c, 0), b = operand(c, 1), y = c.output();
    const std::array strides = {detail::broadcast_strides(a.shape(), y.shape()),
                                detail::broadcast_strides(b.shape(), y.shape())};
    const Reader ra(a), rb(b);
    for (std::size_t side = 0; side < 2; ++side) {
      const View dx = tensor_[side] >= 0 ? c.dx(tensor_[side]) : View();
      const auto derivative = side == 0 ? binary_.da : binary_.db;
      if (!dx) continue;
      // Both operands may be one tensor; its second gradient comes on top.
      if (side == 0 || tensor_[0] != tensor_[1]) fill(dx, 0.0);
      if (!derivative) continue;
      dispatch_real(dx.dtype(), [&]<class T>(T) {
        const T *dy = c.dy().data<T>(), *out = y.data<T>();
        T* to = dx.data<T>();
        detail::for_each_broadcast(y.shape(), strides, [&](Dim i, const auto& at) {
          to[at[side]] +=
              static_cast<T>(derivative(ra[at[0]], rb[at[1]], static_cast<double>(out[i]))) * dy[i];
        });
      });
    }
  }

  Traits traits(const CallSpec& spec) const override {
    const bool sum = std::string_view(binary_.name) == "Add" && spec.inputs.size() == 2;
    return sum && spec.inputs[0] == spec.inputs[1] ? Traits(AddTraits{}) : Traits();
  }

 private:
  TensorSpec operand(const CallSpec& spec, std::size_t i) const {
    return tensor_[i] < 0 ? TensorSpec{constant_[i].shape(), constant_[i].dtype()}
                          : spec.inputs[static_cast<std::size_t>(tensor_[i])];
  }
  ConstView operand(const StepContext& c, std::size_t i) const {
    return tensor_[i] < 0 ? constant_[i].view() : c.input(tensor_[i]);
  }

  /// True when the kernel computes it: on tensors of y's real type.
  bool takes_kernel(const StepContext& c, ConstView y) const {
    const auto fits = [&](std::size_t i) {
      return tensor_[i] < 0 ? y.dtype() == DType::float32 : c.input(tensor_[i]).dtype() == y.dtype();
    };
    return kernel_ && is_floating(y.dtype()) && fits(0) && fits(1);
  }
  /// An operand of y's type and rank.
  ConstView real(const StepContext& c, std::size_t i, ConstView y) const {
    const ConstView x = tensor_[i] < 0 ? ConstView(real_constant_[i]) : c.input(tensor_[i]);
    return x.reshaped(lifted(x.shape(), y.shape().rank()));
  }

  void backward_by_kernel(Backward& c) const {
    const ConstView dy = c.dy();
    for (std::size_t side = 0; side < 2; ++side) {
      View dx = tensor_[side] >= 0 ? c.dx(tensor_[side]) : View();
      if (!dx) continue;
      dx = dx.reshaped(lifted(dx.shape(), dy.shape().rank()));
      const bool whole = dx.shape() == dy.shape();
      if (kernel_ == BinaryOp::multiply) {
        const ConstView other = real(c, 1 - side, dy);
        whole ? broadcast_binary(BinaryOp::multiply, dy, other, dx) : reduce_product(dy, other, dx);
      } else {
        const double sign = side == 1 && kernel_ == BinaryOp::subtract ? -1.0 : 1.0;
        whole ? broadcast_copy(dy, dx, sign) : reduce_sum(dy, dx, sign);
      }
    }
  }

  const Binary& binary_;
  std::optional<BinaryOp> kernel_;
  std::array<int, 2> tensor_{};
  std::array<Tensor, 2> constant_, real_constant_;
};

std::shared_ptr<Layer> make_binary(OperationCall&& call) {
  const auto entry = std::find_if(std::begin(binaries), std::end(binaries),
                                  [&](const Binary& e) { return e.name == call.class_name; });
  return make_object<Layer, BinaryOperation>(std::move(call), *entry);
}

}  // namespace

void detail::add_binary_operations(OperationTable& table) {
  for (const Binary& entry : binaries) table.emplace_back(entry.name, &make_binary);
}

}  // namespace rhyton
