#pragma once
/// @file gru_cell.hpp  keras.layers.GRUCell
#include "nn/load_scope.hpp"
#include "nn/ops/cell_layer.hpp"

namespace rhyton {

struct GRUCellConfig {
  std::int64_t units = 0;
  ActivationFn activation = "tanh", recurrent_activation = "sigmoid";
  bool use_bias = true, reset_after = true;
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
        "use_bias", use_bias);
    f("kernel_initializer", kernel_initializer)("recurrent_initializer", recurrent_initializer);
    f("bias_initializer", bias_initializer)("kernel_regularizer", kernel_regularizer);
    f("recurrent_regularizer", recurrent_regularizer)("bias_regularizer", bias_regularizer);
    f("kernel_constraint", kernel_constraint)("recurrent_constraint", recurrent_constraint);
    f("bias_constraint", bias_constraint)("dropout", dropout)("recurrent_dropout", recurrent_dropout);
    // Files of Keras 2.2 and older have no such key and mean false.
    if (f.reads())
      if (LoadScope::dialect() == Dialect::keras2) reset_after = false;
    f("reset_after", reset_after);
    f("seed", seed);
    if (f.reads()) f("implementation", implementation);
  }
};

/// One step of GRU: (batch, features), and h (batch, units) in the role "states" -> h', and the new state h'.
/// Weights, gates in the order z, r, h: kernel (features, 3 units), recurrent_kernel (units, 3 units), bias
/// (2, 3 units), or (3 units) without reset_after.
class GRUCell final : public LayerOf<GRUCell, GRUCellConfig, ops::CellLayer> {
 public:
  static constexpr const char* keras_name = "GRUCell";
  explicit GRUCell(Config config);
};

}  // namespace rhyton
