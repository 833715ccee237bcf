#pragma once
/// @file name_lists.hpp  Names in one text, "tensor, shape": the compiler lays it out, and no program builds
/// lists of them when it starts.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rhyton {

/// "tensor, shape".
std::vector<std::string> names_in(std::string_view text);
/// Where a name stands in "tensor, shape", if it does.
std::optional<std::size_t> position_in(std::string_view text, std::string_view name);
/// "input=x, axis": a name alone stands for itself.
std::vector<std::pair<std::string, std::string>> pairs_in(std::string_view text);

}  // namespace rhyton
