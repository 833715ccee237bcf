#pragma once
/// @file text_vectorization.hpp  keras.layers.TextVectorization
#include "nn/adaptable.hpp"
#include "nn/assets.hpp"
#include "nn/eager.hpp"
#include "nn/layer.hpp"
#include "nn/ops/text.hpp"
#include "nn/ops/vocabulary.hpp"

namespace rhyton {

/// The widths of n-grams: `2` stands for all up to 2, `{1, 3}` for these.
struct NGrams {
  NGrams(std::int64_t most = 1) : most(most) {}
  NGrams(std::initializer_list<std::int64_t> list) : widths(list) {}
  std::int64_t most = 0;
  std::vector<std::int64_t> widths = {};  ///< where they were listed
};
void from_config(const Json& json, NGrams& value);
void to_config(Json& json, const NGrams& value);

struct TextVectorizationConfig {
  std::optional<std::int64_t> max_tokens = {};
  /// "lower_and_strip_punctuation", "lower", "strip_punctuation", or none.
  std::optional<std::string> standardize = "lower_and_strip_punctuation";
  std::optional<std::string> split = "whitespace";  ///< or "character", or none: the input's last axis
  std::optional<NGrams> ngrams = {};
  std::string output_mode = "int";  ///< or "multi_hot", "count", "tf_idf"
  std::optional<std::int64_t> output_sequence_length = {};
  bool pad_to_max_tokens = false, sparse = false, ragged = false;
  std::optional<std::vector<std::string>> vocabulary = {};  ///< none: learned by `adapt`
  std::optional<std::vector<Number>> idf_weights = {};
  std::string encoding = "utf-8";
  std::optional<std::int64_t> vocabulary_size = {};  ///< as it was when the layer was saved
  std::optional<bool> has_input_vocabulary = {};     ///< read and without meaning
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("max_tokens", max_tokens)("standardize", standardize)("split", split)("ngrams", ngrams);
    f("output_mode", output_mode)("output_sequence_length", output_sequence_length);
    f("pad_to_max_tokens", pad_to_max_tokens)("sparse", sparse)("ragged", ragged);
    f("vocabulary", vocabulary)("idf_weights", idf_weights)("encoding", encoding);
    f("vocabulary_size", vocabulary_size);
    if (f.reads()) f("has_input_vocabulary", has_input_vocabulary);
  }
};

/// Texts (batch) or (batch, 1) as the numbers of their tokens (int64), padded with 0: (batch, length); or as
/// vectors over the vocabulary. Number 0 is the padding, 1 unknown tokens.
/// Without `output_sequence_length`, length is that of the longest text of a batch: then the layer runs by
/// `transform`, in front of a model.
class TextVectorization final : public LayerOf<TextVectorization, TextVectorizationConfig>,
                                public Adaptable,
                                public HasAssets,
                                public EagerLayer {
 public:
  static constexpr const char* keras_name = "TextVectorization";
  explicit TextVectorization(Config config = {});

  /// Throws ValueError on tokens that stand twice, or too many.
  void set_vocabulary(const std::vector<std::string>& vocabulary,
                      const std::optional<std::vector<Number>>& idf_weights = {});
  std::vector<std::string> get_vocabulary(bool include_special_tokens = true) const;
  /// With the special tokens.
  std::int64_t vocabulary_size() const { return vocabulary_.size(); }

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  bool takes(DType) const override { return true; }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  Tensor transform(const Tensor& x) const override;
  Assets save_assets() const override;
  void load_assets(const Assets& assets) override;

 protected:
  /// Tokens by frequency; every text is a document.
  void adapt_batches(const std::vector<Tensor>& batches) override;

 private:
  /// Tokens of each text.
  std::vector<std::vector<std::string>> tokenize(ConstView x) const;
  void write(const std::vector<std::vector<std::string>>& tokens, View y) const;
  void check_input(const Shape& x, DType dtype) const;

  ops::CategoryMode mode_;
  ops::Tokenizer tokenizer_;
  ops::Vocabulary<std::string> vocabulary_;
};

}  // namespace rhyton
