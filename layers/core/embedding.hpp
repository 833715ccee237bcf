#pragma once
/// @file embedding.hpp  keras.layers.Embedding
#include "nn/layer.hpp"

namespace rhyton {

struct EmbeddingConfig {
  std::int64_t input_dim = 0, output_dim = 0;
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {}, activity_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("input_dim", input_dim).required("output_dim", output_dim);
    f("embeddings_initializer", embeddings_initializer)("embeddings_regularizer", embeddings_regularizer);
    f("activity_regularizer", activity_regularizer);
    f("embeddings_constraint", embeddings_constraint)("mask_zero", mask_zero);
  }
};

/// A row of a table for every index: (...) -> (..., output_dim). With mask_zero, index 0 is masked.
/// Weights: embeddings (input_dim, output_dim). A call throws ValueError on indices outside [0, input_dim).
class Embedding final : public LayerOf<Embedding, EmbeddingConfig> {
 public:
  static constexpr const char* keras_name = "Embedding";
  explicit Embedding(Config config);

  void build(const Shapes& input_shapes) override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  bool supports_masking() const override { return config_.mask_zero; }
  MaskRule mask_rule(const CallSpec& spec) const override;
  std::optional<Shape> mask_shape(const CallSpec& spec, int output) const override;
  void compute_mask(Call& c) const override;
  MaskGraph mask_graph() const override { return {.makes = MaskGraph::Makes::compared}; }
  bool takes(DType dtype) const override { return dtype != DType::string; }
  bool differentiates(int) const override { return false; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  int embeddings_ = -1;
};

}  // namespace rhyton
