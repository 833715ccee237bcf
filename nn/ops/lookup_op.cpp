#include "nn/ops/lookup_op.hpp"

#include <charconv>

#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {

template <class Key>
Key read_token(ConstView x, Dim i) {
  if constexpr (std::is_same_v<Key, std::string>) {
    return x.data<std::string>()[i];
  } else {
    Key value = 0;
    dispatch_number(x.dtype(), [&]<class T>(T) { value = static_cast<Key>(x.data<T>()[i]); });
    return value;
  }
}

/// Throws ValueError unless the input holds what the layer reads.
template <class Key>
void check_dtype(const Layer& layer, DType dtype, bool numbers) {
  const bool text = std::is_same_v<Key, std::string> && !numbers;
  if ((dtype == DType::string) != text)
    raise<ValueError>("{}: expected {}. Received an input of {}.", layer.label(),
                      text ? "strings" : "numbers", to_string(dtype));
}

constexpr const char *vocabulary_file = "vocabulary.txt", *idf_variable = "idf_weights";

/// One token a line; empty lines at the end count for nothing.
template <class Key>
std::vector<Key> tokens_of_text(const Layer& layer, const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    if (lines.back().ends_with('\r')) lines.back().pop_back();
    at = end + 1;
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if constexpr (std::is_same_v<Key, std::string>) {
    return lines;
  } else {
    std::vector<Key> out;
    for (const std::string& line : lines) {
      const char *begin = line.data(), *end = begin + line.size();
      const auto [stop, error] = std::from_chars(begin, end, out.emplace_back());
      if (error != std::errc() || stop != end)
        raise<FormatError>("{}: the vocabulary's file has a line that is not an integer: '{}'.",
                           layer.label(), line);
    }
    return out;
  }
}

}  // namespace

template <class Key>
std::vector<TensorSpec> lookup_spec(const Layer& layer, const CallSpec& spec,
                                    const Vocabulary<Key>& vocabulary, CategoryMode mode, bool invert) {
  check_dtype<Key>(layer, spec.inputs[0].dtype, invert);
  if (invert) return {{spec.shape(), dtype_of<Key>}};
  const DType dtype = mode == CategoryMode::tf_idf ? DType::float32 : DType::int64;
  return {{encoded_shape(spec.shape(), mode, vocabulary.depth()), dtype}};
}

template <class Key>
void prepare_lookup(const Layer& layer, Prepare& p, const Vocabulary<Key>& vocabulary, CategoryMode mode) {
  if (vocabulary.empty())
    throw ValueError(layer.label() +
                     ": has no vocabulary yet: give it `vocabulary`, or call adapt before it is used.");
  p.backward_reads(false, false);
  if (mode != CategoryMode::indices)
    p.scratch(static_cast<std::size_t>(p.input().shape.size()) * sizeof(std::int64_t));
}

template <class Key>
void call_lookup(const Layer& layer, Call& c, const Vocabulary<Key>& vocabulary, CategoryMode mode,
                 bool invert) {
  const ConstView x = c.input();
  if (invert) {
    for (Dim i = 0; i < x.size(); ++i)
      c.output().template data<Key>()[i] = vocabulary.token(read_token<std::int64_t>(x, i));
    return;
  }
  const View numbers =
      mode == CategoryMode::indices ? c.output() : View(c.scratch(), x.shape(), DType::int64);
  for (Dim i = 0; i < x.size(); ++i) {
    const std::int64_t number = vocabulary.number(read_token<Key>(x, i));
    if (number < 0)
      throw ValueError(layer.label() +
                       ": an input is not in the vocabulary, and num_oov_indices=0 leaves no number for it; "
                       "give num_oov_indices=1.");
    numbers.data<std::int64_t>()[i] = number;
  }
  if (mode != CategoryMode::indices)
    encode_categories(numbers, mode, vocabulary.depth(), vocabulary.idf_weights(), c.output());
}

template <class Key>
std::vector<std::vector<Key>> documents_of(const Layer& layer, const std::vector<Tensor>& batches) {
  std::vector<std::vector<Key>> out;
  for (const Tensor& batch : batches) {
    check_dtype<Key>(layer, batch.dtype(), false);
    const Dim documents = batch.rank() > 0 ? batch.shape()[0] : 1;
    const Dim length = batch.size() / std::max<Dim>(documents, 1);
    for (Dim d = 0; d < documents; ++d) {
      auto& tokens = out.emplace_back();
      for (Dim i = 0; i < length; ++i) tokens.push_back(read_token<Key>(batch, d * length + i));
    }
  }
  return out;
}

template <class Key>
Assets lookup_assets(const Vocabulary<Key>& vocabulary, CategoryMode mode, bool with_tokens) {
  Assets out;
  if (vocabulary.empty()) return out;
  if (mode == CategoryMode::tf_idf) out.variables[idf_variable] = vocabulary.idf_weights();
  if (!with_tokens) return out;
  std::string text;
  for (const Key& token : vocabulary.tokens(true)) {
    if constexpr (std::is_same_v<Key, std::string>)
      text += token + '\n';
    else
      text += std::to_string(token) + '\n';
  }
  text.pop_back();
  out.files[vocabulary_file] = text;
  return out;
}

template <class Key>
void restore_lookup(const Layer& layer, const Assets& assets, Vocabulary<Key>& vocabulary) {
  const auto file = assets.files.find(vocabulary_file);
  if (file == assets.files.end()) return;
  const auto idf = assets.variables.find(idf_variable);
  vocabulary.restore(layer, tokens_of_text<Key>(layer, file->second),
                     idf == assets.variables.end() ? Tensor() : idf->second);
}

#define RHYTON_LOOKUP(Key)                                                                            \
  template std::vector<TensorSpec> lookup_spec(const Layer&, const CallSpec&, const Vocabulary<Key>&, \
                                               CategoryMode, bool);                                   \
  template void prepare_lookup(const Layer&, Prepare&, const Vocabulary<Key>&, CategoryMode);         \
  template void call_lookup(const Layer&, Call&, const Vocabulary<Key>&, CategoryMode, bool);         \
  template std::vector<std::vector<Key>> documents_of(const Layer&, const std::vector<Tensor>&);      \
  template Assets lookup_assets(const Vocabulary<Key>&, CategoryMode, bool);                          \
  template void restore_lookup(const Layer&, const Assets&, Vocabulary<Key>&);
RHYTON_LOOKUP(std::string)
RHYTON_LOOKUP(std::int64_t)
#undef RHYTON_LOOKUP

}  // namespace rhyton::ops
