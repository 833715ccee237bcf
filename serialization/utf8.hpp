#pragma once
/// @file utf8.hpp  Text between UTF-8 and code points.
#include <string>
#include <string_view>

namespace rhyton {

/// Appends one code point; false when it is not one.
bool append_utf8(std::string& text, char32_t point);
/// Bytes that are not UTF-8 become U+FFFD.
std::u32string decode_utf8(std::string_view text);

}  // namespace rhyton
