#pragma once
/// @file raise.hpp  Throwing errors with a formatted text.
#include <fmt/core.h>

#include "nn/error.hpp"

namespace rhyton {

namespace detail {
/// Error, ValueError, FormatError or NotSupported.
template <class E>
[[noreturn]] void raise_text(fmt::string_view format, fmt::format_args values);
}  // namespace detail

/// Throws an E whose text is made like `fmt::format`'s. Making the text and the exception, and undoing both,
/// is compiled once and not at every place that throws.
template <class E, class... Values>
[[noreturn]] void raise(fmt::format_string<Values...> format, Values&&... values) {
  detail::raise_text<E>(format, fmt::make_format_args(values...));
}

}  // namespace rhyton
