#pragma once
/// @file recurrent.hpp  What recurrent cells and the layers that loop over them tell each other.
#include <vector>

#include "nn/activations/activation_fn.hpp"
#include "nn/kernels/rnn.hpp"
#include "nn/layer.hpp"

namespace rhyton {

/// A cell that the kernels know: its kind and the numbers of its own weights.
struct FusedCell {
  CellKind kind = CellKind::lstm;
  Dim units = 0;
  bool reset_after = true;
  ActivationFn activation = "tanh", recurrent_activation = "sigmoid";
  int kernel = 0, recurrent_kernel = 1, bias = -1;
  double dropout = 0.0, recurrent_dropout = 0.0;
  int dropout_masks = 1;  ///< 1 for all gates, or one a gate (Keras's implementation 1)
};

/// One step of a recurrence. A cell derives from this beside Layer; it is called on (batch, features) and, in
/// the role "states", on its states, and returns its output and the new states.
class RecurrentCell {
 public:
  /// The size of each state: (batch, size).
  virtual std::vector<Dim> state_size() const = 0;
  virtual Dim output_size() const { return state_size()[0]; }
  /// Null: the cell must be called step by step.
  virtual const FusedCell* fused() const { return nullptr; }
  /// The cells of a stack, the input's first; empty for a single one.
  virtual std::vector<LayerRef> stack() const { return {}; }

 protected:
  ~RecurrentCell() = default;
};

/// Throws ValueError, naming `owner`, unless `layer` is a cell.
const RecurrentCell& as_cell(const Layer& owner, const LayerRef& layer);

struct RecurrentOptions {
  bool return_sequences = false, return_state = false, go_backwards = false, stateful = false, unroll = false;
  bool zero_output_for_mask = false;
};

/// A layer that loops over time, as wrappers see it: it derives from this beside Layer.
class RecurrentInterface {
 public:
  virtual RecurrentOptions recurrent_options() const = 0;
  virtual void set_zero_output_for_mask(bool zero) = 0;

 protected:
  ~RecurrentInterface() = default;
};

/// Keras's arguments of every recurrent layer. Keras 2 also wrote `time_major`, of which only false is
/// accepted, and `implementation`, which says how many dropout masks are drawn.
#define RHYTON_RNN_ARGUMENTS                                                                   \
  bool return_sequences = false, return_state = false, go_backwards = false, stateful = false, \
       unroll = false;                                                                         \
  bool zero_output_for_mask = false, time_major = false;                                       \
  std::int64_t implementation = 2

template <class Config>
void rnn_fields(ConfigFields& f, Config& c) {
  f("return_sequences", c.return_sequences)("return_state", c.return_state);
  f("go_backwards", c.go_backwards)("stateful", c.stateful)("unroll", c.unroll);
  f("zero_output_for_mask", c.zero_output_for_mask);
  if (f.reads()) f("time_major", c.time_major)("implementation", c.implementation);
}

}  // namespace rhyton
