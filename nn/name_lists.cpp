#include "nn/name_lists.hpp"

namespace rhyton {

std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto end = text.find(", ");
    names.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 2);
  }
  return names;
}

std::optional<std::size_t> position_in(std::string_view text, std::string_view name) {
  for (std::size_t position = 0;; ++position) {
    const auto end = text.find(", ");
    if (text.substr(0, end) == name) return position;
    if (end == text.npos) return std::nullopt;
    text.remove_prefix(end + 2);
  }
}

std::vector<std::pair<std::string, std::string>> pairs_in(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& name : names_in(text)) {
    const auto middle = name.find('=');
    if (middle == name.npos)
      pairs.emplace_back(name, name);
    else
      pairs.emplace_back(name.substr(0, middle), name.substr(middle + 1));
  }
  return pairs;
}

}  // namespace rhyton
