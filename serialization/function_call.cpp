#include "serialization/function_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "nn/raise.hpp"
#include "serialization/limits.hpp"
#include "serialization/operation_json.hpp"

namespace rhyton {

void FunctionScope::spend(std::uint64_t count) {
  if (count > limits::json_values || (numbers += count) > limits::json_values)
    raise<NotSupported>("more than {} numbers in constants that functions of TensorFlow make.",
                        limits::json_values);
}

FunctionCall::FunctionCall(Source source, std::string first, FunctionScope& scope)
    : source_(std::move(source)), first_(std::move(first)), scope_(scope) {
  // The tensors of a list stand side by side.
  Json& args = source_.args;
  if (!args.empty()) source_.kwargs[first_] = args.size() == 1 ? args[0] : args;
}

const Json* FunctionCall::find(const char* name) const {
  const auto found = source_.kwargs.find(name);
  return found == source_.kwargs.end() || found->is_null() ? nullptr : &*found;
}

bool FunctionCall::has(const char* name) const { return find(name) != nullptr; }

Json FunctionCall::json(const char* name) {
  asked_.insert(name);
  const Json* found = find(name);
  return found ? *found : Json();
}

namespace {
/// The number of the input that this stands for; -1 if it is a constant.
int input_of(const Json& json) { return json.is_object() && json.contains("$") ? json["$"].get<int>() : -1; }
}  // namespace

FunctionCall::Operand FunctionCall::operand(const char* name) {
  const Json found = json(name);
  if (const int i = input_of(found); i >= 0) return source_.inputs.at(static_cast<std::size_t>(i));
  if (found.is_number() || found.is_boolean()) return found;
  const Json array = keras3_array(found);
  if (!array.is_object()) refuse_argument(name, found);
  return array;
}

SymbolicTensor FunctionCall::tensor(const char* name) {
  const int i = input_of(json(name));
  if (i < 0) refuse("a constant for the argument " + std::string(name));
  return source_.inputs.at(static_cast<std::size_t>(i));
}

SymbolicTensors FunctionCall::tensors(const char* name) {
  SymbolicTensors out;
  const Json list = json(name);
  for (const Json& item : list.is_array() ? list : Json::array({list})) {
    const int i = input_of(item);
    if (i < 0) refuse("a constant among the " + std::string(name));
    out.push_back(source_.inputs.at(static_cast<std::size_t>(i)));
  }
  return out;
}

std::int64_t FunctionCall::integer(const char* name) {
  const Json found = json(name);
  if (!found.is_number_integer()) refuse_argument(name, found);
  return found.get<std::int64_t>();
}
double FunctionCall::number(const char* name, double fallback) {
  const Json found = json(name);
  if (found.is_null()) return fallback;
  if (!found.is_number()) refuse_argument(name, found);
  return found.get<double>();
}
bool FunctionCall::flag(const char* name, bool fallback) {
  const Json found = json(name);
  if (found.is_null()) return fallback;
  if (!found.is_boolean()) refuse_argument(name, found);
  return found.get<bool>();
}
std::string FunctionCall::text(const char* name, std::string_view fallback) {
  const Json found = json(name);
  if (found.is_null()) return std::string(fallback);
  if (!found.is_string()) refuse_argument(name, found);
  return found.get<std::string>();
}
int FunctionCall::axis(const char* name, int fallback) {
  const std::int64_t found = integer(name, fallback);
  if (std::abs(found) > Shape::max_rank + 1) refuse(fmt::format("{}={}", name, found));
  return static_cast<int>(found);
}
std::vector<std::int64_t> FunctionCall::integers(const char* name) {
  const Json found = json(name);
  std::vector<std::int64_t> out;
  for (const Json& item : found.is_array() ? found : Json::array({found})) {
    if (!item.is_number_integer()) refuse_argument(name, found);
    out.push_back(item.get<std::int64_t>());
  }
  return out;
}

Json FunctionCall::widths(const char* name) {
  const Json found = json(name);
  const auto rank = static_cast<std::size_t>(tensor(first_.c_str()).shape().rank());
  constexpr std::int64_t largest = 1 << 20;
  const auto fits = [](const Json& pair) {
    return pair.is_array() && pair.size() == 2 && std::all_of(pair.begin(), pair.end(), [](const Json& n) {
             return n.is_number_integer() && n.get<std::int64_t>() >= 0 && n.get<std::int64_t>() <= largest;
           });
  };
  if (!found.is_array() || found.size() != rank || !std::all_of(found.begin(), found.end(), fits))
    refuse_argument(name, found);
  return found;
}

SymbolicTensor FunctionCall::constant(const Json& value, const SymbolicTensor& like) {
  const Json array = keras3_array(value);
  if (!array.is_object() || like.dtype() == DType::string) refuse("such a constant");
  const DType dtype = dtype_from_string(array["config"]["dtype"].get<std::string>());
  return call("Add", {zero(dtype, like), array});
}

SymbolicTensor FunctionCall::zero(DType dtype, const SymbolicTensor& like) {
  return cast(call("ZerosLike", {reduce("Sum", like, nullptr, false)}), dtype);
}

std::string FunctionCall::step_name() {
  std::string name;
  while (name.empty() || !scope_.names.insert(name).second)
    name = fmt::format("{}_step{}", source_.layer, ++steps_);
  return name;
}

SymbolicTensor FunctionCall::note(SymbolicTensor x) {
  layers_.push_back(x.node()->layer);
  return x;
}

SymbolicTensor FunctionCall::made(const char* operation, const std::string& name, Operands given,
                                  Json config) {
  std::vector<Operand> operands = given;
  for (Operand& operand : operands)
    if (!operand.tensor && std::string_view(operation) != "Take")
      operand.constant = keras3_array(operand.constant);
  return note(detail::call_operation({operation, keras3_module(operation), name,
                                      std::make_shared<const Json>(std::move(config)), nullptr, nullptr},
                                     operands));
}

SymbolicTensor FunctionCall::call(const char* operation, Operands operands, Json config) {
  return made(operation, step_name(), operands, std::move(config));
}
SymbolicTensor FunctionCall::call(const char* operation, Operands operands) {
  return call(operation, operands, Json::object());
}
SymbolicTensor FunctionCall::result(const char* operation, Operands operands, Json config) {
  return made(operation, source_.layer, operands, std::move(config));
}
SymbolicTensor FunctionCall::result(const char* operation, Operands operands) {
  return result(operation, operands, Json::object());
}

SymbolicTensor FunctionCall::joined(const char* operation, const SymbolicTensors& list, Json config) {
  return note(detail::call_operation({operation, keras3_module(operation), source_.layer,
                                      std::make_shared<const Json>(std::move(config)), nullptr, nullptr},
                                     list));
}

SymbolicTensor FunctionCall::layer(const char* class_name, const SymbolicTensor& x, Json config) {
  config["name"] = source_.layer;
  return note(LayerRef(Registry<Layer>::global().make(class_name, config))(x));
}

SymbolicTensor FunctionCall::reduce(const char* operation, const SymbolicTensor& x, Json axis,
                                    bool keepdims) {
  return call(operation, {x}, {{"axis", std::move(axis)}, {"keepdims", keepdims}});
}

SymbolicTensor FunctionCall::cast(const SymbolicTensor& x, DType dtype) {
  return x.dtype() == dtype ? x : call("Cast", {x}, {{"dtype", std::string(to_string(dtype))}});
}

SymbolicTensor FunctionCall::sliced(const SymbolicTensor& x, const std::vector<Part>& parts, bool last) {
  Json key = Json::array();
  for (int i = 0; i < x.shape().rank(); ++i) {
    Json slice = {{"start", nullptr}, {"stop", nullptr}, {"step", nullptr}};
    for (const Part& part : parts)
      if (part.axis == i) {
        slice["start"] = part.start;
        slice["stop"] = part.stop;
      }
    key.push_back({{"class_name", "__slice__"}, {"config", slice}});
  }
  return last ? result("GetItem", {x, Operand(key)}) : call("GetItem", {x, Operand(key)});
}

Dim FunctionCall::size(const SymbolicTensor& x, int axis) const {
  const int rank = x.shape().rank();
  if (axis < -rank || axis >= rank) refuse("a tensor of shape " + to_string(x.shape()));
  const Dim d = x.shape()[axis];
  if (d < 0) refuse(fmt::format("an axis {} whose size the file leaves open", axis));
  return d;
}

void FunctionCall::spend(Dim rows, Dim columns) const {
  std::uint64_t count = 0;
  if (rows < 0 || columns < 0 ||
      __builtin_mul_overflow(static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns), &count))
    refuse("so large a constant");
  scope_.spend(count);
}

void FunctionCall::refuse(std::string_view what) const {
  raise<NotSupported>("the operation tf.{} ('{}') with {}", source_.function, source_.layer, what);
}

void FunctionCall::refuse_argument(std::string_view name, const Json& value) const {
  refuse(fmt::format("the argument {}={}", name, value.dump().substr(0, 100)));
}

void FunctionCall::finish() const {
  for (const auto& [key, value] : source_.kwargs.items())
    if (asked_.count(key) == 0 && !is_idle_argument(key, value)) refuse_argument(key, value);
}

const ExpandedFunction* find_expanded_function(const std::string& name) {
  static const std::map<std::string, ExpandedFunction> functions = [] {
    std::map<std::string, ExpandedFunction> all;
    for (const auto* table :
         {&detail::array_expansions(), &detail::image_expansions(), &detail::movement_expansions(),
          &detail::network_expansions(), &detail::resizing_expansions()})
      for (const auto& [key, function] : *table) all.emplace(key, function);
    return all;
  }();
  const auto found = functions.find(name);
  return found == functions.end() ? nullptr : &found->second;
}

}  // namespace rhyton
