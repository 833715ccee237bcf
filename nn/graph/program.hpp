#pragma once
/// @file program.hpp  A plan made concrete: every size known, steps fused and trimmed by passes.
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "nn/graph/plan.hpp"
#include "nn/graph/step.hpp"

namespace rhyton {

/// How a Run will execute its plan.
struct RunOptions {
  KernelOptions kernel;
  bool training = false;         ///< the training flag that layers see
  bool gradients = false;        ///< backward will be called
  bool input_gradients = false;  ///< also with respect to the model's inputs
  /// Losses of the outputs want the logits below a closing softmax or sigmoid, where there are any (one entry
  /// an output; empty: none).
  std::vector<bool> wants_logits;
  bool fuse = true;  ///< let passes replace steps
  /// For tests: what a step is to write is filled with NaN before the step runs.
  bool poison = false;
};

namespace detail {

struct Value {
  TensorSpec spec;
  int mask = -1;  ///< the value that holds its mask
  bool needs_gradient = false;
};

/// The last activation below an output whose loss works on logits.
struct Logits {
  int value = -1;
  ActivationKind activation = ActivationKind::linear;
};

struct Program {
  std::vector<Value> values;
  std::vector<Step> steps;
  std::vector<int> inputs, outputs;
  std::vector<Logits> logits;  ///< one an output

  int add_value(TensorSpec spec);
  /// Steps that read a value, by number.
  std::vector<int> readers(int value) const;
  /// The step that makes a value; -1 for an input.
  int producer(int value) const;
  bool is_output(int value) const;
  /// What the layer of a step says of itself; monostate for fused steps.
  Traits traits(int step) const;
  void erase_steps(std::vector<int> numbers);
};

/// Concrete sizes for `input_shapes`; throws ValueError where a layer cannot take them.
Program make_program(const Plan& plan, const Shapes& input_shapes, const RunOptions& options);
/// All passes, in order (see passes/).
void run_passes(Program& program, const RunOptions& options);
/// Which values and weights need a gradient.
void mark_gradients(Program& program, const RunOptions& options);

}  // namespace detail
}  // namespace rhyton
