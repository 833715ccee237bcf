#pragma once
/// @file assets.hpp  What layers keep in files of their own beside the weights, such as vocabularies.
#include <map>
#include <string>

namespace rhyton {

/// Texts by file name.
using Assets = std::map<std::string, std::string>;

class HasAssets {
 public:
  virtual ~HasAssets() = default;
  /// Empty where the configuration says it all.
  virtual Assets save_assets() const = 0;
  /// Throws FormatError on what does not fit.
  virtual void load_assets(const Assets& assets) = 0;
};

}  // namespace rhyton
