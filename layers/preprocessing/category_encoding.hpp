#pragma once
/// @file category_encoding.hpp  keras.layers.CategoryEncoding
#include "nn/layer.hpp"
#include "nn/ops/categories.hpp"

namespace rhyton {

struct CategoryEncodingConfig {
  std::int64_t num_tokens = 0;
  std::string output_mode = "multi_hot";  ///< or "one_hot", "count"
  bool sparse = false;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("num_tokens", num_tokens)("output_mode", output_mode);
    if (f.reads()) f("sparse", sparse);
  }
};

/// Integers in [0, num_tokens) as vectors of num_tokens: one for each ("one_hot", behind the input's axes, in
/// the place of a last axis of size 1), or one for a sample, (batch, length) -> (batch, num_tokens), of ones
/// ("multi_hot") or counts ("count", each times the argument `count_weights`, if that is given).
class CategoryEncoding final : public LayerOf<CategoryEncoding, CategoryEncodingConfig> {
 public:
  static constexpr const char* keras_name = "CategoryEncoding";
  explicit CategoryEncoding(Config config);

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  bool takes(DType dtype) const override { return dtype != DType::string; }
  void prepare(Prepare& p) const override;
  /// Throws ValueError on a number that is not a token.
  void call(Call& c) const override;
  /// Of the count weights.
  void backward(Backward& b) const override;

 private:
  ops::CategoryMode mode_;
};

}  // namespace rhyton
