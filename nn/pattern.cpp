#include "nn/pattern.hpp"

#include <regex>

namespace rhyton {

bool pattern_found(const std::string& pattern, const std::string& text) {
  return std::regex_search(text, std::regex(pattern));
}
bool pattern_matches(const std::string& pattern, const std::string& text) {
  return pattern_found("^(?:" + pattern + ")$", text);
}

}  // namespace rhyton
