#include "nn/training/losses/by_shape.hpp"

namespace rhyton::losses {

CrossentropyByShape::CrossentropyByShape(Config config)
    : Configured(std::move(config)),
      binary_({.reduction = config_.reduction}),
      categorical_({.reduction = config_.reduction}),
      sparse_({.reduction = config_.reduction}) {
  set_common(config_.name, "crossentropy", config_.reduction);
}

bool CrossentropyByShape::uses_logits(ActivationKind kind) const {
  return binary_.uses_logits(kind) || categorical_.uses_logits(kind);
}

double CrossentropyByShape::evaluate(const LossInputs& inputs, View gradient) {
  const Shape &t = inputs.y_true.shape(), &p = inputs.y_pred.shape();
  const Dim last_true = t.rank() > 0 ? t.back() : 1, last_pred = p.rank() > 0 ? p.back() : 1;
  if (last_pred == 1) return binary_.evaluate(inputs, gradient);
  if (t.rank() < p.rank() || last_true == 1) return sparse_.evaluate(inputs, gradient);
  return categorical_.evaluate(inputs, gradient);
}

void CrossentropyByShape::compute(const Batch&) {
  throw NotSupported("values by sample of the loss 'crossentropy'; name the one that is meant");
}

}  // namespace rhyton::losses
