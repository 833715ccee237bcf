#include "layers/preprocessing/text_vectorization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/arguments.hpp"
#include "nn/ops/lookup_op.hpp"

namespace rhyton {

void from_config(const Json& json, NGrams& value) {
  value = NGrams();
  if (json.is_array())
    from_config(json, value.widths);
  else
    from_config(json, value.most);
}
void to_config(Json& json, const NGrams& value) {
  if (value.widths.empty())
    json = value.most;
  else
    to_config(json, value.widths);
}

TextVectorization::TextVectorization(Config config)
    : LayerOf(std::move(config)), mode_(ops::category_mode(*this, config_.output_mode, ops::lookup_modes)) {
  try {
    if (config_.standardize)
      check_choice("standardize", *config_.standardize,
                   {"lower_and_strip_punctuation", "lower", "strip_punctuation"});
    if (config_.split) check_choice("split", *config_.split, {"whitespace", "character"});
  } catch (const ValueError& error) {
    fail(error.what());
  }
  if (mode_ != ops::CategoryMode::indices && config_.output_sequence_length)
    fail("`output_sequence_length` is used only with output_mode=\"int\".");
  if (mode_ == ops::CategoryMode::one_hot)
    throw NotSupported(label() + ": output_mode=\"one_hot\" of texts of different lengths is not supported.");
  if (config_.ragged) throw NotSupported(label() + ": ragged outputs (`ragged`) are not supported.");
  tokenizer_.lower = config_.standardize && config_.standardize->starts_with("lower");
  tokenizer_.strip_punctuation = config_.standardize && config_.standardize->ends_with("strip_punctuation");
  using Split = ops::Tokenizer::Split;
  tokenizer_.split = !config_.split                  ? Split::none
                     : *config_.split == "character" ? Split::character
                                                     : Split::whitespace;
  if (config_.ngrams) {
    tokenizer_.ngrams = config_.ngrams->widths;
    constexpr std::int64_t most = 1000;
    if (tokenizer_.ngrams.empty() && (config_.ngrams->most < 1 || config_.ngrams->most > most))
      fail("`ngrams` must be a positive integer, at most {}, or a list of them. Received: ngrams={}.", most,
           config_.ngrams->most);
    for (std::int64_t n = 1; n <= config_.ngrams->most && config_.ngrams->widths.empty(); ++n)
      tokenizer_.ngrams.push_back(n);
  }
  ops::LookupOptions options;
  options.max_tokens = config_.max_tokens;
  options.mask_token = "";
  options.oov_token = "[UNK]";
  options.mode = mode_;
  options.pad_to_max_tokens = config_.pad_to_max_tokens;
  ops::check_lookup(*this, options, true, config_.sparse);
  vocabulary_ = ops::Vocabulary<std::string>(options);
  vocabulary_.expect(config_.vocabulary_size);
  config_.vocabulary_size = vocabulary_.size();
  if (config_.vocabulary) set_vocabulary(*config_.vocabulary, config_.idf_weights);
}

void TextVectorization::set_vocabulary(const std::vector<std::string>& vocabulary,
                                       const std::optional<std::vector<Number>>& idf_weights) {
  vocabulary_.set(*this, vocabulary, idf_weights);
  config_.vocabulary_size = vocabulary_.size();
}

std::vector<std::string> TextVectorization::get_vocabulary(bool include_special_tokens) const {
  return vocabulary_.tokens(include_special_tokens);
}

void TextVectorization::check_input(const Shape& x, DType dtype) const {
  if (dtype != DType::string) fail("expected texts. Received an input of {}.", to_string(dtype));
  if (config_.split ? x.rank() < 1 || x.rank() > 2 || (x.rank() == 2 && x[1] != 1 && x[1] != unknown)
                    : x.rank() != 2)
    fail(config_.split
             ? fmt::format("expected texts of shape (batch) or (batch, 1). Received shape: {}.", to_string(x))
             : fmt::format("without `split`, expected tokens of shape (batch, length). Received shape: {}.",
                           to_string(x)));
}

std::vector<TensorSpec> TextVectorization::compute_output_spec(const CallSpec& spec) const {
  expect_inputs(spec.shapes(), 1);
  const Shape& x = spec.shape();
  check_input(x, spec.inputs[0].dtype);
  if (mode_ != ops::CategoryMode::indices)
    return {
        {{x[0], vocabulary_.depth()}, mode_ == ops::CategoryMode::tf_idf ? DType::float32 : DType::int64}};
  return {{{x[0], config_.output_sequence_length.value_or(unknown)}, DType::int64}};
}

void TextVectorization::prepare(Prepare& p) const {
  if (vocabulary_.empty())
    fail("has no vocabulary yet: give it `vocabulary`, or call adapt before it is used.");
  if (!p.output().shape.is_known())
    throw NotSupported(
        label() + ": inside a model, the length of its output must be given by `output_sequence_length`.");
  p.backward_reads(false, false);
}

std::vector<std::vector<std::string>> TextVectorization::tokenize(ConstView x) const {
  std::vector<std::vector<std::string>> out;
  const Dim documents = x.shape()[0], length = x.size() / std::max<Dim>(documents, 1);
  for (Dim d = 0; d < documents; ++d) {
    if (config_.split) {
      out.push_back(tokenizer_(x.data<std::string>()[d]));
      continue;
    }
    std::vector<std::string> tokens;
    for (Dim i = 0; i < length; ++i)
      tokens.push_back(tokenizer_.standardize(x.data<std::string>()[d * length + i]));
    out.push_back(tokenizer_.join(tokens));
  }
  return out;
}

void TextVectorization::write(const std::vector<std::vector<std::string>>& tokens, View y) const {
  fill(y, 0.0);
  const Dim width = y.shape()[1];
  for (std::size_t d = 0; d < tokens.size(); ++d) {
    const auto row = static_cast<Dim>(d);
    if (mode_ == ops::CategoryMode::indices) {
      const Dim length = std::min(width, static_cast<Dim>(tokens[d].size()));
      for (Dim i = 0; i < length; ++i)
        y.data<std::int64_t>()[row * width + i] = vocabulary_.number(tokens[d][static_cast<std::size_t>(i)]);
      continue;
    }
    Tensor numbers({static_cast<Dim>(tokens[d].size())}, DType::int64);
    for (std::size_t i = 0; i < tokens[d].size(); ++i)
      numbers.data<std::int64_t>()[i] = vocabulary_.number(tokens[d][i]);
    const View target(
        static_cast<char*>(y.raw()) + static_cast<std::size_t>(row * width) * size_of(y.dtype()), {width},
        y.dtype());
    ops::encode_categories(numbers, mode_, width, vocabulary_.idf_weights(), target);
  }
}

void TextVectorization::call(Call& c) const { write(tokenize(c.input()), c.output()); }

Tensor TextVectorization::transform(const Tensor& x) const {
  check_input(x.shape(), x.dtype());
  if (vocabulary_.empty())
    fail("has no vocabulary yet: give it `vocabulary`, or call adapt before it is used.");
  const auto tokens = tokenize(x);
  Dim width = config_.output_sequence_length.value_or(0);
  if (!config_.output_sequence_length)
    for (const auto& text : tokens) width = std::max(width, static_cast<Dim>(text.size()));
  if (mode_ != ops::CategoryMode::indices) width = vocabulary_.depth();
  Tensor y({x.shape()[0], width}, mode_ == ops::CategoryMode::tf_idf ? DType::float32 : DType::int64);
  write(tokens, y.view());
  return y;
}

void TextVectorization::adapt_batches(const std::vector<Tensor>& batches) {
  if (config_.vocabulary) fail("adapt: the layer was given its `vocabulary`.");
  std::vector<std::vector<std::string>> documents;
  for (const Tensor& batch : batches) {
    check_input(batch.shape(), batch.dtype());
    for (auto& tokens : tokenize(batch)) documents.push_back(std::move(tokens));
  }
  vocabulary_.adapt(*this, documents);
  config_.vocabulary_size = vocabulary_.size();
}

Assets TextVectorization::save_assets() const {
  Assets out = ops::lookup_assets(vocabulary_, mode_, !config_.vocabulary);
  // As Keras has it: its own, and the same of the lookup layer inside.
  const Assets own = out;
  for (const auto& [name, text] : own.files) out.files["_lookup_layer/" + name] = text;
  for (const auto& [name, values] : own.variables) out.variables["_lookup_layer/" + name] = values;
  return out;
}

void TextVectorization::load_assets(const Assets& assets) {
  if (!config_.vocabulary) ops::restore_lookup(*this, assets, vocabulary_);
}

}  // namespace rhyton
