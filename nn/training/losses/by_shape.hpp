#pragma once
/// @file by_shape.hpp  "crossentropy": one of three losses, chosen by the shapes.
#include "nn/training/losses/crossentropy.hpp"

namespace rhyton::losses {

/// Binary where y_pred has one value a sample, sparse categorical where y_true holds class indices,
/// categorical otherwise.
class CrossentropyByShape : public Configured<CrossentropyByShape, LossBase, PlainConfig> {
 public:
  static constexpr const char* keras_name = "crossentropy";
  explicit CrossentropyByShape(Config config = {});
  double evaluate(const LossInputs& inputs, View gradient = {}) override;
  bool uses_logits(ActivationKind kind) const override;

 protected:
  void compute(const Batch& batch) override;

 private:
  BinaryCrossentropy binary_;
  CategoricalCrossentropy categorical_;
  SparseCategoricalCrossentropy sparse_;
};

}  // namespace rhyton::losses
