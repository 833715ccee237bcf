#pragma once
/// @file simple_rnn.hpp  keras.layers.SimpleRNN
#include "nn/ops/recurrent_layer.hpp"

namespace rhyton {

struct SimpleRNNConfig {
  std::int64_t units = 0;
  ActivationFn activation = "tanh";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform", recurrent_initializer = "orthogonal",
              bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  double dropout = 0.0, recurrent_dropout = 0.0;
  Seed seed = {};
  RHYTON_RNN_ARGUMENTS;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    rnn_fields(f, *this);
    f("activity_regularizer", activity_regularizer);
    f.required("units", units)("activation", activation)("use_bias", use_bias);
    f("kernel_initializer", kernel_initializer)("recurrent_initializer", recurrent_initializer);
    f("bias_initializer", bias_initializer)("kernel_regularizer", kernel_regularizer);
    f("recurrent_regularizer", recurrent_regularizer)("bias_regularizer", bias_regularizer);
    f("kernel_constraint", kernel_constraint)("recurrent_constraint", recurrent_constraint);
    f("bias_constraint", bias_constraint)("dropout", dropout)("recurrent_dropout", recurrent_dropout);
    if (f.reads()) f("seed", seed);
  }
};

/// (batch, steps, features) -> (batch, units), or (batch, steps, units) with return_sequences; then the final
/// state h with return_state.
/// Weights: kernel (features, units), recurrent_kernel (units, units), bias (units).
class SimpleRNN final : public ops::RecurrentOf<SimpleRNN, SimpleRNNConfig> {
 public:
  static constexpr const char* keras_name = "SimpleRNN";
  explicit SimpleRNN(Config config);
};
extern template class ops::RecurrentOf<SimpleRNN, SimpleRNNConfig>;

}  // namespace rhyton
