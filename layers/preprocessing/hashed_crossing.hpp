#pragma once
/// @file hashed_crossing.hpp  keras.layers.HashedCrossing
#include "nn/layer.hpp"
#include "nn/ops/categories.hpp"

namespace rhyton {

struct HashedCrossingConfig {
  std::int64_t num_bins = 0;
  std::string output_mode = "int";  ///< or "one_hot"
  bool sparse = false;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("num_bins", num_bins)("output_mode", output_mode)("sparse", sparse);
  }
};

/// The combination of several features, strings or integers of shape (batch) or (batch, 1), by its hash
/// modulo `num_bins`: indices of that shape, or encoded over all bins.
class HashedCrossing final : public LayerOf<HashedCrossing, HashedCrossingConfig> {
 public:
  static constexpr const char* keras_name = "HashedCrossing";
  explicit HashedCrossing(Config config);

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  bool takes(DType) const override { return true; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  /// As Keras has it, without `trainable`.
  void write_config(ConfigWriter& writer) const override;

 private:
  ops::CategoryMode mode_;
};

}  // namespace rhyton
