#pragma once
/// @file lookup_layer.hpp  What StringLookup and IntegerLookup share.
#include "nn/adaptable.hpp"
#include "nn/ops/lookup_op.hpp"

namespace rhyton::ops {

/// A layer that looks tokens of type `Key` up in a vocabulary (int64): indices of the input's shape, or
/// encoded over the vocabulary; or numbers back to tokens.
template <class Derived, class ConfigT, class Key>
class LookupLayer : public LayerOf<Derived, ConfigT>, public Adaptable, public HasAssets {
 public:
  /// Throws ValueError on tokens that stand twice, or too many.
  void set_vocabulary(const std::vector<Key>& vocabulary,
                      const std::optional<std::vector<Number>>& idf_weights = {}) {
    vocabulary_.set(*this, vocabulary, idf_weights);
    this->config_.vocabulary_size = vocabulary_.size();
  }
  std::vector<Key> get_vocabulary(bool include_special_tokens = true) const {
    return vocabulary_.tokens(include_special_tokens);
  }
  /// With the special tokens.
  std::int64_t vocabulary_size() const { return vocabulary_.size(); }

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    this->expect_inputs(spec.shapes(), 1);
    return lookup_spec(*this, spec, vocabulary_, mode_, this->config_.invert);
  }
  bool takes(DType) const override { return true; }
  void prepare(Prepare& p) const override { prepare_lookup(*this, p, vocabulary_, mode_); }
  /// Throws ValueError on a token without a number (num_oov_indices 0).
  void call(Call& c) const override { call_lookup(*this, c, vocabulary_, mode_, this->config_.invert); }

  Assets save_assets() const override { return lookup_assets(vocabulary_, mode_, !this->config_.vocabulary); }
  void load_assets(const Assets& assets) override {
    if (!this->config_.vocabulary) restore_lookup(*this, assets, vocabulary_);
  }

 protected:
  explicit LookupLayer(ConfigT&& config)
      : LayerOf<Derived, ConfigT>(std::move(config)),
        mode_(category_mode(*this, this->config_.output_mode, lookup_modes)) {
    const LookupOptions options = lookup_options(this->config_, mode_);
    check_lookup(*this, options, std::is_same_v<Key, std::string>, this->config_.sparse);
    vocabulary_ = Vocabulary<Key>(options);
    vocabulary_.expect(this->config_.vocabulary_size);
    if (this->config_.vocabulary) set_vocabulary(*this->config_.vocabulary, this->config_.idf_weights);
  }

  /// Tokens by frequency; the first axis counts documents.
  void adapt_batches(const std::vector<Tensor>& batches) override {
    if (this->config_.vocabulary) this->fail("adapt: the layer was given its `vocabulary`.");
    vocabulary_.adapt(*this, documents_of<Key>(*this, batches));
    this->config_.vocabulary_size = vocabulary_.size();
  }

 private:
  CategoryMode mode_;
  Vocabulary<Key> vocabulary_;
};

}  // namespace rhyton::ops
