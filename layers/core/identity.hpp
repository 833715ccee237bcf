#pragma once
/// @file identity.hpp  keras.layers.Identity
#include "nn/layer.hpp"

namespace rhyton {

struct IdentityConfig {
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields&) {}
};

/// y = x.
class Identity final : public LayerOf<Identity, IdentityConfig> {
 public:
  static constexpr const char* keras_name = "Identity";
  explicit Identity(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  bool keeps_dtype() const override { return true; }
  void prepare(Prepare& p) const override { p.alias(); }
  void call(Call&) const override {}
  void backward(Backward&) const override {}
  bool supports_masking() const override { return true; }
  Traits traits(const CallSpec&) const override { return AliasTraits{}; }
};

}  // namespace rhyton
