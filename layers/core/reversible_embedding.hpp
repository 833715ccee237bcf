#pragma once
/// @file reversible_embedding.hpp  keras.layers.ReversibleEmbedding
#include "nn/layer.hpp"
#include "nn/numbers.hpp"

namespace rhyton {

struct ReversibleEmbeddingConfig {
  std::int64_t input_dim = 0, output_dim = 0;
  bool tie_weights = true;  ///< one table for both directions
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {}, activity_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;
  std::optional<std::string> reverse_dtype = {};  ///< none or "float32"
  std::optional<Number> logit_soft_cap = {};      ///< y = cap tanh(x / cap) in reverse
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f.required("input_dim", input_dim).required("output_dim", output_dim);
    f("embeddings_initializer", embeddings_initializer)("embeddings_regularizer", embeddings_regularizer);
    f("activity_regularizer", activity_regularizer);
    f("embeddings_constraint", embeddings_constraint)("mask_zero", mask_zero);
    f("tie_weights", tie_weights)("reverse_dtype", reverse_dtype)("logit_soft_cap", logit_soft_cap);
  }
};

/// Embedding: (...) -> (..., output_dim); called with the flag `reverse`, the product with the table's
/// transpose: (..., output_dim) -> (..., input_dim).
/// Weights: embeddings (input_dim, output_dim); without tie_weights also reverse_embeddings (output_dim,
/// input_dim).
class ReversibleEmbedding final : public LayerOf<ReversibleEmbedding, ReversibleEmbeddingConfig> {
 public:
  static constexpr const char* keras_name = "ReversibleEmbedding";
  explicit ReversibleEmbedding(Config config);

  void build(const CallSpec& spec) override;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  bool supports_masking() const override { return config_.mask_zero; }
  MaskRule mask_rule(const CallSpec& spec) const override;
  std::optional<Shape> mask_shape(const CallSpec& spec, int output) const override;
  void compute_mask(Call& c) const override;
  bool takes(DType dtype) const override { return dtype != DType::string; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  static bool reverse(const CallSpec& spec) { return spec.flag("reverse").value_or(false); }

  int embeddings_ = -1, reverse_embeddings_ = -1;
};

}  // namespace rhyton
