#include "nn/training/callbacks/callback.hpp"

#include <algorithm>

#include "nn/error.hpp"

namespace rhyton {

const double* find(const Logs& logs, const std::string& name) {
  for (const auto& [key, value] : logs)
    if (key == name) return &value;
  return nullptr;
}

const std::vector<double>& History::operator[](const std::string& name) const {
  for (const auto& [key, values] : history)
    if (key == name) return values;
  std::string known;
  for (const auto& [key, values] : history) known += (known.empty() ? "" : ", ") + key;
  throw ValueError("History: no values of '" + name + "'. There are: " + known + ".");
}

void History::add(std::int64_t number, Logs logs) {
  epoch.push_back(number);
  for (const auto& [key, value] : logs) {
    auto it = std::find_if(history.begin(), history.end(),
                           [&key = key](const auto& entry) { return entry.first == key; });
    if (it == history.end()) it = history.insert(it, {key, {}});
    it->second.push_back(value);
  }
}

}  // namespace rhyton
