#include "nn/numbers.hpp"

#include <nlohmann/json.hpp>

namespace rhyton {

namespace {

void read(const Json& json, int depth, NestedNumbers& out) {
  if (!json.is_array()) {
    if (depth != out.shape.rank()) throw ValueError("the lists must all have one depth.");
    from_config(json, out.values.emplace_back());
    return;
  }
  const Dim length = static_cast<Dim>(json.size());
  if (depth == out.shape.rank() && out.values.empty()) out.shape.push_back(length);
  if (depth >= out.shape.rank() || out.shape[depth] != length)
    throw ValueError("lists at one depth must have one length.");
  for (const Json& item : json) read(item, depth + 1, out);
}

Json write(const NestedNumbers& numbers, int depth, std::size_t& next) {
  Json out;
  if (depth == numbers.shape.rank()) {
    to_config(out, numbers.values[next++]);
    return out;
  }
  out = Json::array();
  for (Dim i = 0; i < numbers.shape[depth]; ++i) out.push_back(write(numbers, depth + 1, next));
  return out;
}

}  // namespace

void from_config(const Json& json, Number& value) {
  if (json.is_number_integer()) {
    std::int64_t integer = 0;
    from_config(json, integer);
    value = Number(integer);
    return;
  }
  double real = 0.0;
  from_config(json, real);
  value = Number(real);
}

void to_config(Json& json, const Number& value) {
  if (value.is_integer())
    json = static_cast<std::int64_t>(static_cast<double>(value));
  else
    json = static_cast<double>(value);
}

void from_config(const Json& json, Factor& value) {
  value.single = !json.is_array();
  if (value.single) {
    from_config(json, value.high);
    value.low = value.high;
    return;
  }
  if (json.size() != 2) throw ValueError("expected a number or two numbers. Received: " + json.dump());
  from_config(json[0], value.low);
  from_config(json[1], value.high);
}

void to_config(Json& json, const Factor& value) {
  if (value.single) return to_config(json, value.high);
  json = Json::array();
  to_config(json.emplace_back(), value.low);
  to_config(json.emplace_back(), value.high);
}

void from_config(const Json& json, NestedNumbers& value) {
  value = NestedNumbers();
  read(json, 0, value);
}

void to_config(Json& json, const NestedNumbers& value) {
  std::size_t next = 0;
  json = write(value, 0, next);
}

}  // namespace rhyton
