#pragma once
/// @file assets.hpp  What layers keep in files beside their weights, such as vocabularies.
#include <map>
#include <string>

#include "nn/tensor/tensor.hpp"

namespace rhyton {

/// By the path below the layer's own: texts ("vocabulary.txt"), and variables that Keras keeps by name
/// ("idf_weights").
struct Assets {
  std::map<std::string, std::string> files;
  std::map<std::string, Tensor> variables;
};

class HasAssets {
 public:
  /// Without the texts that the configuration has.
  virtual Assets save_assets() const = 0;
  /// Throws FormatError on what does not fit.
  virtual void load_assets(const Assets& assets) = 0;

 protected:
  ~HasAssets() = default;
};

}  // namespace rhyton
