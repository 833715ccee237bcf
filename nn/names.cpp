#include "nn/names.hpp"

#include <fmt/format.h>

#include <mutex>

#include "nn/object.hpp"

namespace rhyton {

namespace {

struct ProcessNames {
  std::mutex mutex;
  std::map<std::string, int> counts;
};

ProcessNames& process_names() {
  static ProcessNames names;
  return names;
}

thread_local NamesApart* names_apart = nullptr;

std::string next_name(std::map<std::string, int>& counts, const std::string& base) {
  const int count = counts[base]++;
  return count == 0 ? base : fmt::format("{}_{}", base, count);
}

}  // namespace

std::string automatic_name(const std::string& class_name) {
  const auto separator = class_name.find('>');
  const std::string base =
      snake_case(separator == std::string::npos ? class_name : class_name.substr(separator + 1));
  if (names_apart != nullptr) return next_name(names_apart->counts_, base);
  ProcessNames& names = process_names();
  std::lock_guard lock(names.mutex);
  return next_name(names.counts, base);
}

void clear_session() {
  ProcessNames& names = process_names();
  std::lock_guard lock(names.mutex);
  names.counts.clear();
}

NamesApart::NamesApart() : outer_(names_apart) { names_apart = this; }
NamesApart::~NamesApart() { names_apart = outer_; }

}  // namespace rhyton
