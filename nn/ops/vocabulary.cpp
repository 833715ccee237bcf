#include "nn/ops/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "nn/ops/hashing.hpp"

namespace rhyton::ops {

namespace {

constexpr std::int64_t uncounted = std::numeric_limits<std::int64_t>::max();

std::string text_of(const std::string& token) { return fmt::format("'{}'", token); }
std::string text_of(std::int64_t token) { return std::to_string(token); }

}  // namespace

void check_lookup(const Layer& layer, const LookupOptions& o, bool text, bool sparse) {
  const auto fail = [&](const std::string& text) {
    throw ValueError(fmt::format("{}: {}", layer.label(), text));
  };
  if (o.max_tokens && *o.max_tokens <= 1)
    fail(fmt::format("`max_tokens` must be greater than 1. Received: max_tokens={}.", *o.max_tokens));
  for (const auto& [argument, token] : {std::pair{"mask_token", o.mask_token}, {"oov_token", o.oov_token}})
    if (token && (token->text() != nullptr) != text)
      fail(fmt::format("`{}` must be {}", argument, text ? "a string." : "an integer."));
  // Tables of such sizes could not be made.
  constexpr std::int64_t most_tokens = 100'000'000, most_unknown = 1'000'000;
  if (o.max_tokens && *o.max_tokens > most_tokens)
    fail(
        fmt::format("`max_tokens` must be at most {}. Received: max_tokens={}.", most_tokens, *o.max_tokens));
  if (o.num_oov_indices > most_unknown)
    fail(fmt::format("`num_oov_indices` must be at most {}. Received: num_oov_indices={}.", most_unknown,
                     o.num_oov_indices));
  if (o.pad_to_max_tokens && !o.max_tokens) fail("`pad_to_max_tokens` needs `max_tokens`.");
  if (o.num_oov_indices < 0)
    fail(fmt::format("`num_oov_indices` cannot be negative. Received: num_oov_indices={}.",
                     o.num_oov_indices));
  if (o.invert && o.mode != CategoryMode::indices) fail("with `invert`, `output_mode` must be \"int\".");
  if (sparse) throw NotSupported(layer.label() + ": sparse outputs (`sparse`) are not supported.");
}

template <class Key>
const Key* Vocabulary<Key>::key(const std::optional<Token>& token) {
  if (!token) return nullptr;
  if constexpr (std::is_same_v<Key, std::string>)
    return token->text();
  else
    return token->integer();
}

template <class Key>
void Vocabulary<Key>::index(std::vector<Key> tokens) {
  tokens_ = std::move(tokens);
  numbers_.clear();
  for (std::size_t i = 0; i < tokens_.size(); ++i)
    numbers_[tokens_[i]] = first() + static_cast<std::int64_t>(i);
  known_ = true;
}

template <class Key>
void Vocabulary<Key>::set(const Layer& layer, std::vector<Key> tokens,
                          const std::optional<std::vector<Number>>& idf_weights) {
  const auto fail = [&](const std::string& text) {
    throw ValueError(fmt::format("{}: {}", layer.label(), text));
  };
  if (tokens.empty()) fail("`vocabulary` cannot be empty.");
  const std::size_t given = tokens.size();
  const Key *mask = key(o_.mask_token), *unknown = key(o_.oov_token);
  std::vector<Key> special;
  if (unknown_first() > 0) special.push_back(*mask);
  if (unknown) special.insert(special.end(), static_cast<std::size_t>(o_.num_oov_indices), *unknown);
  const bool has_special = static_cast<Dim>(special.size()) == first() && tokens.size() >= special.size() &&
                           std::equal(special.begin(), special.end(), tokens.begin());
  if (has_special) tokens.erase(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(special.size()));
  std::set<Key> seen;
  for (const Key& token : tokens) {
    if (!seen.insert(token).second)
      fail(fmt::format("the `vocabulary` has a token twice: {}.", text_of(token)));
    if (mask && token == *mask)
      fail(
          fmt::format("the `vocabulary` has the mask token {} in the wrong place: leave it out, or put the "
                      "mask token and the unknown one's tokens in front.",
                      text_of(token)));
    if (o_.invert && unknown && token == *unknown)
      fail(
          fmt::format("the `vocabulary` has the unknown tokens' {} in the wrong place: leave it out, or put "
                      "the mask token and the unknown one's tokens in front.",
                      text_of(token)));
  }
  if (o_.max_tokens && first() + static_cast<Dim>(tokens.size()) > *o_.max_tokens)
    fail(
        fmt::format("the `vocabulary` is larger than `max_tokens`. Received: max_tokens={}, with special "
                    "tokens {} tokens.",
                    *o_.max_tokens, first() + static_cast<Dim>(tokens.size())));
  index(std::move(tokens));
  if (o_.mode != CategoryMode::tf_idf) {
    if (idf_weights) fail("`idf_weights` are used only with output_mode=\"tf_idf\".");
    return;
  }
  if (!idf_weights) fail("with output_mode=\"tf_idf\", `idf_weights` must be given beside the `vocabulary`.");
  if (idf_weights->size() != given)
    fail(fmt::format("`idf_weights` must be as long as the `vocabulary`. Received: {} weights, {} tokens.",
                     idf_weights->size(), given));
  // Unknown tokens weigh as the average does, unless they have weights of their own.
  std::vector<float> weights(idf_weights->begin(), idf_weights->end());
  double mean = 0.0;
  for (double w : *idf_weights) mean += w / static_cast<double>(idf_weights->size());
  if (!has_special)
    weights.insert(weights.begin(), static_cast<std::size_t>(first()), static_cast<float>(mean));
  weights.resize(static_cast<std::size_t>(depth()));
  idf_ = Tensor({depth()}, weights);
}

template <class Key>
void Vocabulary<Key>::restore(const Layer& layer, std::vector<Key> tokens, const Tensor& idf_weights) {
  std::optional<std::vector<Number>> weights;
  if (o_.mode == CategoryMode::tf_idf) {
    if (!idf_weights || idf_weights.size() < static_cast<Dim>(tokens.size()))
      throw FormatError(
          fmt::format("{}: the file must have idf_weights for all of the vocabulary's {} tokens.",
                      layer.label(), tokens.size()));
    const auto all = idf_weights.cast(DType::float64).template values<double>();
    weights.emplace(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(tokens.size()));
  }
  set(layer, std::move(tokens), weights);
  if (expected_ > 0 && size() != expected_)
    throw FormatError(fmt::format("{}: its vocabulary was to have {} tokens; the file's has {}.",
                                  layer.label(), expected_, size()));
}

template <class Key>
std::vector<Key> Vocabulary<Key>::tokens(bool include_special_tokens) const {
  std::vector<Key> out;
  if (include_special_tokens) {
    if (unknown_first() > 0) out.push_back(*key(o_.mask_token));
    const Key* unknown = key(o_.oov_token);
    out.insert(out.end(), static_cast<std::size_t>(o_.num_oov_indices), unknown ? *unknown : Key());
  }
  out.insert(out.end(), tokens_.begin(), tokens_.end());
  return out;
}

template <class Key>
std::int64_t Vocabulary<Key>::number(const Key& token) const {
  if (const Key* mask = key(o_.mask_token); mask && token == *mask)
    return o_.mode == CategoryMode::indices ? 0 : uncounted;
  const auto found = numbers_.find(token);
  if (found != numbers_.end()) return found->second;
  if (o_.num_oov_indices == 0) return -1;
  if (o_.num_oov_indices == 1) return unknown_first();
  const auto bins = static_cast<std::uint64_t>(o_.num_oov_indices);
  const auto hashed = [&](const std::string& text) {
    const std::uint64_t hash = o_.salt ? sip_hash(text, o_.salt->key()) : fingerprint(text);
    return unknown_first() + static_cast<std::int64_t>(hash % bins);
  };
  if constexpr (std::is_same_v<Key, std::string>) {
    return hashed(token);
  } else {
    if (o_.hashes_integers) return hashed(std::to_string(token));
    const std::int64_t rest = token % o_.num_oov_indices;
    return unknown_first() + (rest < 0 ? rest + o_.num_oov_indices : rest);
  }
}

template <class Key>
const Key& Vocabulary<Key>::token(std::int64_t number) const {
  static const Key none{};
  if (number == 0 && unknown_first() > 0) return *key(o_.mask_token);
  const std::int64_t i = number - first();
  if (i >= 0 && i < static_cast<std::int64_t>(tokens_.size())) return tokens_[static_cast<std::size_t>(i)];
  const Key* unknown = key(o_.oov_token);
  return unknown ? *unknown : none;
}

template <class Key>
void Vocabulary<Key>::adapt(const Layer& layer, const std::vector<std::vector<Key>>& documents) {
  struct Counts {
    std::int64_t total = 0, documents = 0, last = -1;
  };
  std::map<Key, Counts> counts;
  for (std::size_t d = 0; d < documents.size(); ++d)
    for (const Key& token : documents[d]) {
      Counts& c = counts[token];
      ++c.total;
      c.documents += c.last != static_cast<std::int64_t>(d);
      c.last = static_cast<std::int64_t>(d);
    }
  for (const auto& special : {o_.mask_token, o_.oov_token})
    if (const Key* token = key(special)) counts.erase(*token);
  if (counts.empty()) throw ValueError(layer.label() + ": adapt: the data hold no tokens.");
  std::vector<Key> order;
  for (const auto& [token, c] : counts) order.push_back(token);
  std::sort(order.begin(), order.end(), [&](const Key& a, const Key& b) {
    const std::int64_t na = counts[a].total, nb = counts[b].total;
    return na != nb ? na > nb : a > b;
  });
  if (o_.max_tokens)
    order.resize(
        std::min(order.size(), static_cast<std::size_t>(std::max<Dim>(*o_.max_tokens - first(), 0))));
  index(order);
  if (o_.mode != CategoryMode::tf_idf) return;
  std::vector<float> weights;
  double mean = 0.0;
  for (const Key& token : order) {
    const double w = std::log(1.0 + static_cast<double>(documents.size()) /
                                        (1.0 + static_cast<double>(counts[token].documents)));
    weights.push_back(static_cast<float>(w));
    mean += w / static_cast<double>(order.size());
  }
  weights.insert(weights.begin(), static_cast<std::size_t>(first()), static_cast<float>(mean));
  weights.resize(static_cast<std::size_t>(depth()));
  idf_ = Tensor({depth()}, weights);
}

template class Vocabulary<std::string>;
template class Vocabulary<std::int64_t>;

}  // namespace rhyton::ops
