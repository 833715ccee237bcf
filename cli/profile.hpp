#pragma once
/// @file profile.hpp  Where the time of a step goes, layer by layer: a table, and a trace for a browser.
#include <string>
#include <vector>

#include "nn/graph/run.hpp"

namespace rhyton::cli {

/// Collects the steps of one Run over several executions.
class Profile {
 public:
  /// What the Run's profile says after one more execution, which began `start_ms` after the first and took
  /// `total_ms`.
  void add(const std::vector<StepProfile>& sums, double start_ms, double total_ms);
  /// Mean times, GFLOP/s and bytes of each layer, forward and backward, and the rest of the step.
  std::string table(bool training) const;
  /// Chrome's trace format, for chrome://tracing or Perfetto.
  std::string trace(const std::string& model) const;

 private:
  struct Execution {
    double start_ms = 0.0, total_ms = 0.0;
    std::vector<std::pair<double, double>> steps;  ///< forward and backward, in ms
  };
  std::vector<StepProfile> sums_;
  std::vector<Execution> executions_;
};

}  // namespace rhyton::cli
