#pragma once
/// @file timings.hpp  Durations of many steps in little memory, and what the process holds.
#include <vector>

namespace rhyton::cli {

/// The best and the median of any number of durations. Keeps at most a few thousand: when they are full,
/// every second one is dropped and from then on only every second new one is kept.
class Timings {
 public:
  Timings();
  void add(double ms);
  double best() const { return best_; }
  double median() const;

 private:
  std::vector<double> kept_;
  double best_;
  long count_ = 0, stride_ = 1;
};

/// Largest resident memory of this process so far; 0 where the system does not say.
double peak_rss_mib();

}  // namespace rhyton::cli
