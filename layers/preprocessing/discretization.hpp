#pragma once
/// @file discretization.hpp  keras.layers.Discretization
#include "nn/adaptable.hpp"
#include "nn/layer.hpp"
#include "nn/numbers.hpp"
#include "nn/ops/categories.hpp"

namespace rhyton {

struct DiscretizationConfig {
  std::optional<std::vector<Number>> bin_boundaries = {};  ///< ascending
  std::optional<std::int64_t> num_bins = {};               ///< for `adapt`, in place of boundaries
  double epsilon = 0.01;                                   ///< error of the quantiles that `adapt` finds
  std::string output_mode = "int";                         ///< or "one_hot", "multi_hot", "count"
  bool sparse = false;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("bin_boundaries", bin_boundaries)("num_bins", num_bins)("epsilon", epsilon);
    f("output_mode", output_mode)("sparse", sparse);
  }
};

/// The number of boundaries that are not above each element: int32 indices of the input's shape, or encoded
/// over all bins. Passes no gradient.
class Discretization final : public LayerOf<Discretization, DiscretizationConfig>, public Adaptable {
 public:
  static constexpr const char* keras_name = "Discretization";
  explicit Discretization(Config config);

  bool differentiates(int) const override { return false; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  bool takes(DType dtype) const override { return dtype != DType::string; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  /// As Keras has it, without `trainable`.
  void write_config(ConfigWriter& writer) const override;

 protected:
  /// Boundaries at quantiles, by merged summaries of the batches.
  void adapt_batches(const std::vector<Tensor>& batches) override;

 private:
  Dim depth() const;
  ops::CategoryMode mode_;
};

}  // namespace rhyton
