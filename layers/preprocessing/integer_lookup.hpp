#pragma once
/// @file integer_lookup.hpp  keras.layers.IntegerLookup
#include "nn/ops/lookup_layer.hpp"

namespace rhyton {

struct IntegerLookupConfig {
  bool invert = false;                          ///< from numbers to tokens
  std::optional<std::int64_t> max_tokens = {};  ///< special ones included
  std::int64_t num_oov_indices = 1;             ///< numbers for tokens that are not in the vocabulary
  std::optional<Token> oov_token = -1;
  std::optional<Token> mask_token = {};
  std::string output_mode = "int";  ///< or "one_hot", "multi_hot", "count", "tf_idf"
  bool sparse = false, pad_to_max_tokens = false;
  std::string vocabulary_dtype = "int64";
  std::optional<std::vector<Number>> idf_weights = {};
  std::optional<std::vector<std::int64_t>> vocabulary = {};  ///< none: learned by `adapt`
  std::optional<std::int64_t> vocabulary_size = {};          ///< as it was when the layer was saved
  std::string oov_method = "floormod";                       ///< of unknown integers, or "farmhash"
  std::optional<Salt> salt = {};
  std::optional<bool> has_input_vocabulary = {};  ///< read and without meaning
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    f("invert", invert)("max_tokens", max_tokens)("num_oov_indices", num_oov_indices);
    f("oov_token", oov_token)("mask_token", mask_token)("output_mode", output_mode)("sparse", sparse);
    f("pad_to_max_tokens", pad_to_max_tokens)("vocabulary_dtype", vocabulary_dtype);
    f("idf_weights", idf_weights)("vocabulary", vocabulary)("vocabulary_size", vocabulary_size);
    f("oov_method", oov_method)("salt", salt);
    if (f.reads()) f("has_input_vocabulary", has_input_vocabulary);
  }
};

/// Integers by their numbers in a vocabulary (int64): indices of the input's shape, or encoded over the
/// vocabulary; or numbers back to integers.
class IntegerLookup final : public ops::LookupLayer<IntegerLookup, IntegerLookupConfig, std::int64_t> {
 public:
  static constexpr const char* keras_name = "IntegerLookup";
  explicit IntegerLookup(Config config = {});
};

}  // namespace rhyton
