#pragma once
/// @file dtype.hpp  Element types of tensors, under Keras's names.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace rhyton {

/// Layers compute in float32, or in float64 where a gradient is checked; the others are indices, masks and
/// text.
enum class DType : std::uint8_t { float32, float64, int32, int64, uint8, boolean, string };

/// Bytes of one element (of a `std::string` object for `DType::string`).
std::size_t size_of(DType dtype);
/// Keras's name: "float32", "bool", ...
std::string_view to_string(DType dtype);
/// The inverse of `to_string`; narrower types are held in wider ones. Throws ValueError on other names.
DType dtype_from_string(std::string_view name);

constexpr bool is_floating(DType d) { return d == DType::float32 || d == DType::float64; }

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::float32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::float64;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::int32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::int64;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::uint8;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::boolean;
};
template <>
struct DTypeOf<std::string> {
  static constexpr DType value = DType::string;
};
template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

/// Arithmetic in other types than float32 is never hot (double precision only checks gradients): where the
/// compiler can, it makes that code small.
template <class T>
inline constexpr bool is_rare = !std::is_same_v<T, float>;

namespace detail {
template <class F>
[[gnu::cold, gnu::noinline]] decltype(auto) call_in_double(F& f) {
  return f(double{});
}
}  // namespace detail

/// Calls `f(float{})` or `f(double{})`: how a kernel is written once for both real types.
template <class F>
decltype(auto) dispatch_real(DType dtype, F&& f) {
  return dtype == DType::float64 ? detail::call_in_double(f) : f(float{});
}

/// Calls `f` with a value of the element type of any number or boolean.
template <class F>
decltype(auto) dispatch_number(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float64:
      return f(double{});
    case DType::int32:
      return f(std::int32_t{});
    case DType::int64:
      return f(std::int64_t{});
    case DType::uint8:
      return f(std::uint8_t{});
    case DType::boolean:
      return f(bool{});
    default:
      return f(float{});
  }
}

/// Calls `f` with a value of a type that can be moved in place of the dtype's: its elements are to be reached
/// by `raw()`, and read as nothing else.
template <class F>
void dispatch_storage(DType dtype, F&& f) {
  switch (size_of(dtype)) {
    case 1:
      return f(std::uint8_t{});
    case 4:
      return f(std::uint32_t{});
    case 8:
      return f(std::uint64_t{});
    default:
      return f(std::string{});
  }
}

}  // namespace rhyton
