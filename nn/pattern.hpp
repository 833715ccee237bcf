#pragma once
/// @file pattern.hpp  Regular expressions: compiled in one place, since the standard's are large.
#include <string>

namespace rhyton {

/// Whether the pattern is found anywhere in the text.
bool pattern_found(const std::string& pattern, const std::string& text);
/// Whether it describes the whole text.
bool pattern_matches(const std::string& pattern, const std::string& text);

}  // namespace rhyton
