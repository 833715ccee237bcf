#include "nn/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/keras_config.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

std::string received(const Json& json) { return " Received: " + json.dump(); }

std::int64_t read_integer(const Json& json) {
  std::int64_t value = 0;
  from_config(json, value);
  return value;
}

Pair read_pair(const Json& json) {
  if (json.is_number_integer()) return Pair(read_integer(json));
  if (!json.is_array() || json.size() != 2 || !json[0].is_number_integer() || !json[1].is_number_integer())
    throw ValueError("each entry should be an integer or a pair of integers (before, after)." +
                     received(json));
  return Pair(read_integer(json[0]), read_integer(json[1]));
}

}  // namespace

Shape sorted_axes(const AxisList& axes, int rank, const std::string& what) {
  bool taken[Shape::max_rank] = {};
  for (std::int64_t axis : axes.values) {
    bool& here = taken[normalize_axis(axis, rank, what)];
    if (here) raise<ValueError>("{}: axis {} stands twice among the axes.", what, axis);
    here = true;
  }
  Shape out;
  for (int i = 0; i < rank; ++i)
    if (taken[i]) out.push_back(i);
  return out;
}

DataFormat::DataFormat() : DataFormat(keras_config().image_data_format) {}

DataFormat::DataFormat(const std::string& name) {
  check_choice("data_format", name, {"channels_last", "channels_first"});
  channels_first_ = name == "channels_first";
}

void check_choice(const std::string& what, const std::string& value,
                  std::initializer_list<const char*> allowed) {
  std::string list;
  for (const char* a : allowed) {
    if (value == a) return;
    list += fmt::format("{}{}{}\"", list.empty() ? "" : ", ", "\"", a);
  }
  raise<ValueError>("`{}` should be one of {}. Received: {}={}.", what, list, what, value);
}

namespace detail {

void read_sizes(const Json& json, std::size_t count, std::int64_t* out) {
  if (json.is_number_integer()) {
    std::fill_n(out, count, read_integer(json));
    return;
  }
  if (!json.is_array() || json.size() != count)
    raise<ValueError>("expected an integer or a list of {} integers.{}", count, received(json));
  for (std::size_t i = 0; i < count; ++i) out[i] = read_integer(json[i]);
}

void read_pairs(const Json& json, std::size_t count, Pair* out) {
  if (json.is_number_integer()) {
    std::fill_n(out, count, Pair(read_integer(json)));
    return;
  }
  if (!json.is_array() || json.size() != count)
    raise<ValueError>("should have {} elements: one integer, {} integers, or {} pairs (before, after).{}",
                      count, count, count, received(json));
  for (std::size_t i = 0; i < count; ++i) out[i] = read_pair(json[i]);
}

void write_sizes(Json& json, const std::int64_t* values, std::size_t count) {
  json = Json::array();
  for (std::size_t i = 0; i < count; ++i) json.push_back(values[i]);
}

void write_pairs(Json& json, const Pair* values, std::size_t count) {
  json = Json::array();
  for (std::size_t i = 0; i < count; ++i) json.push_back({values[i].before, values[i].after});
}

}  // namespace detail

void from_config(const Json& json, AxisList& value) {
  value.is_list = json.is_array();
  if (value.is_list) return from_config(json, value.values);
  value.values = {read_integer(json)};
}
void to_config(Json& json, const AxisList& value) {
  value.is_list ? to_config(json, value.values) : to_config(json, value.values.at(0));
}

void from_config(const Json& json, Numbers& value) {
  const Json* numbers = &json;
  if (json.is_object() && json.contains("config") && json["config"].is_object() &&
      json["config"].contains("value"))
    numbers = &json["config"]["value"];
  value.is_list = numbers->is_array();
  if (value.is_list) return from_config(*numbers, value.values);
  value.values.assign(1, 0.0);
  from_config(*numbers, value.values[0]);
}
void to_config(Json& json, const Numbers& value) {
  value.is_list ? to_config(json, value.values) : to_config(json, value.values.at(0));
}

void from_config(const Json& json, Pair& value) { value = read_pair(json); }
void to_config(Json& json, const Pair& value) { json = {value.before, value.after}; }

void from_config(const Json& json, DataFormat& value) {
  if (json.is_null()) {
    value = DataFormat();
    return;
  }
  std::string name;
  from_config(json, name);
  value = DataFormat(name);
}
void to_config(Json& json, const DataFormat& value) { json = value.name(); }

}  // namespace rhyton
