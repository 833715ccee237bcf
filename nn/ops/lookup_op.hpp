#pragma once
/// @file lookup_op.hpp  Lookups in a vocabulary as a step, and vocabularies as files.
#include "nn/assets.hpp"
#include "nn/ops/vocabulary.hpp"

namespace rhyton::ops {

inline constexpr std::initializer_list<const char*> lookup_modes = {"int", "one_hot", "multi_hot", "count",
                                                                    "tf_idf"};

/// The options among a lookup layer's arguments.
template <class Config>
LookupOptions lookup_options(const Config& c, CategoryMode mode) {
  LookupOptions o;
  o.max_tokens = c.max_tokens;
  o.num_oov_indices = c.num_oov_indices;
  o.mask_token = c.mask_token;
  o.oov_token = c.oov_token;
  o.invert = c.invert;
  o.mode = mode;
  o.pad_to_max_tokens = c.pad_to_max_tokens;
  o.hashes_integers = c.oov_method == "farmhash";
  o.salt = c.salt;
  return o;
}

template <class Key>
std::vector<TensorSpec> lookup_spec(const Layer& layer, const CallSpec& spec,
                                    const Vocabulary<Key>& vocabulary, CategoryMode mode, bool invert);
/// Throws ValueError if there is no vocabulary yet.
template <class Key>
void prepare_lookup(const Layer& layer, Prepare& p, const Vocabulary<Key>& vocabulary, CategoryMode mode);
template <class Key>
void call_lookup(const Layer& layer, Call& c, const Vocabulary<Key>& vocabulary, CategoryMode mode,
                 bool invert);

/// The tokens of each document: of one element of the first axis. A vector of tokens is one document each.
template <class Key>
std::vector<std::vector<Key>> documents_of(const Layer& layer, const std::vector<Tensor>& batches);

/// What goes to files: the tokens, special ones included, one a line, unless the configuration has them; and
/// idf weights.
template <class Key>
Assets lookup_assets(const Vocabulary<Key>& vocabulary, CategoryMode mode, bool with_tokens);
/// Throws FormatError on what is no vocabulary. Without the file, the vocabulary stays unknown.
template <class Key>
void restore_lookup(const Layer& layer, const Assets& assets, Vocabulary<Key>& vocabulary);

}  // namespace rhyton::ops
