#pragma once
/// @file lstm.hpp  keras.layers.LSTM
#include "nn/ops/recurrent_layer.hpp"

namespace rhyton {

struct LSTMConfig {
  std::int64_t units = 0;
  ActivationFn activation = "tanh", recurrent_activation = "sigmoid";
  bool use_bias = true, unit_forget_bias = true;
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
    f.required("units", units)("activation", activation)("recurrent_activation", recurrent_activation)(
        "use_bias", use_bias)("unit_forget_bias", unit_forget_bias);
    f("kernel_initializer", kernel_initializer)("recurrent_initializer", recurrent_initializer);
    f("bias_initializer", bias_initializer)("kernel_regularizer", kernel_regularizer);
    f("recurrent_regularizer", recurrent_regularizer)("bias_regularizer", bias_regularizer);
    f("kernel_constraint", kernel_constraint)("recurrent_constraint", recurrent_constraint);
    f("bias_constraint", bias_constraint)("dropout", dropout)("recurrent_dropout", recurrent_dropout);
    f("seed", seed);
  }
};

/// (batch, steps, features) -> (batch, units), or (batch, steps, units) with return_sequences; then the final
/// states h and c with return_state.
/// Weights, gates in the order i, f, c, o: kernel (features, 4 units), recurrent_kernel (units, 4 units),
/// bias (4 units).
class LSTM final : public ops::RecurrentOf<LSTM, LSTMConfig> {
 public:
  static constexpr const char* keras_name = "LSTM";
  explicit LSTM(Config config);
};
extern template class ops::RecurrentOf<LSTM, LSTMConfig>;

}  // namespace rhyton
