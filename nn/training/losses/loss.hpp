#pragma once
/// @file loss.hpp  Base of losses: per-sample values, Keras's reduction, and the gradient in the same pass.
#include "nn/kernels/activation.hpp"
#include "nn/object.hpp"
#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// What a loss sees of one output. Absent views: no weights, no mask, no logits.
struct LossInputs {
  ConstView y_true;  ///< any number type
  ConstView y_pred;
  /// The values below the closing softmax or sigmoid of y_pred, if the model ends so.
  ConstView logits;
  ActivationKind logits_activation = ActivationKind::linear;
  ConstView sample_weight;  ///< float32, broadcast over the per-sample losses
  ConstView mask;           ///< boolean, of the per-sample losses' shape
};

/// Base of `keras.losses`.
class LossBase : public Object {
 public:
  static constexpr const char* family = "loss";
  static constexpr const char* module = "keras.losses";

  /// The reduced loss. Where `gradient` is there, the gradient of the reduced loss is assigned to it: with respect to
  /// the logits if `inputs.logits` is there, to y_pred otherwise. Allocates nothing once warm. Throws ValueError on
  /// shapes that do not fit each other.
  virtual double evaluate(const LossInputs& inputs, View gradient) const = 0;
  /// True for crossentropies on probabilities, which work on logits where the model offers them.
  virtual bool wants_logits() const { return false; }
  /// Keras's name, "mean_squared_error".
  virtual std::string name() const = 0;
};

template <>
Registry<LossBase>& Registry<LossBase>::global();

/// A loss, or its name: "mse", "sparse_categorical_crossentropy", ...
using Loss = Ref<LossBase>;

}  // namespace rhyton
