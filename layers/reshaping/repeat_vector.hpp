#pragma once
/// @file repeat_vector.hpp  keras.layers.RepeatVector
#include "nn/layer.hpp"

namespace rhyton {

struct RepeatVectorConfig {
  std::int64_t n = 0;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("n", n); }
};

/// (batch, features) -> (batch, n, features).
class RepeatVector final : public LayerOf<RepeatVector, RepeatVectorConfig> {
 public:
  static constexpr const char* keras_name = "RepeatVector";
  explicit RepeatVector(Config config);
  /// `RepeatVector(3)`
  explicit RepeatVector(std::int64_t n) : RepeatVector(Config{.n = n}) {}

  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton
