#include "nn/kernels/cpu.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

/// What the entries of kernels look at (tools/link_levels.py): the level, counted from the lowest. Until this
/// file's constructor has run it is the one that is right on every CPU.
extern "C" {
extern int rhyton_kernel_level;
int rhyton_kernel_level = 0;
}

namespace rhyton {

namespace {

#if defined(__x86_64__) && defined(__gnu_linux__)

int level_of_cpu() {
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v4 ? 4 : v3 ? 3 : 2;
}

int level_allowed() {
  const char* most = std::getenv("RHYTON_MAX_CPU");
  if (most == nullptr) return 4;
  return std::strcmp(most, "v2") == 0 ? 2 : std::strcmp(most, "v3") == 0 ? 3 : 4;
}

/// Before the constructors of other files, which may call kernels.
[[gnu::constructor(101)]] void choose_level() {
  rhyton_kernel_level = std::min(level_of_cpu(), level_allowed()) - 2;
}

#endif

}  // namespace

int cpu_level() { return rhyton_kernel_level + 2; }

}  // namespace rhyton
