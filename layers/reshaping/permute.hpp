#pragma once
/// @file permute.hpp  keras.layers.Permute
#include "nn/layer.hpp"

namespace rhyton {

struct PermuteConfig {
  /// The input's axes in their new order, counted from 1: the batch stays first.
  std::vector<std::int64_t> dims = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("dims", dims); }
};

/// y's axis i is x's axis dims[i - 1].
class Permute final : public LayerOf<Permute, PermuteConfig> {
 public:
  static constexpr const char* keras_name = "Permute";
  explicit Permute(Config config);

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  bool keeps_dtype() const override { return true; }
  bool takes(DType dtype) const override { return dtype != DType::string; }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  Shape permutation_{0};
};

}  // namespace rhyton
