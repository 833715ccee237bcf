#pragma once
/// @file weight_listing.hpp  Weights that a layer expects and that a file has, as errors list them.
#include <memory>
#include <string>
#include <vector>

#include "nn/weight.hpp"

namespace rhyton {

/// ": kernel (3, 4), bias (4,)"; the first ones of many.
class WeightListing {
 public:
  static constexpr int most = 8;

  void add(const std::string& name, const std::string& shape);
  const std::string& text() const { return text_; }

 private:
  int count_ = 0;
  std::string text_;
};

/// "2 variables: kernel (3, 4), bias (4,)"
std::string expected_text(const std::vector<std::shared_ptr<Weight>>& weights, const char* what);

/// The remark that these layers could not be judged; empty if there are none.
std::string unjudged_remark(const std::vector<std::string>& layers);

}  // namespace rhyton
