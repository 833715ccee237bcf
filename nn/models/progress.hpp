#pragma once
/// @file progress.hpp  The progress line of fit and evaluate.
#include <chrono>
#include <cstdint>
#include <string>

#include "nn/training/callbacks/callback.hpp"

namespace rhyton {

/// Keras's line: "45/45 ━━━━━━━━━━━━━━━━━━━━ 1s 3ms/step - accuracy: 0.9812 - loss: 0.0710". On a terminal it
/// grows while the epoch runs; elsewhere only the finished line is printed.
class ProgressLine {
 public:
  /// `verbose` as in fit: 0 silent, 1 with a bar, 2 without.
  ProgressLine(int verbose, std::int64_t steps);
  /// True when an update now would be shown: on a terminal, at most ten times a second.
  bool wants(std::int64_t step) const;
  void update(std::int64_t step, const Logs& logs);
  void finish(const Logs& logs);

 private:
  std::string text(std::int64_t step, const Logs& logs, bool done) const;
  int verbose_;
  std::int64_t steps_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace rhyton
