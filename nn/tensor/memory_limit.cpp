#include "nn/tensor/memory_limit.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>

#include "nn/raise.hpp"

namespace rhyton {

namespace {

std::uint64_t find_limit() {
  std::uint64_t limit = UINT64_MAX;
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) limit = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
  for (const auto kind : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit allowed{};
    if (getrlimit(kind, &allowed) == 0 && allowed.rlim_cur != RLIM_INFINITY)
      limit = std::min<std::uint64_t>(limit, allowed.rlim_cur);
  }
  // Control groups of version 2 and 1; "max" is no number and leaves the limit alone.
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::uint64_t bytes = 0;
    if (std::ifstream(file) >> bytes && bytes > 0) limit = std::min(limit, bytes);
  }
  return limit;
}

std::atomic<std::uint64_t> allowed = 0;

}  // namespace

std::uint64_t memory_limit() {
  static const std::uint64_t limit = find_limit();
  const std::uint64_t less = allowed;
  return less > 0 ? std::min(less, limit) : limit;
}

void set_memory_limit(std::uint64_t bytes) { allowed = bytes; }

void require_memory(std::uint64_t elements, std::uint64_t bytes_each, const std::string& what) {
  if (elements <= memory_limit() / bytes_each) return;
  const std::uint64_t bytes = elements > UINT64_MAX / bytes_each ? UINT64_MAX : elements * bytes_each;
  raise<ValueError>("{} takes {}; there are {} of memory. Use smaller batches or inputs.", what,
                    memory_text(bytes), memory_text(memory_limit()));
}

std::string memory_text(std::uint64_t bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

}  // namespace rhyton
