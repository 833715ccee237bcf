#pragma once
/// @file memory.hpp  Lays buffers with known lifetimes into one arena.
#include <cstddef>
#include <memory>
#include <vector>

namespace rhyton::detail {

/// Buffers live from `begin` to `end` (steps of a run's time line, both included); those whose lifetimes do
/// not meet may share bytes.
class MemoryPlan {
 public:
  int add(std::size_t bytes, int begin, int end);
  /// Makes the buffer live at `time` too.
  void extend(int buffer, int time);
  /// Puts `buffer` at the place of `target`, whose lifetime then covers both.
  void merge(int buffer, int target);
  int end(int buffer) const { return buffers_[root(buffer)].end; }
  /// Assigns offsets and allocates. Buffers go one after the other to the lowest place that is free during
  /// their life, in several orders, of which the best is kept.
  void lay_out();
  void* at(int buffer) const;
  std::size_t bytes() const { return bytes_; }
  /// The largest sum of sizes alive at one time: no layout can need less.
  std::size_t lower_bound() const;

 private:
  struct Buffer {
    std::size_t bytes = 0, offset = 0;
    int begin = 0, end = 0;
    int parent = -1;
  };
  std::size_t root(int buffer) const;
  /// Assigns offsets to the buffers in this order; returns the size of all.
  std::size_t place(const std::vector<std::size_t>& order);
  std::vector<Buffer> buffers_;
  std::shared_ptr<void> arena_;
  std::size_t bytes_ = 0;
};

}  // namespace rhyton::detail
