#pragma once
/// @file run_pool.hpp  Runs that are kept and reused: one thread uses a Run at a time, many threads use one
/// pool.
#include <list>
#include <memory>
#include <mutex>
#include <span>

#include "nn/graph/run.hpp"

namespace rhyton {

class RunPool {
 public:
  /// Gives the Run back to its pool.
  struct Return {
    RunPool* pool = nullptr;
    void operator()(Run* run) const;
  };
  using Lease = std::unique_ptr<Run, Return>;

  explicit RunPool(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {}
  /// A warm Run of this kind, or a new one.
  Lease acquire(std::span<const Shape> input_shapes, const RunOptions& options);
  const Plan& plan() const { return *plan_; }
  /// Where the Runs made from now on put weight gradients.
  void set_gradients(GradientMap gradients);
  /// Forgets the idle Runs, for instance after layers changed what they compute (trainable flags).
  void clear();

 private:
  /// Idle runs beyond this number are dropped, the longest unused first: each holds an arena.
  static constexpr std::size_t most_idle = 8;
  std::shared_ptr<const Plan> plan_;
  GradientMap gradients_;
  std::mutex mutex_;
  std::list<std::unique_ptr<Run>> idle_;
};

}  // namespace rhyton
