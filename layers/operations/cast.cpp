// Conversions to another type. Types that are held in wider ones are rounded, or wrap around, as in their
// own.
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "layers/operations/operation_layer.hpp"
#include "layers/operations/promotion.hpp"

namespace rhyton {

namespace {

/// What tells a type from the one that holds it: the bits of a whole number, or a real number's bits of
/// fraction, its least exponent and its largest number.
struct Narrow {
  const char* name;
  int bits = 0;
  bool is_signed = false;
  int fraction = 0, least_exponent = 0;
  double largest = 0.0;
};
constexpr Narrow narrow_types[] = {{"int8", 8, true},
                                   {"int16", 16, true},
                                   {"uint16", 16, false},
                                   {"uint32", 32, false},
                                   {"float16", 0, true, 10, -14, 65504.0},
                                   {"bfloat16", 0, true, 7, -126, 3.3895313892515355e38}};

const Narrow* narrow_type(const std::string& name) {
  const auto* found = std::find_if(std::begin(narrow_types), std::end(narrow_types),
                                   [&](const Narrow& n) { return n.name == name; });
  return found == std::end(narrow_types) ? nullptr : found;
}

double low_of(const Narrow& type) { return type.is_signed ? -std::ldexp(1.0, type.bits - 1) : 0.0; }
double high_of(const Narrow& type) { return std::ldexp(1.0, type.bits - (type.is_signed ? 1 : 0)) - 1.0; }

/// The nearest number of the type, halves to even; whole numbers keep their lowest bits.
double narrowed(const Narrow& type, double x) {
  if (!std::isfinite(x)) return x;
  if (type.bits > 0) {
    const double range = std::ldexp(1.0, type.bits), low = low_of(type);
    const double rest = std::fmod(std::trunc(x) - low, range);
    return rest + low + (rest < 0 ? range : 0.0);
  }
  if (x == 0.0) return x;
  const int exponent = std::max(std::ilogb(x), type.least_exponent);
  const double step = std::ldexp(1.0, exponent - type.fraction);
  const double y = std::nearbyint(x / step) * step;
  return std::abs(y) > type.largest ? std::copysign(std::numeric_limits<double>::infinity(), x) : y;
}

/// y = x in another type; gradients pass between real types. SaturateCast stops at the type's ends.
class CastOperation final : public OperationLayer {
 public:
  explicit CastOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const std::string name = OperationArguments(call_, "x, dtype").text("dtype", "float32");
    saturates_ = call_.class_name == "SaturateCast";
    dtype_ = dtype_from_string(name);
    narrow_ = narrow_type(name);
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{spec.inputs[0].shape, dtype_}};
  }
  void prepare(Prepare& p) const override {
    p.backward_reads(false, false);
    if (!narrow_ && p.input().dtype == p.output().dtype) p.alias();
  }
  void call(Call& c) const override {
    if (!saturates_ && !narrow_) return copy(c.input(), c.output());
    double low = 0.0, high = 0.0;
    dispatch_number(c.output().dtype(), [&]<class Y>(Y) { std::tie(low, high) = ends<Y>(); });
    detail::transform_numbers(c.input(), c.output(), [&](double value) {
      if (saturates_) value = std::clamp(value, low, high);
      return narrow_ ? narrowed(*narrow_, value) : value;
    });
  }
  void backward(Backward& b) const override {
    if (b.dx()) copy(b.dy(), b.dx());
  }

 private:
  template <class Y>
  std::pair<double, double> ends() const {
    if (!narrow_)
      return {static_cast<double>(std::numeric_limits<Y>::lowest()),
              static_cast<double>(std::numeric_limits<Y>::max())};
    if (narrow_->bits > 0) return {low_of(*narrow_), high_of(*narrow_)};
    return {-narrow_->largest, narrow_->largest};
  }
  DType dtype_;
  bool saturates_ = false;
  const Narrow* narrow_ = nullptr;
};

}  // namespace

void detail::add_casts(OperationTable& table) {
  for (const char* name : {"Cast", "SaturateCast"}) table.emplace_back(name, &make_plain<CastOperation>);
}

}  // namespace rhyton
