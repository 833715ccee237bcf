#pragma once
/// @file flatten.hpp  keras.layers.Flatten
#include "nn/arguments.hpp"
#include "nn/layer.hpp"

namespace rhyton {

struct FlattenConfig {
  DataFormat data_format = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("data_format", data_format); }
};

/// (batch, ...) -> (batch, product of the rest). With channels_first the channels are moved to the end
/// before, so that both formats give one order.
class Flatten final : public LayerOf<Flatten, FlattenConfig> {
 public:
  static constexpr const char* keras_name = "Flatten";
  explicit Flatten(Config config = {});

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  bool keeps_dtype() const override { return true; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  Traits traits(const CallSpec& spec) const override;

 private:
  /// The transposition to channels_last; empty where none is needed.
  Shape to_channels_last(int rank) const;
};

}  // namespace rhyton
