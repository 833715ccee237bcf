#pragma once
/// @file run_bindings.hpp  Where a Run's values, gradients and inputs lie.
#include "nn/graph/run.hpp"

namespace rhyton {

struct Run::Bindings {
  /// A value's forward memory: an arena buffer, the memory of model input `external` (an alias of it), or,
  /// for text, a tensor of its own.
  struct Place {
    int buffer = -1;
    int external = -1;
    int text = -1;
  };
  /// What a step's backward leaves to do for values that several steps read.
  struct StepGradients {
    std::vector<int> dx_buffers;  ///< -1: not wanted
    std::vector<GradientSink*> sinks;
    std::vector<char> accumulates;
    std::vector<std::pair<ConstView, View>> moves, additions;
    std::vector<std::pair<int, int>> pending_moves, pending_additions;  ///< (input position, buffer)
  };

  std::vector<Place> places;  ///< one a value
  std::vector<Tensor> texts;
  std::vector<int> gradient_of;         ///< buffer of a value's gradient; -1: none
  std::vector<std::vector<int>> saved;  ///< buffers, one list a step
  std::vector<int> forward_scratch, backward_scratch;
  std::vector<StepGradients> gradients;
  std::vector<std::vector<View*>> input_views;               ///< what to set when an input comes
  std::vector<std::pair<int, int>> output_gradient_buffers;  ///< (buffer, value) one an output
  std::vector<std::pair<ConstView, View>> start_additions;   ///< gradients of a value that is an output twice
  std::vector<std::pair<int, int>> zeroed;  ///< (buffer, value) of outputs that reach no loss
  std::vector<View> outputs, output_masks, logits, output_gradients, input_gradients, unread_gradients;
  std::vector<View> unreached_weights;    ///< gradients of weights that no step contributes to
  std::vector<Tensor> converted_weights;  ///< float64 copies of float32 weights
};

}  // namespace rhyton
