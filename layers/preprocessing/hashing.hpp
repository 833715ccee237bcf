#pragma once
/// @file hashing.hpp  keras.layers.Hashing
#include "nn/layer.hpp"
#include "nn/ops/categories.hpp"
#include "nn/token.hpp"

namespace rhyton {

struct HashingConfig {
  std::int64_t num_bins = 0;
  std::optional<Salt> salt = {};         ///< given: SipHash under this key, else FarmHash
  std::optional<Token> mask_value = {};  ///< has bin 0 for itself
  std::string output_mode = "int";       ///< or "one_hot", "multi_hot", "count"
  bool sparse = false;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("num_bins", num_bins)("salt", salt)("mask_value", mask_value);
    f("output_mode", output_mode)("sparse", sparse);
  }
};

/// Strings or integers (as decimal text) by their hash modulo `num_bins`: indices of the input's shape
/// (int64, or int32 if `dtype` says so), or encoded over all bins.
class Hashing final : public LayerOf<Hashing, HashingConfig> {
 public:
  static constexpr const char* keras_name = "Hashing";
  explicit Hashing(Config config);

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  bool takes(DType) const override { return true; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;

 private:
  ops::CategoryMode mode_;
};

}  // namespace rhyton
