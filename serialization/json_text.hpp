#pragma once
/// @file json_text.hpp  JSON as Python writes and reads it, within limits.
#include <string>
#include <string_view>

#include "nn/config.hpp"

namespace rhyton {

/// Accepts Python's bare NaN, Infinity and -Infinity. Throws FormatError with `name` and the position on bad
/// text, and beyond the depth and size of limits.hpp.
Json parse_json_text(std::string_view text, const std::string& name);

class ByteSource;
/// The text of a file that is no archive and no HDF5, so that it should be JSON. Throws FormatError if it
/// cannot be.
std::string read_json_file(const ByteSource& source);

/// Numbers that are not finite are written as Python does. `indent` < 0: one line with Python's ", " and ":
/// ".
std::string write_json_text(const Json& json, int indent = -1);

}  // namespace rhyton
