#pragma once
/// @file recurrent_op.hpp  A cell that the kernels know, over a sequence or for one step, as a step of a run.
#include "nn/recurrent.hpp"

namespace rhyton::ops {

/// A call of a fused cell. Inputs: x, then initial states (in any role but "mask"). Outputs: y, then the
/// final states where `state`.
struct RecurrentCall {
  const FusedCell& cell;
  RecurrentOptions options{};
  bool time = true;        ///< x is (batch, steps, features), else (batch, features)
  bool masked = false;     ///< the mask of input 0 is to be used
  int state_weights = -1;  ///< number of the first weight that holds a state between calls
};

void prepare_recurrent(Prepare& p, const RecurrentCall& call);
void call_recurrent(Call& c, const RecurrentCall& call);
void backward_recurrent(Backward& b, const RecurrentCall& call);
double recurrent_flops(const CallSpec& spec, const RecurrentCall& call);

/// Position of the k-th initial state among a call's inputs; -1 if there is none.
int state_input(const CallSpec& spec, int k);
std::vector<int> state_inputs(const CallSpec& spec);

}  // namespace rhyton::ops
