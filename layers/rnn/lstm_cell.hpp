#pragma once
/// @file lstm_cell.hpp  keras.layers.LSTMCell
#include "nn/load_scope.hpp"
#include "nn/ops/cell_layer.hpp"

namespace rhyton {

struct LSTMCellConfig {
  std::int64_t units = 0;
  ActivationFn activation = "tanh", recurrent_activation = "sigmoid";
  bool use_bias = true, unit_forget_bias = true;
  Initializer kernel_initializer = "glorot_uniform", recurrent_initializer = "orthogonal",
              bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  double dropout = 0.0, recurrent_dropout = 0.0;
  Seed seed = {};
  std::int64_t implementation = 2;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("units", units)("activation", activation)("recurrent_activation", recurrent_activation)(
        "use_bias", use_bias)("unit_forget_bias", unit_forget_bias);
    f("kernel_initializer", kernel_initializer)("recurrent_initializer", recurrent_initializer);
    f("bias_initializer", bias_initializer)("kernel_regularizer", kernel_regularizer);
    f("recurrent_regularizer", recurrent_regularizer)("bias_regularizer", bias_regularizer);
    f("kernel_constraint", kernel_constraint)("recurrent_constraint", recurrent_constraint);
    f("bias_constraint", bias_constraint)("dropout", dropout)("recurrent_dropout", recurrent_dropout);
    f("seed", seed);
    if (f.reads()) f("implementation", implementation);
  }
};

/// One step of LSTM: (batch, features), and h, c (batch, units) in the role "states" -> h', and the new
/// states h', c'. Weights, gates in the order i, f, c, o: kernel (features, 4 units), recurrent_kernel
/// (units, 4 units), bias (4 units).
class LSTMCell final : public LayerOf<LSTMCell, LSTMCellConfig, ops::CellLayer> {
 public:
  static constexpr const char* keras_name = "LSTMCell";
  explicit LSTMCell(Config config);
};

}  // namespace rhyton
