#include "nn/raise.hpp"

#include <fmt/format.h>

namespace rhyton::detail {

template <class E>
void raise_text(fmt::string_view format, fmt::format_args values) {
  throw E(fmt::vformat(format, values));
}
template void raise_text<Error>(fmt::string_view, fmt::format_args);
template void raise_text<ValueError>(fmt::string_view, fmt::format_args);
template void raise_text<FormatError>(fmt::string_view, fmt::format_args);
template void raise_text<NotSupported>(fmt::string_view, fmt::format_args);

}  // namespace rhyton::detail
