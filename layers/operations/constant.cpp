#include "layers/operations/constant.hpp"

#include <nlohmann/json.hpp>

namespace rhyton::detail {

namespace {

void flatten(const Json& json, std::vector<double>& values, Shape& shape, int depth, bool& whole,
             bool& truth) {
  if (json.is_array()) {
    if (depth == shape.rank()) shape.push_back(static_cast<Dim>(json.size()));
    if (depth >= shape.rank() || shape[depth] != static_cast<Dim>(json.size()))
      throw ValueError("expected lists of one length in a constant. Received: " + json.dump().substr(0, 80));
    for (const Json& item : json) flatten(item, values, shape, depth + 1, whole, truth);
    return;
  }
  if (depth != shape.rank() || !(json.is_number() || json.is_boolean()))
    throw ValueError("expected a number or an array of numbers. Received: " + json.dump().substr(0, 80));
  truth = truth && json.is_boolean();
  whole = whole && json.is_number_integer();
  values.push_back(json.is_boolean() ? static_cast<double>(json.get<bool>()) : json.get<double>());
}

Json nested(const double*& values, const Shape& shape, int axis) {
  if (axis == shape.rank()) return *values++;
  Json list = Json::array();
  for (Dim i = 0; i < shape[axis]; ++i) list.push_back(nested(values, shape, axis + 1));
  return list;
}

}  // namespace

Json constant_json(const Tensor& value) {
  const Tensor numbers = value.cast(DType::float64);
  const double* values = numbers.data<double>();
  return {{"class_name", "__tensor__"},
          {"config",
           {{"value", nested(values, value.shape(), 0)}, {"dtype", std::string(to_string(value.dtype()))}}}};
}

Tensor constant_tensor(const Json& json) {
  if (json.is_object() && json.contains("config") && json["config"].contains("value")) {
    Tensor out = constant_tensor(json["config"]["value"]);
    const auto dtype = json["config"].find("dtype");
    return dtype != json["config"].end() && dtype->is_string()
               ? out.cast(dtype_from_string(dtype->get<std::string>()))
               : out;
  }
  std::vector<double> values;
  Shape shape;
  bool whole = true, truth = true;
  flatten(json, values, shape, 0, whole, truth);
  const Tensor out(shape, values);
  return truth && !values.empty() ? out.cast(DType::boolean) : whole ? out.cast(DType::int64) : out;
}

}  // namespace rhyton::detail
