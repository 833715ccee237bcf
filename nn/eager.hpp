#pragma once
/// @file eager.hpp  Layers whose output's sizes depend on the values they get, not only on shapes.
#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// Such a layer stands in front of a model: it is run on data before sizes are planned.
class EagerLayer {
 public:
  /// The layer's output for `x`.
  virtual Tensor transform(const Tensor& x) const = 0;

 protected:
  ~EagerLayer() = default;
};

}  // namespace rhyton
