#pragma once
/// @file name_lists.hpp  Names in tables that the compiler lays out, and nobody builds when the program
/// starts.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rhyton {

/// "tensor, shape".
std::vector<std::string> names_in(std::string_view text);
/// "input=x, axis": a name alone stands for itself.
std::vector<std::pair<std::string, std::string>> pairs_in(std::string_view text);

}  // namespace rhyton
