#pragma once
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "nn/config.hpp"
#include "serialization/npy.hpp"
#include "tests/support/files.hpp"
#include "tests/training/support.hpp"

/// A pair of golden files: `golden/<name>.json` and, where there is one, `golden/<name>.npz`.
struct Golden {
  explicit Golden(const std::string& name, bool with_arrays = true)
      : json(rhyton::parse_json(
            rhyton::test::read_text(rhyton::test::data_file("golden/" + name + ".json")))) {
    if (with_arrays) arrays = rhyton::read_npz(rhyton::test::data_file("golden/" + name + ".npz"));
  }
  const rhyton::Tensor* find(const std::string& key) const { return rhyton::find(arrays, key); }
  const rhyton::Tensor& at(const std::string& key) const {
    const rhyton::Tensor* tensor = find(key);
    CAPTURE(key);
    REQUIRE(tensor != nullptr);
    return *tensor;
  }

  rhyton::Json json;
  rhyton::NamedTensors arrays;
};

inline std::vector<double> as_doubles(const rhyton::Tensor& t) {
  return t.cast(rhyton::DType::float64).values<double>();
}

/// True when both hold the same, numbers compared by value: 2 is 2.0.
inline bool same_json(const rhyton::Json& a, const rhyton::Json& b) {
  if (a.is_number() && b.is_number()) return a.get<double>() == b.get<double>();
  if (a.is_object() && b.is_object()) {
    return a.size() == b.size() && std::all_of(a.items().begin(), a.items().end(), [&](const auto& item) {
             return b.contains(item.key()) && same_json(item.value(), b.at(item.key()));
           });
  }
  if (a.is_array() && b.is_array())
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same_json);
  return a == b;
}
