#include "nn/models/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace rhyton {

namespace {

constexpr std::int64_t bar_width = 20;

std::string number(double value) {
  // As Keras: four decimals, exponent where that would show nothing.
  if (value != 0.0 && (std::abs(value) < 1e-3 || std::abs(value) >= 1e6)) return fmt::format("{:.4e}", value);
  return fmt::format("{:.4f}", value);
}

std::string duration(double seconds) {
  if (seconds >= 1.0) return fmt::format("{:.0f}s", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.0f}ms", seconds * 1e3);
  return fmt::format("{:.0f}us", seconds * 1e6);
}

}  // namespace

ProgressLine::ProgressLine(int verbose, std::int64_t steps)
    : verbose_(verbose),
      steps_(steps),
      terminal_(isatty(STDOUT_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

bool ProgressLine::wants(std::int64_t) const {
  return verbose_ == 1 && terminal_ &&
         std::chrono::steady_clock::now() - last_ > std::chrono::milliseconds(100);
}

std::string ProgressLine::text(std::int64_t step, const Logs& logs, bool done) const {
  std::string out = fmt::format("{}/{}", step, steps_);
  if (verbose_ == 1) {
    const auto filled = steps_ > 0 ? bar_width * step / steps_ : bar_width;
    out += " ";
    if (terminal_) out += "\033[32m";
    for (std::int64_t i = 0; i < filled; ++i) out += "━";
    if (terminal_) out += "\033[37m";
    for (std::int64_t i = filled; i < bar_width; ++i) out += "━";
    if (terminal_) out += "\033[0m";
  } else {
    out += " -";
  }
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double each = elapsed / static_cast<double>(std::max<std::int64_t>(step, 1));
  out += done ? fmt::format(" {:.0f}s {}/step", elapsed, duration(each))
              : fmt::format(" {}", duration(each * static_cast<double>(steps_ - step)));
  for (const auto& [name, value] : logs) out += fmt::format(" - {}: {}", name, number(value));
  return out;
}

void ProgressLine::update(std::int64_t step, const Logs& logs) {
  last_ = std::chrono::steady_clock::now();
  std::printf("\r%s\033[K", text(step, logs, false).c_str());
  std::fflush(stdout);
}

void ProgressLine::finish(const Logs& logs) {
  if (verbose_ == 0) return;
  std::printf("%s%s\n", terminal_ && verbose_ == 1 ? "\r\033[K" : "", text(steps_, logs, true).c_str());
  std::fflush(stdout);
}

}  // namespace rhyton
