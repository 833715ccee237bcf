#pragma once
/// @file cpu.hpp  Which instructions the kernels may use.

namespace rhyton {

/// The highest level x86-64-vN (2: SSE 4.2, 3: AVX2, 4: AVX-512) that this CPU has and that the environment
/// variable RHYTON_MAX_CPU (v2, v3 or v4) allows; 2 where that is not known. A build for any CPU
/// (`-Dcpu=baseline`) has its kernels once for each level and calls those of this one.
int cpu_level();

}  // namespace rhyton
