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
  /// Assigns offsets, largest buffer first, each at the lowest place that is free during its life; allocates.
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
  std::vector<Buffer> buffers_;
  std::shared_ptr<void> arena_;
  std::size_t bytes_ = 0;
};

}  // namespace rhyton::detail
