#include "nn/graph/memory.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "nn/error.hpp"
#include "nn/positions.hpp"
#include "nn/tensor/memory_limit.hpp"
#include "nn/tensor/tensor.hpp"

namespace rhyton::detail {

int MemoryPlan::add(std::size_t bytes, int begin, int end) {
  buffers_.push_back({(bytes + 63) / 64 * 64, 0, begin, end, -1});
  return static_cast<int>(buffers_.size()) - 1;
}

std::size_t MemoryPlan::root(int buffer) const {
  while (buffers_[static_cast<std::size_t>(buffer)].parent >= 0)
    buffer = buffers_[static_cast<std::size_t>(buffer)].parent;
  return static_cast<std::size_t>(buffer);
}

void MemoryPlan::extend(int buffer, int time) {
  Buffer& b = buffers_[root(buffer)];
  b.begin = std::min(b.begin, time);
  b.end = std::max(b.end, time);
}

void MemoryPlan::merge(int buffer, int target) {
  const std::size_t from = root(buffer), to = root(target);
  if (from == to) return;
  buffers_[to].bytes = std::max(buffers_[to].bytes, buffers_[from].bytes);
  buffers_[to].begin = std::min(buffers_[to].begin, buffers_[from].begin);
  buffers_[to].end = std::max(buffers_[to].end, buffers_[from].end);
  buffers_[from].parent = static_cast<int>(to);
}

std::size_t MemoryPlan::place(const std::vector<std::size_t>& order) {
  std::size_t total = 0;
  std::vector<std::size_t> placed;  // by offset
  for (std::size_t i : order) {
    Buffer& buffer = buffers_[i];
    std::size_t offset = 0;
    for (std::size_t j : placed) {
      const Buffer& other = buffers_[j];
      if (other.end < buffer.begin || buffer.end < other.begin) continue;
      if (offset + buffer.bytes <= other.offset) break;
      offset = std::max(offset, other.offset + other.bytes);
    }
    buffer.offset = offset;
    total = std::max(total, offset + buffer.bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), offset,
                                   [&](std::size_t o, std::size_t j) { return o < buffers_[j].offset; }),
                  i);
  }
  return total;
}

void MemoryPlan::lay_out() {
  std::vector<std::size_t> by_number;
  for (std::size_t i = 0; i < buffers_.size(); ++i)
    if (buffers_[i].parent < 0 && buffers_[i].bytes > 0) by_number.push_back(i);
  // No order is the best for all models: by size, by size and life, by life.
  const auto life = [](const Buffer& b) { return static_cast<std::size_t>(b.end - b.begin) + 1; };
  const std::function<std::size_t(const Buffer&)> first[] = {
      [](const Buffer& b) { return b.bytes; }, [&](const Buffer& b) { return b.bytes * life(b); },
      [&](const Buffer& b) { return life(b); }};
  std::vector<std::size_t> best;
  const std::size_t least = lower_bound();
  for (const auto& value : first) {
    if (!best.empty() && bytes_ == least) break;
    std::vector<std::size_t> order = by_number;
    sort_positions(order,
                   [&](std::size_t a, std::size_t b) { return value(buffers_[a]) > value(buffers_[b]); });
    const std::size_t bytes = place(order);
    if (best.empty() || bytes < bytes_) {
      bytes_ = bytes;
      best = order;
    }
  }
  place(best);
  require_memory(bytes_, 1, "The sum of the model's values at this batch size");
  arena_ = allocate_aligned(bytes_, false);
}

void* MemoryPlan::at(int buffer) const {
  return static_cast<char*>(arena_.get()) + buffers_[root(buffer)].offset;
}

std::size_t MemoryPlan::lower_bound() const {
  std::map<int, std::ptrdiff_t> changes;
  for (const Buffer& b : buffers_) {
    if (b.parent >= 0) continue;
    changes[b.begin] += static_cast<std::ptrdiff_t>(b.bytes);
    changes[b.end + 1] -= static_cast<std::ptrdiff_t>(b.bytes);
  }
  std::ptrdiff_t now = 0, most = 0;
  for (const auto& [time, change] : changes) most = std::max(most, now += change);
  return static_cast<std::size_t>(most);
}

}  // namespace rhyton::detail
