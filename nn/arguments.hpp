#pragma once
/// @file arguments.hpp  Argument types that Keras's layers share: sizes given as one number or several,
/// pairs, formats.
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "nn/config.hpp"

namespace rhyton {

/// `kernel_size = 3` or `{3, 5}`: one number stands for all N dimensions. Throws ValueError on any other
/// count.
template <std::size_t N>
class Sizes {
 public:
  Sizes() : Sizes(std::int64_t{0}) {}
  Sizes(std::int64_t all) { values_.fill(all); }
  Sizes(std::initializer_list<std::int64_t> values) {
    if (values.size() != N)
      throw ValueError("expected one integer or " + std::to_string(N) +
                       ". Received: " + std::to_string(values.size()) + " values.");
    for (std::size_t i = 0; i < N; ++i) values_[i] = values.begin()[i];
  }
  std::int64_t operator[](std::size_t i) const { return values_[i]; }
  const std::int64_t* data() const { return values_.data(); }
  std::int64_t* data() { return values_.data(); }
  friend bool operator==(const Sizes&, const Sizes&) = default;

 private:
  std::array<std::int64_t, N> values_;
};

/// One axis or several, written as they were given: `-1` or `{1, 2}`.
struct AxisList {
  AxisList(std::int64_t axis = 0) : values{axis} {}
  AxisList(std::initializer_list<std::int64_t> axes) : values(axes), is_list(true) {}
  std::vector<std::int64_t> values;
  bool is_list = false;
};
void from_config(const Json& json, AxisList& value);
void to_config(Json& json, const AxisList& value);
/// The positions of `axes` in a tensor of this rank, ascending. Throws ValueError, naming `what`, on an axis
/// that is out of range or stands twice.
Shape sorted_axes(const AxisList& axes, int rank, const std::string& what);

/// One number, or one a channel: `0.5` or `{0.5, 1.0, 2.0}`.
struct Numbers {
  Numbers(double value = 0.0) : values{value} {}
  Numbers(std::initializer_list<double> numbers) : values(numbers), is_list(true) {}
  std::vector<double> values;
  bool is_list = false;
};
/// Also NumPy arrays of one dimension, as Keras serializes them.
void from_config(const Json& json, Numbers& value);
void to_config(Json& json, const Numbers& value);

/// What goes before and after a dimension: `2` or `{1, 3}`.
struct Pair {
  Pair() = default;
  Pair(std::int64_t both) : before(both), after(both) {}
  Pair(std::int64_t before, std::int64_t after) : before(before), after(after) {}
  std::int64_t before = 0, after = 0;
  friend bool operator==(const Pair&, const Pair&) = default;
};

/// One number for all sides, N numbers (symmetric in each dimension), or N pairs; numbers and pairs may be
/// mixed.
template <std::size_t N>
class Pairs {
 public:
  Pairs(std::int64_t all) { values_.fill(Pair(all)); }
  Pairs(std::initializer_list<Pair> pairs) {
    if (pairs.size() != N)
      throw ValueError("expected one number, or " + std::to_string(N) +
                       " numbers or pairs. Received: " + std::to_string(pairs.size()) + " entries.");
    for (std::size_t i = 0; i < N; ++i) values_[i] = pairs.begin()[i];
  }
  const Pair& operator[](std::size_t i) const { return values_[i]; }
  const Pair* data() const { return values_.data(); }
  Pair* data() { return values_.data(); }
  friend bool operator==(const Pairs&, const Pairs&) = default;

 private:
  std::array<Pair, N> values_;
};

/// "channels_last" or "channels_first"; unset: what `keras.json` says (image_data_format).
class DataFormat {
 public:
  DataFormat();
  /// Throws ValueError on any other text.
  DataFormat(const char* name) : DataFormat(std::string(name)) {}
  DataFormat(const std::string& name);
  bool channels_first() const { return channels_first_; }
  std::string name() const { return channels_first_ ? "channels_first" : "channels_last"; }
  friend bool operator==(const DataFormat&, const DataFormat&) = default;

 private:
  bool channels_first_ = false;
};

namespace detail {
void read_sizes(const Json& json, std::size_t count, std::int64_t* out);
void read_pairs(const Json& json, std::size_t count, Pair* out);
void write_sizes(Json& json, const std::int64_t* values, std::size_t count);
void write_pairs(Json& json, const Pair* values, std::size_t count);
}  // namespace detail

template <std::size_t N>
void from_config(const Json& json, Sizes<N>& value) {
  detail::read_sizes(json, N, value.data());
}
template <std::size_t N>
void to_config(Json& json, const Sizes<N>& value) {
  detail::write_sizes(json, value.data(), N);
}
template <std::size_t N>
void from_config(const Json& json, Pairs<N>& value) {
  detail::read_pairs(json, N, value.data());
}
template <std::size_t N>
void to_config(Json& json, const Pairs<N>& value) {
  detail::write_pairs(json, value.data(), N);
}
/// The two numbers of a one-dimensional crop or pad: `c` or `[before, after]`.
void from_config(const Json& json, Pair& value);
void to_config(Json& json, const Pair& value);
void from_config(const Json& json, DataFormat& value);
void to_config(Json& json, const DataFormat& value);

/// Throws ValueError unless `value` is one of `allowed`.
void check_choice(const std::string& what, const std::string& value,
                  std::initializer_list<const char*> allowed);

}  // namespace rhyton
