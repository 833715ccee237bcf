#pragma once
/// @file kernel.hpp  What all planned kernels share: made once for fixed shapes, run many times on views.
#include <cstddef>

#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// Who computes. `automatic` takes oneDNN for float32 where it is built in and faster, else the Eigen
/// reference.
enum class Engine { automatic, eigen, onednn };

/// `exact`: direct arithmetic only. `standard`: also faster algorithms (Winograd) whose measured error stays
/// inside the ordinary tolerance. `fast`: faster algorithms with larger errors too, bfloat16 products where
/// the CPU is faster with them.
enum class Precision { exact, standard, fast };

struct KernelOptions {
  DType dtype = DType::float32;  ///< float32, or float64 (always the Eigen reference)
  Engine engine = Engine::automatic;
  Precision precision = Precision::standard;
  /// Backward will be called, and the weights change at every step: keep what backward needs, pack weights
  /// afresh in each call. Otherwise packed weights are kept until `weights_changed`.
  bool training = false;
};

/// Base of planned kernels. A kernel belongs to one Run, so it may keep primitives, packed weights and
/// scratch; its views' sizes are those it was planned for. Nothing is allocated after the first call of each
/// method.
class Kernel {
 public:
  Kernel() = default;
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  virtual ~Kernel() = default;
  /// Who does the work, for profiles and tests: "eigen", "onednn:brgemm:avx512_core", "winograd:f4x3", ...
  virtual const char* implementation() const { return "eigen"; }
  /// Weights have new values: packed or transformed copies of them are stale.
  virtual void weights_changed() {}
  /// True if only the first call after `weights_changed` reads the weights, and later ones a packed copy:
  /// what was made for this kernel alone need not be kept beside it. Their address must stay the same.
  virtual bool keeps_weights() const { return false; }
};

/// Takes a weight's gradient piece by piece, as soon as each is known: an optimizer that updates these
/// elements while they are in the cache, so that the gradient as a whole never exists.
class GradientSink {
 public:
  virtual ~GradientSink() = default;
  /// Elements [begin, begin + n) of the gradient. Each element comes once; several threads may call.
  virtual void take(Dim begin, Dim n, const float* gradient) = 0;
};

/// Where a weight's gradient goes: added to what is there, or assigned over it, or to `sink`, which only
/// comes to kernels that said they know it.
struct GradTarget {
  View view;
  bool accumulate = false;
  GradientSink* sink = nullptr;
  explicit operator bool() const { return static_cast<bool>(view); }
};

/// Number of threads that kernels use (OpenMP's); 1 means the calling thread alone.
void set_threads(int threads);
int get_threads();

}  // namespace rhyton
