#pragma once
/// @file zero_padding1d.hpp  keras.layers.ZeroPadding1D
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct ZeroPadding1DConfig {
  /// `p`: at both ends; `{before, after}`.
  Pair padding = 1;
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("padding", padding)("data_format", data_format); }
};

/// Puts zeros before and after sequences: (batch, steps, channels) -> (batch, before + steps + after,
/// channels), or the same with channels_first (batch, channels, steps).
class ZeroPadding1D final : public LayerOf<ZeroPadding1D, ZeroPadding1DConfig> {
 public:
  static constexpr const char* keras_name = "ZeroPadding1D";
  explicit ZeroPadding1D(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  bool keeps_dtype() const override { return true; }
  bool takes(DType dtype) const override { return dtype != DType::string; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  Traits traits(const CallSpec& spec) const override;

 private:
  Shape offset_;  ///< where the output's first cell would lie in the input: not above 0
};

}  // namespace rhyton
