#include "serialization/load_report.hpp"

#include <fmt/format.h>

#include "nn/error.hpp"

namespace rhyton {

void LoadReport::fault(std::string problem) {
  only_unsupported = false;
  problems.push_back(std::move(problem));
}

void LoadReport::unsupported(std::string problem) { problems.push_back(std::move(problem)); }

void LoadReport::add(const std::exception& error, const std::string& where) {
  const std::string text = where.empty() ? error.what() : fmt::format("{}: {}", where, error.what());
  dynamic_cast<const NotSupported*>(&error) != nullptr ? unsupported(text) : fault(text);
}

void LoadReport::check(const std::string& file, const std::string& failure) const {
  if (problems.empty()) return;
  std::string text = fmt::format("'{}' {}: ", file, failure);
  if (problems.size() == 1) {
    text += problems.front();
  } else {
    text += std::to_string(problems.size()) + " problems:";
    for (const auto& problem : problems) text += "\n  - " + problem;
  }
  if (!remark.empty()) text += "\n" + remark;
  if (only_unsupported) throw NotSupported(text);
  throw FormatError(text);
}

}  // namespace rhyton
