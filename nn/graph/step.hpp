#pragma once
/// @file step.hpp  The state of one step within a Run: wiring, what `prepare` announced, and the bound
/// memory.
#include <memory>
#include <string>
#include <vector>

#include "nn/operation.hpp"

namespace rhyton::detail {

struct Step {
  std::shared_ptr<const Operation> op;
  std::string name;
  CallSpec spec;
  std::vector<TensorSpec> output_specs;
  std::vector<std::shared_ptr<Weight>> weights;

  // Values by number; -1 for none.
  std::vector<int> inputs, masks, outputs, output_masks;
  bool computes_mask = false;
  bool frozen = false;  ///< a fused step whose layers are not trainable

  // Mode.
  KernelOptions options;
  bool training = false, wants_gradient = false;
  int most_threads = 1;  ///< that its work pays
  std::vector<bool> wants_dx;
  std::vector<bool> wants_dw;

  // Announced by prepare.
  std::vector<std::unique_ptr<Kernel>> kernels;
  std::vector<TensorSpec> saved_specs;
  std::size_t scratch_bytes = 0;
  bool reads_inputs = true, reads_outputs = true;
  std::vector<std::pair<int, int>> aliases, in_places, gradients_in_place;
  bool is_alias = false;
  std::vector<int> streams;  ///< weights whose gradient may go to a sink

  // Bound by the Run.
  std::vector<View> in, in_masks, out, out_masks, dy, dx, weight_views, saved;
  std::vector<GradTarget> gradients;
  std::vector<char> gradient_opened;
  std::vector<Tensor> updates;
  std::vector<char> updated;
  /// The step before this one that has the same weight, and the weight's number there.
  std::vector<std::pair<Step*, std::size_t>> earlier;
  void* forward_scratch = nullptr;
  void* backward_scratch = nullptr;
  std::uint64_t seed = 0;
  double loss = 0.0;  ///< what the call added
  std::uint64_t weights_version = 0;
};

}  // namespace rhyton::detail
