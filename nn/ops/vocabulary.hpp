#pragma once
/// @file vocabulary.hpp  Tokens by number and numbers by token: what IntegerLookup, StringLookup and
/// TextVectorization have in common.
#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "nn/numbers.hpp"
#include "nn/ops/categories.hpp"
#include "nn/token.hpp"

namespace rhyton::ops {

/// Keras's arguments of a lookup.
struct LookupOptions {
  std::optional<std::int64_t> max_tokens;
  std::int64_t num_oov_indices = 1;  ///< numbers for tokens that are not in the vocabulary
  std::optional<Token> mask_token, oov_token;
  bool invert = false;
  CategoryMode mode = CategoryMode::indices;
  bool pad_to_max_tokens = false;
  bool hashes_integers = false;  ///< unknown integers go by hash, not by remainder
  std::optional<Salt> salt;
};

/// Throws ValueError, naming the layer, where the options contradict each other. `text`: tokens are strings.
void check_lookup(const Layer& layer, const LookupOptions& options, bool text, bool sparse);

/// `Key` is std::string or std::int64_t. Numbers: the mask token is 0 (mode "int" only), then those of
/// unknown tokens, then the vocabulary in order.
template <class Key>
class Vocabulary {
 public:
  Vocabulary() = default;
  explicit Vocabulary(LookupOptions options) : o_(std::move(options)) {}

  /// `tokens` may begin with the special ones. Throws ValueError on repeated or reserved tokens, or too many.
  void set(const Layer& layer, std::vector<Key> tokens,
           const std::optional<std::vector<Number>>& idf_weights);
  /// The same from a file: idf weights (mode "tf_idf") are those of all numbers. Throws FormatError unless
  /// there are as many tokens as `expect` said.
  void restore(const Layer& layer, std::vector<Key> tokens, const Tensor& idf_weights);
  /// How many tokens there will be once the vocabulary comes.
  void expect(std::optional<std::int64_t> size) { expected_ = size.value_or(0); }
  bool empty() const { return !known_; }
  /// With the special tokens.
  Dim size() const {
    return known_ ? first() + static_cast<Dim>(tokens_.size()) : std::max<Dim>(first(), expected_);
  }
  /// Length of an encoded vector.
  Dim depth() const { return o_.pad_to_max_tokens ? *o_.max_tokens : size(); }
  /// Keras's get_vocabulary.
  std::vector<Key> tokens(bool include_special_tokens) const;

  /// The number of a token: -1 for an unknown one without a number, a very large one for a mask token that is
  /// not to be counted.
  std::int64_t number(const Key& token) const;
  /// The token of a number; the unknown one's token for numbers that stand for none.
  const Key& token(std::int64_t number) const;
  /// One weight a number (mode "tf_idf").
  const Tensor& idf_weights() const { return idf_; }

  /// Most frequent first; ties by the tokens themselves, descending. Rows of `documents` are documents.
  void adapt(const Layer& layer, const std::vector<std::vector<Key>>& documents);

 private:
  Dim unknown_first() const { return o_.mask_token && o_.mode == CategoryMode::indices ? 1 : 0; }
  Dim first() const { return unknown_first() + o_.num_oov_indices; }
  static const Key* key(const std::optional<Token>& token);
  void index(std::vector<Key> tokens);

  LookupOptions o_;
  bool known_ = false;
  Dim expected_ = 0;
  std::vector<Key> tokens_;
  std::unordered_map<Key, std::int64_t> numbers_;
  Tensor idf_;
};

extern template class Vocabulary<std::string>;
extern template class Vocabulary<std::int64_t>;

}  // namespace rhyton::ops
