#include "cli/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace rhyton::cli {

namespace {

/// The trace shows the first ones; more would only make the file large.
constexpr std::size_t most_traced = 16;

std::string speed(double flops, double ms) {
  return flops > 0.0 && ms > 0.0 ? fmt::format("{:.1f}", flops / ms * 1e-6) : "-";
}

std::string shortened(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 1) + "~";
}

Json event(const std::string& name, const std::string& category, double start_ms, double ms, Json arguments) {
  return {{"name", name}, {"cat", category},      {"ph", "X"},       {"pid", 1},
          {"tid", 1},     {"ts", start_ms * 1e3}, {"dur", ms * 1e3}, {"args", std::move(arguments)}};
}

}  // namespace

void Profile::add(const std::vector<StepProfile>& sums, double start_ms, double total_ms) {
  Execution execution{start_ms, total_ms, {}};
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const bool first = sums_.size() != sums.size();
    execution.steps.emplace_back(sums[i].forward.ms - (first ? 0.0 : sums_[i].forward.ms),
                                 sums[i].backward.ms - (first ? 0.0 : sums_[i].backward.ms));
  }
  sums_ = sums;
  executions_.push_back(std::move(execution));
}

std::string Profile::table(bool training) const {
  // The fastest of all executions, step by step: what other programs on the machine do not add to.
  constexpr double none = std::numeric_limits<double>::infinity();
  double rest = none, total = 0.0, all_flops = 0.0;
  std::vector<std::pair<double, double>> best(sums_.size(), {none, none});
  for (const auto& execution : executions_) {
    double other = execution.total_ms;
    for (std::size_t i = 0; i < best.size(); ++i) {
      const auto [forward, backward] = execution.steps[i];
      best[i] = {std::min(best[i].first, forward), std::min(best[i].second, backward)};
      other -= forward + backward;
    }
    rest = std::min(rest, other);
  }
  for (const auto& [forward, backward] : best) total += forward + backward;
  total += rest;

  const std::string head =
      fmt::format("{:>10} {:>8} {:>8}", "forward ms", "GFLOP/s", "MB") +
      (training ? fmt::format(" {:>11} {:>8} {:>8}", "backward ms", "GFLOP/s", "MB") : "");
  std::string out = fmt::format("{:<26} {:<28} {} {:>6}\n", "layer", "kernel", head, "%");
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const StepProfile& step = sums_[i];
    const auto [forward, backward] = best[i];
    const auto work = [](const StepProfile::Direction& d, double ms, int width) {
      return fmt::format(" {:>{}.4f} {:>8} {:>8.3f}", ms, width, speed(d.flops, ms), d.bytes * 1e-6);
    };
    out += fmt::format("{:<26} {:<28}{}{} {:>6.1f}\n", shortened(step.name, 26),
                       shortened(step.implementation.empty() ? "-" : step.implementation, 28),
                       work(step.forward, forward, 10), training ? work(step.backward, backward, 11) : "",
                       total > 0.0 ? 100.0 * (forward + backward) / total : 0.0);
    all_flops += step.forward.flops + (training ? step.backward.flops : 0.0);
  }
  out += fmt::format("{:<55} {:>10.4f} {:>6.1f} %\n",
                     training ? "loss, metrics, optimizer, copies" : "copies, checks", rest,
                     total > 0.0 ? 100.0 * rest / total : 0.0);
  out += fmt::format("{:<55} {:>10.4f} ms a step, {} GFLOP/s, best of {} steps\n", "total", total,
                     speed(all_flops, total), executions_.size());
  return out;
}

std::string Profile::trace(const std::string& model) const {
  Json events = Json::array();
  for (std::size_t e = 0; e < std::min(executions_.size(), most_traced); ++e) {
    const Execution& execution = executions_[e];
    events.push_back(event(fmt::format("{} step {}", model, e), "step", execution.start_ms,
                           execution.total_ms, Json::object()));
    double at = execution.start_ms;
    auto add = [&](std::size_t i, bool backward) {
      const double ms = backward ? execution.steps[i].second : execution.steps[i].first;
      if (ms <= 0.0) return;
      const StepProfile& step = sums_[i];
      const StepProfile::Direction& work = backward ? step.backward : step.forward;
      Json arguments = {{"layer", step.layer_class},
                        {"kernel", step.implementation},
                        {"bytes", work.bytes},
                        {"flops", work.flops}};
      events.push_back(event(step.name, backward ? "backward" : "forward", at, ms, std::move(arguments)));
      at += ms;
    };
    for (std::size_t i = 0; i < sums_.size(); ++i) add(i, false);
    for (std::size_t i = sums_.size(); i-- > 0;) add(i, true);
  }
  return Json{{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}}.dump() + "\n";
}

}  // namespace rhyton::cli
