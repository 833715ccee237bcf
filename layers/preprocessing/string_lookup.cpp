#include "layers/preprocessing/string_lookup.hpp"

#include "nn/ops/lookup_op.hpp"

namespace rhyton {

StringLookup::StringLookup(Config config)
    : LayerOf(std::move(config)), mode_(ops::category_mode(*this, config_.output_mode, ops::lookup_modes)) {
  const ops::LookupOptions options = ops::lookup_options(config_, mode_);
  ops::check_lookup(*this, options, config_.sparse);
  vocabulary_ = ops::Vocabulary<std::string>(options);
  if (config_.vocabulary) set_vocabulary(*config_.vocabulary, config_.idf_weights);
}

void StringLookup::set_vocabulary(const std::vector<std::string>& vocabulary,
                                  const std::optional<std::vector<Number>>& idf_weights) {
  vocabulary_.set(*this, vocabulary, idf_weights);
  config_.vocabulary_size = vocabulary_.size();
}

std::vector<std::string> StringLookup::get_vocabulary(bool include_special_tokens) const {
  return vocabulary_.tokens(include_special_tokens);
}

std::vector<TensorSpec> StringLookup::compute_output_spec(const CallSpec& spec) const {
  expect_inputs(spec.shapes(), 1);
  return ops::lookup_spec(*this, spec, vocabulary_, mode_, config_.invert);
}

void StringLookup::prepare(Prepare& p) const { ops::prepare_lookup(*this, p, vocabulary_, mode_); }
void StringLookup::call(Call& c) const { ops::call_lookup(*this, c, vocabulary_, mode_, config_.invert); }

void StringLookup::adapt_batches(const std::vector<Tensor>& batches) {
  if (config_.vocabulary) fail("adapt: the layer was given its `vocabulary`.");
  vocabulary_.adapt(*this, ops::documents_of<std::string>(*this, batches));
  config_.vocabulary_size = vocabulary_.size();
}

Assets StringLookup::save_assets() const {
  if (config_.vocabulary || vocabulary_.empty()) return {};
  return {{ops::vocabulary_file, ops::vocabulary_text(vocabulary_)}};
}

void StringLookup::load_assets(const Assets& assets) {
  const auto text = assets.find(ops::vocabulary_file);
  if (text == assets.end() || config_.vocabulary) return;
  if (mode_ == ops::CategoryMode::tf_idf)
    throw NotSupported(label() + ": an adapted vocabulary with output_mode=\"tf_idf\" in a file");
  set_vocabulary(ops::vocabulary_of_text<std::string>(*this, text->second));
}

}  // namespace rhyton
