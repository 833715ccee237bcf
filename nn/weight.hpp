#pragma once
/// @file weight.hpp  A variable of a layer.
#include <cstdint>
#include <memory>
#include <string>

#include "nn/constraints/constraint.hpp"
#include "nn/initializers/initializer.hpp"
#include "nn/regularizers/regularizer.hpp"

namespace rhyton {

/// What `Layer::add_weight` takes beside a name and a shape.
struct WeightOptions {
  Initializer initializer;  ///< none: glorot_uniform if trainable, else zeros
  Regularizer regularizer = {};
  Constraint constraint = {};
  bool trainable = true;
  DType dtype = DType::float32;
  /// False for state that is not saved, such as the states of a stateful RNN.
  bool persistent = true;
};

/// A named tensor that belongs to a layer; shared by all steps and models that use the layer.
struct Weight {
  std::string name;
  Tensor value;
  WeightOptions options;
  /// Counts assignments, so that a Run knows when its packed copies are stale.
  std::uint64_t version = 1;

  /// To be called after `value` was written to.
  void touch();
};

/// Grows with every `touch` in the process: while it stands still, no weight has changed.
std::uint64_t weights_epoch();

}  // namespace rhyton
