#pragma once
/// @file adaptable.hpp  Layers that learn from data by looking at it, not by gradients.
#include <string>
#include <vector>

#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// Keras's `adapt`: to be called before the layer is used. What was learned before is forgotten.
class Adaptable {
 public:
  /// Throws ValueError where the data do not fit, or the layer was given what it would learn.
  void adapt(const Tensor& data) { adapt_batches({data}); }
  void adapt(const std::vector<std::string>& texts) { adapt_batches({Tensor(texts)}); }
  /// The same data in several batches.
  void adapt(const std::vector<Tensor>& batches) { adapt_batches(batches); }

 protected:
  virtual void adapt_batches(const std::vector<Tensor>& batches) = 0;

 protected:
  ~Adaptable() = default;
};

}  // namespace rhyton
