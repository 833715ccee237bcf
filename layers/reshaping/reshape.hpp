#pragma once
/// @file reshape.hpp  keras.layers.Reshape
#include "nn/layer.hpp"

namespace rhyton {

struct ReshapeConfig {
  /// Without the batch; one entry may be -1: what is left.
  std::vector<std::int64_t> target_shape = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("target_shape", target_shape); }
};

/// (batch, ...) -> (batch, target_shape...): the same elements in the same order.
class Reshape final : public LayerOf<Reshape, ReshapeConfig> {
 public:
  static constexpr const char* keras_name = "Reshape";
  explicit Reshape(Config config);

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  bool keeps_dtype() const override { return true; }
  void prepare(Prepare& p) const override { p.alias(); }
  void call(Call&) const override {}
  void backward(Backward&) const override {}
  Traits traits(const CallSpec&) const override { return AliasTraits{}; }

 private:
  std::string target_text() const;
};

}  // namespace rhyton
