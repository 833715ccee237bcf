#include "nn/kernels/kernel.hpp"

#include <algorithm>
#include <atomic>

namespace rhyton {

namespace {
std::atomic<int> thread_count{1};
}

void set_threads(int threads) { thread_count.store(std::max(threads, 1), std::memory_order_relaxed); }
int get_threads() { return thread_count.load(std::memory_order_relaxed); }

}  // namespace rhyton
