#pragma once
/// @file quantiles.hpp  Approximate quantiles of data that come in batches, as Keras's Discretization finds
/// them.
#include <cstdint>
#include <vector>

namespace rhyton::ops {

/// Values in ascending order, each standing for a number of elements.
class QuantileSummary {
 public:
  /// Takes in a batch; quantiles stay within `epsilon` of the exact ones.
  void add(std::vector<float> values, double epsilon);
  /// The bins - 1 values between bins of equal weight; empty without data.
  std::vector<float> boundaries(std::int64_t bins) const;

 private:
  static QuantileSummary compressed(const QuantileSummary& summary, double epsilon);
  std::vector<float> values_, weights_;
};

}  // namespace rhyton::ops
