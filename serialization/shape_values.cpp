#include "serialization/shape_values.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "serialization/limits.hpp"

namespace rhyton {

namespace {

using Kind = ShapeValue::Kind;
using Values = std::optional<std::vector<ShapeValue>>;

/// Open numbers of one dimension are equal, whatever they are.
bool same(const ShapeNumber& a, const ShapeNumber& b) { return a.known == b.known && a.value == b.value; }

/// Whole numbers that a double holds, and real ones that are numbers.
bool in_range(const ShapeNumber& number, Kind kind) {
  constexpr double largest = 9007199254740992.0;
  if (!number.known) return true;
  return kind == Kind::real ? std::isfinite(number.value)
                            : std::abs(number.value) <= largest && number.value == std::floor(number.value);
}

ShapeValue scalar(ShapeNumber number, Kind kind) { return {kind, Shape{}, {std::move(number)}}; }
ShapeValue row(std::vector<ShapeNumber> numbers, Kind kind) {
  return {kind, Shape{static_cast<Dim>(numbers.size())}, std::move(numbers)};
}

/// The arguments of one call.
struct Arguments {
  const Json &args, &kwargs;
  const std::vector<const ShapeValue*>& inputs;

  std::optional<ShapeValue> first() const {
    return args.empty() ? std::nullopt : shape_value(args[0], inputs);
  }
  std::optional<ShapeValue> named(const char* name) const {
    const auto found = kwargs.find(name);
    return found == kwargs.end() || found->is_null() ? std::nullopt : shape_value(*found, inputs);
  }
  /// A known whole number; the fallback if it is not given, nothing if it is something else.
  std::optional<std::int64_t> integer(const char* name, std::int64_t fallback) const {
    const auto found = kwargs.find(name);
    if (found == kwargs.end() || found->is_null()) return fallback;
    const auto value = shape_value(*found, inputs);
    return value ? whole(*value) : std::nullopt;
  }
  static std::optional<std::int64_t> whole(const ShapeValue& value) {
    if (value.numbers.size() != 1 || value.kind != Kind::whole || !value.known()) return std::nullopt;
    return static_cast<std::int64_t>(value.numbers[0].value);
  }
  std::string text(const char* name) const {
    const auto found = kwargs.find(name);
    return found != kwargs.end() && found->is_string() ? found->get<std::string>() : std::string();
  }
  /// Whether all that is given has one of these names, or says nothing.
  bool only(std::initializer_list<const char*> names) const {
    for (const auto& [key, value] : kwargs.items())
      if (key != "name" && !value.is_null() && value != false && value != "" &&
          std::find_if(names.begin(), names.end(), [&key = key](const char* n) { return key == n; }) ==
              names.end())
        return false;
    return true;
  }
};

std::optional<Kind> kind_of(const std::string& dtype) {
  if (dtype == "int32" || dtype == "int64") return Kind::whole;
  if (dtype == "float32" || dtype == "float64") return Kind::real;
  return std::nullopt;
}

Values one(std::optional<ShapeValue> value) {
  if (!value) return std::nullopt;
  for (const ShapeNumber& number : value->numbers)
    if (!in_range(number, value->kind)) return std::nullopt;
  return std::vector<ShapeValue>{std::move(*value)};
}

Values item(const Arguments& a) {
  const auto x = a.first();
  const auto found = a.kwargs.find("slice_spec");
  if (!x || x->shape.rank() != 1 || found == a.kwargs.end() || !a.only({"slice_spec"})) return std::nullopt;
  const Json& key = found->is_array() && found->size() == 1 ? (*found)[0] : *found;
  const auto size = static_cast<std::int64_t>(x->numbers.size());
  if (key.is_number_integer()) {
    const std::int64_t at = key.get<std::int64_t>() + (key.get<std::int64_t>() < 0 ? size : 0);
    if (at < 0 || at >= size) return std::nullopt;
    return one(scalar(x->numbers[static_cast<std::size_t>(at)], x->kind));
  }
  if (!key.is_object() || !key.contains("start")) return std::nullopt;
  const auto bound = [&](const char* name, std::int64_t fallback) -> std::optional<std::int64_t> {
    if (!key.contains(name) || key[name].is_null()) return fallback;
    const auto value = shape_value(key[name], a.inputs);
    const auto number = value ? Arguments::whole(*value) : std::nullopt;
    if (!number) return std::nullopt;
    return std::clamp<std::int64_t>(*number < 0 ? *number + size : *number, 0, size);
  };
  const auto start = bound("start", 0), stop = bound("stop", size);
  if (!start || !stop || !(key["step"].is_null() || key["step"] == 1)) return std::nullopt;
  std::vector<ShapeNumber> numbers;
  for (std::int64_t i = *start; i < *stop; ++i) numbers.push_back(x->numbers[static_cast<std::size_t>(i)]);
  return one(row(std::move(numbers), x->kind));
}

/// Arrays of one axis, and numbers beside them, in one row.
Values join(const Arguments& a, bool stack) {
  if (a.integer("axis", 0) != 0 || !a.only({"axis"})) return std::nullopt;
  const Json list = a.args.size() == 1 && a.args[0].is_array() ? a.args[0] : a.args;
  std::vector<ShapeNumber> numbers;
  std::optional<Kind> kind;
  for (const Json& part : list) {
    const auto value = shape_value(part, a.inputs);
    if (!value || value->shape.rank() != (stack ? 0 : 1)) return std::nullopt;
    if (value->numbers.empty()) continue;
    if (kind && *kind != value->kind) return std::nullopt;
    kind = value->kind;
    numbers.insert(numbers.end(), value->numbers.begin(), value->numbers.end());
  }
  return one(row(std::move(numbers), kind.value_or(Kind::whole)));
}

Values unstack(const Arguments& a) {
  const auto x = a.first();
  if (!x || x->shape.rank() != 1 || a.integer("axis", 0) != 0 || !a.only({"axis", "num"}))
    return std::nullopt;
  std::vector<ShapeValue> out;
  for (const ShapeNumber& number : x->numbers) out.push_back(scalar(number, x->kind));
  return out;
}

Values convert(const Arguments& a) {
  auto x = a.args.size() > 1 ? shape_value(a.args, a.inputs) : a.first();
  if (!x || !a.only({"dtype", "dtype_hint"})) return std::nullopt;
  if (a.text("dtype").empty()) return one(std::move(x));
  const auto kind = kind_of(a.text("dtype"));
  if (!kind) return std::nullopt;
  for (ShapeNumber& number : x->numbers) {
    if (*kind == Kind::whole && x->kind == Kind::real) {
      number.value = std::trunc(number.value);
      number.of = {};
    }
  }
  x->kind = *kind;
  return one(std::move(x));
}

Values range(const Arguments& a) {
  if (!a.only({"limit", "delta", "dtype"})) return std::nullopt;
  const auto first = a.first();
  auto start = first ? Arguments::whole(*first) : std::nullopt;
  auto stop = start;
  if (const auto limit = a.kwargs.find("limit"); limit != a.kwargs.end() && !limit->is_null())
    stop = a.integer("limit", 0);
  else
    start = 0;
  const auto step = a.integer("delta", 1);
  const auto kind = a.text("dtype").empty() ? Kind::whole : kind_of(a.text("dtype"));
  constexpr std::int64_t longest = 1'000'000;
  if (!start || !stop || !step || !kind || *step == 0 || std::abs(*start) > longest ||
      std::abs(*stop) > longest)
    return std::nullopt;
  std::vector<ShapeNumber> numbers;
  for (std::int64_t i = *start; *step > 0 ? i < *stop : i > *stop; i += *step)
    numbers.push_back({static_cast<double>(i)});
  return one(row(std::move(numbers), *kind));
}

Values reduce(const Arguments& a, double start, double (*f)(double, double)) {
  const auto x = a.first();
  if (!x || x->shape.rank() != 1 || !a.only({"axis"})) return std::nullopt;
  if (const Json axis = a.kwargs.value("axis", Json());
      !axis.is_null() && axis != 0 && axis != Json::array({0}))
    return std::nullopt;
  ShapeNumber out{start};
  for (const ShapeNumber& number : x->numbers) {
    out.value = f(out.value, number.value);
    out.known = out.known && number.known;
  }
  return one(scalar(std::move(out), x->kind));
}

using Unary = double (*)(double);
const std::map<std::string, Unary>& unary_functions() {
  static const std::map<std::string, Unary> functions = {
      {"math.sqrt", [](double x) { return std::sqrt(x); }},
      {"math.rsqrt", [](double x) { return 1 / std::sqrt(x); }},
      {"math.log", [](double x) { return std::log(x); }},
      {"math.reciprocal", [](double x) { return 1 / x; }},
      {"math.negative", [](double x) { return -x; }},
      {"math.square", [](double x) { return x * x; }},
      {"math.ceil", [](double x) { return std::ceil(x); }},
      {"math.floor", [](double x) { return std::floor(x); }},
      {"ones_like", [](double) { return 1.0; }},
      {"zeros_like", [](double) { return 0.0; }},
  };
  return functions;
}

Values unary(const Arguments& a, const std::string& function, Unary f) {
  auto x = a.first();
  if (!x || !a.only({}) || x->kind == Kind::truth) return std::nullopt;
  const bool constant = function.ends_with("_like");
  if (!constant && function != "math.negative" && function != "math.square" && x->kind != Kind::real)
    return std::nullopt;
  for (ShapeNumber& number : x->numbers) number = {f(number.value), number.known || constant};
  return one(std::move(x));
}

struct Binary {
  double (*f)(double, double);
  bool comparison = false;
};
const std::map<std::string, Binary>& binary_functions() {
  static const Binary add{[](double a, double b) { return a + b; }};
  static const Binary divide{[](double a, double b) { return a / b; }};
  static const Binary floor_divide{[](double a, double b) { return std::floor(a / b); }};
  static const Binary modulo{[](double a, double b) { return a - b * std::floor(a / b); }};
  static const std::map<std::string, Binary> functions = {
      {"math.add", add},
      {"__operators__.add", add},
      {"math.subtract", {[](double a, double b) { return a - b; }}},
      {"math.multiply", {[](double a, double b) { return a * b; }}},
      {"math.truediv", divide},
      {"math.divide", divide},
      {"math.floordiv", floor_divide},
      {"compat.v1.floor_div", floor_divide},
      {"math.floormod", modulo},
      {"math.pow", {[](double a, double b) { return std::pow(a, b); }}},
      {"math.maximum", {[](double a, double b) { return std::max(a, b); }}},
      {"math.minimum", {[](double a, double b) { return std::min(a, b); }}},
      {"math.greater", {[](double a, double b) { return a > b ? 1.0 : 0.0; }, true}},
      {"math.less", {[](double a, double b) { return a < b ? 1.0 : 0.0; }, true}},
      {"math.equal", {[](double a, double b) { return a == b ? 1.0 : 0.0; }, true}},
  };
  return functions;
}

Values binary(const Arguments& a, const std::string& function, const Binary& binary) {
  auto x = a.first(), y = a.named("y");
  if (!x || !y || !a.only({"y"}) || x->kind == Kind::truth || y->kind == Kind::truth) return std::nullopt;
  if (x->kind != y->kind) {
    // A number of Python's takes the other's kind.
    if (x->kind == Kind::whole && !a.args[0].is_number()) return std::nullopt;
    if (y->kind == Kind::whole && !a.kwargs["y"].is_number()) return std::nullopt;
  }
  if (x->shape.rank() == 0 && y->shape.rank() > 0) {
    x->numbers.assign(y->numbers.size(), x->numbers[0]);
    x->shape = y->shape;
  }
  if (y->shape.rank() == 0 && x->shape.rank() > 0) {
    y->numbers.assign(x->numbers.size(), y->numbers[0]);
    y->shape = x->shape;
  }
  if (x->shape != y->shape) return std::nullopt;
  const bool real = x->kind == Kind::real || y->kind == Kind::real ||
                    ((function == "math.truediv" || function == "math.divide") && !binary.comparison);
  ShapeValue out{binary.comparison ? Kind::truth : real ? Kind::real : Kind::whole, x->shape, {}};
  for (std::size_t i = 0; i < x->numbers.size(); ++i) {
    const ShapeNumber &p = x->numbers[i], &q = y->numbers[i];
    // One dimension less itself is nothing, even if it is open.
    const bool difference = binary.comparison || function == "math.subtract";
    const double value = binary.f(p.value, q.value);
    out.numbers.push_back({value, (p.known && q.known) || (difference && same(p, q))});
  }
  return one(std::move(out));
}

Values choose(const Arguments& a) {
  const auto condition = a.first(), x = a.named("x"), y = a.named("y");
  if (!condition || !x || !y || !a.only({"x", "y"}) || condition->shape != x->shape || x->shape != y->shape ||
      x->kind != y->kind || !condition->known())
    return std::nullopt;
  ShapeValue out = *y;
  for (std::size_t i = 0; i < out.numbers.size(); ++i)
    if (condition->numbers[i].value != 0) out.numbers[i] = x->numbers[i];
  return one(std::move(out));
}

/// Constants of a shape.
Values filled(const Arguments& a, double number, Kind kind) {
  const auto shape = a.args.size() > 1 ? shape_value(a.args, a.inputs) : a.first();
  if (!shape || shape->shape.rank() > 1 || shape->kind != Kind::whole || !shape->known()) return std::nullopt;
  constexpr double largest = 1'000'000;
  double size = 1;
  ShapeValue out{kind, {}, {}};
  for (const ShapeNumber& n : shape->numbers) {
    size *= n.value;
    if (n.value < 0 || size > largest) return std::nullopt;
    out.shape.push_back(static_cast<Dim>(n.value));
  }
  out.numbers.assign(static_cast<std::size_t>(size), {number});
  return one(std::move(out));
}

Values zeros_or_ones(const Arguments& a, double number) {
  const auto kind = a.text("dtype").empty() ? Kind::real : kind_of(a.text("dtype"));
  return kind && a.only({"dtype"}) ? filled(a, number, *kind) : std::nullopt;
}

Values fill(const Arguments& a) {
  const auto value = a.named("value");
  if (!value || value->numbers.size() != 1 || !value->known() || !a.only({"value"})) return std::nullopt;
  return filled(a, value->numbers[0].value, value->kind);
}

Json nested(const ShapeValue& value, int axis, std::size_t& at) {
  if (axis == value.shape.rank()) {
    const ShapeNumber& number = value.numbers[at++];
    if (!number.known) return nullptr;
    if (value.kind == Kind::real) return number.value;
    return value.kind == Kind::truth ? Json(number.value != 0)
                                     : Json(static_cast<std::int64_t>(number.value));
  }
  Json list = Json::array();
  for (Dim i = 0; i < value.shape[axis]; ++i) list.push_back(nested(value, axis + 1, at));
  return list;
}

}  // namespace

bool ShapeValue::known() const {
  return std::all_of(numbers.begin(), numbers.end(), [](const ShapeNumber& n) { return n.known; });
}

Json ShapeValue::json() const {
  std::size_t at = 0;
  return nested(*this, 0, at);
}

std::optional<ShapeValue> shape_value(const Json& argument, const std::vector<const ShapeValue*>& inputs) {
  if (argument.is_object()) {
    const auto number = argument.find("$");
    if (number == argument.end()) return std::nullopt;
    const auto* value = inputs.at(number->get<std::size_t>());
    return value == nullptr ? std::nullopt : std::optional(*value);
  }
  if (argument.is_boolean()) return scalar({argument.get<bool>() ? 1.0 : 0.0}, Kind::truth);
  if (argument.is_number()) {
    ShapeNumber number{argument.get<double>()};
    const Kind kind = argument.is_number_integer() ? Kind::whole : Kind::real;
    if (!in_range(number, kind)) return std::nullopt;
    return scalar(std::move(number), kind);
  }
  if (!argument.is_array()) return std::nullopt;
  ShapeValue out{Kind::whole, Shape{static_cast<Dim>(argument.size())}, {}};
  for (std::size_t i = 0; i < argument.size(); ++i) {
    const auto part = shape_value(argument[i], inputs);
    if (!part || part->shape.rank() > 8) return std::nullopt;
    if (i == 0) {
      out.kind = part->kind;
      out.shape = out.shape.concat(part->shape);
    }
    if (part->kind != out.kind || part->shape != out.shape.from(1)) return std::nullopt;
    out.numbers.insert(out.numbers.end(), part->numbers.begin(), part->numbers.end());
  }
  return out;
}

DType value_type(Kind kind) {
  return kind == Kind::real ? DType::float32 : kind == Kind::whole ? DType::int32 : DType::boolean;
}

bool gives_shapes(const std::string& function) {
  for (const char* name :
       {"compat.v1.shape", "shape", "compat.v1.size", "size", "rank", "range", "zeros", "ones", "fill"})
    if (function == name) return true;
  return false;
}

Values shape_function(const std::string& function, const Json& args, const Json& kwargs,
                      const std::vector<const ShapeValue*>& inputs) {
  const Arguments a{args, kwargs, inputs};
  if (function == "__operators__.getitem") return item(a);
  if (function == "concat") return join(a, false);
  if (function == "stack") return join(a, true);
  if (function == "unstack") return unstack(a);
  if (function == "cast" || function == "convert_to_tensor" || function == "identity") return convert(a);
  if (function == "range") return range(a);
  if (function == "where") return choose(a);
  if (function == "zeros") return zeros_or_ones(a, 0);
  if (function == "ones") return zeros_or_ones(a, 1);
  if (function == "fill") return fill(a);
  if (function == "math.reduce_prod") return reduce(a, 1, [](double x, double y) { return x * y; });
  if (function == "math.reduce_sum") return reduce(a, 0, [](double x, double y) { return x + y; });
  if (const auto found = unary_functions().find(function); found != unary_functions().end())
    return unary(a, function, found->second);
  if (const auto found = binary_functions().find(function); found != binary_functions().end())
    return binary(a, function, found->second);
  return std::nullopt;
}

}  // namespace rhyton
