#include "nn/kernels/kernel.hpp"

#include <algorithm>
#include <atomic>
#include <limits>

#include "nn/kernels/thread_limit.hpp"

namespace rhyton {

namespace {
std::atomic<int> thread_count{1};
thread_local int thread_limit = std::numeric_limits<int>::max();
}  // namespace

void set_threads(int threads) { thread_count.store(std::max(threads, 1), std::memory_order_relaxed); }
int get_threads() { return std::min(thread_count.load(std::memory_order_relaxed), thread_limit); }

ThreadLimit::ThreadLimit(int most) : before_(thread_limit) { thread_limit = std::min(before_, most); }
ThreadLimit::~ThreadLimit() { thread_limit = before_; }

}  // namespace rhyton
