#pragma once
/// @file text.hpp  From a text to its tokens, as TensorFlow's string operations do it.
#include <cstdint>
#include <string>
#include <vector>

namespace rhyton::ops {

struct Tokenizer {
  bool lower = false, strip_punctuation = false;  ///< of ASCII
  enum class Split { none, whitespace, character } split = Split::whitespace;
  /// Widths of n-grams, joined by spaces, in the order in which they follow; empty: the tokens themselves.
  std::vector<std::int64_t> ngrams = {};

  std::vector<std::string> operator()(const std::string& text) const;
  /// The n-grams of tokens.
  std::vector<std::string> join(const std::vector<std::string>& tokens) const;
  /// The text without case and punctuation, as far as they are to go.
  std::string standardize(const std::string& text) const;
};

}  // namespace rhyton::ops
