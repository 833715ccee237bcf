#include "cli/timings.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace rhyton::cli {

namespace {
constexpr std::size_t most_kept = 8192;
}

Timings::Timings() : best_(std::numeric_limits<double>::infinity()) { kept_.reserve(most_kept); }

void Timings::add(double ms) {
  best_ = std::min(best_, ms);
  if (count_++ % stride_ != 0) return;
  if (kept_.size() == most_kept) {
    for (std::size_t i = 0; 2 * i < kept_.size(); ++i) kept_[i] = kept_[2 * i];
    kept_.resize(most_kept / 2);
    stride_ *= 2;
  }
  kept_.push_back(ms);
}

double Timings::median() const {
  std::vector<double> sorted = kept_;
  if (sorted.empty()) return 0.0;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

double peak_rss_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    double kibibytes = 0.0;
    status >> kibibytes;
    return kibibytes / 1024.0;
  }
  return 0.0;
}

}  // namespace rhyton::cli
