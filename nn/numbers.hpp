#pragma once
/// @file numbers.hpp  NestedNumbers as arguments: integers and floats kept apart, as they are in files.
#include <initializer_list>
#include <vector>

#include "nn/config.hpp"

namespace rhyton {

/// One number; `1` is written as 1, `1.0` as 1.0.
class Number {
 public:
  Number(int value = 0) : value_(value), integer_(true) {}
  Number(std::int64_t value) : value_(static_cast<double>(value)), integer_(true) {}
  Number(double value) : value_(value) {}
  operator double() const { return value_; }
  bool is_integer() const { return integer_; }

 private:
  double value_ = 0.0;
  bool integer_ = false;
};

/// A number, or a nested list of numbers with one length at each depth.
struct NestedNumbers {
  NestedNumbers() = default;
  NestedNumbers(double value) : values{Number(value)} {}
  NestedNumbers(std::initializer_list<double> list) : shape{static_cast<Dim>(list.size())} {
    for (double value : list) values.emplace_back(value);
  }

  Shape shape;  ///< () for one number
  std::vector<Number> values;
};

/// An interval given by both ends, or by one number that the layer makes an interval of: `0.2`, `{-0.1,
/// 0.2}`.
struct Factor {
  Factor(double value = 0.0) : low(value), high(value), single(true) {}
  Factor(Number low, Number high) : low(low), high(high) {}
  Number low, high;
  bool single = false;  ///< `high` is what was given
};

void from_config(const Json& json, Factor& value);
void to_config(Json& json, const Factor& value);
void from_config(const Json& json, Number& value);
void to_config(Json& json, const Number& value);
void from_config(const Json& json, NestedNumbers& value);
void to_config(Json& json, const NestedNumbers& value);

}  // namespace rhyton
