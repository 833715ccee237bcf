#include "layers/preprocessing/integer_lookup.hpp"

#include "nn/ops/lookup_op.hpp"

namespace rhyton {

IntegerLookup::IntegerLookup(Config config)
    : LayerOf(std::move(config)), mode_(ops::category_mode(*this, config_.output_mode, ops::lookup_modes)) {
  const ops::LookupOptions options = ops::lookup_options(config_, mode_);
  ops::check_lookup(*this, options, false, config_.sparse);
  if (config_.vocabulary_dtype != "int64")
    fail("`vocabulary_dtype` must be \"int64\". Received: vocabulary_dtype=" + config_.vocabulary_dtype +
         ".");
  vocabulary_ = ops::Vocabulary<std::int64_t>(options);
  vocabulary_.expect(config_.vocabulary_size);
  if (config_.vocabulary) set_vocabulary(*config_.vocabulary, config_.idf_weights);
}

void IntegerLookup::set_vocabulary(const std::vector<std::int64_t>& vocabulary,
                                   const std::optional<std::vector<Number>>& idf_weights) {
  vocabulary_.set(*this, vocabulary, idf_weights);
  config_.vocabulary_size = vocabulary_.size();
}

std::vector<std::int64_t> IntegerLookup::get_vocabulary(bool include_special_tokens) const {
  return vocabulary_.tokens(include_special_tokens);
}

std::vector<TensorSpec> IntegerLookup::compute_output_spec(const CallSpec& spec) const {
  expect_inputs(spec.shapes(), 1);
  return ops::lookup_spec(*this, spec, vocabulary_, mode_, config_.invert);
}

void IntegerLookup::prepare(Prepare& p) const { ops::prepare_lookup(*this, p, vocabulary_, mode_); }
void IntegerLookup::call(Call& c) const { ops::call_lookup(*this, c, vocabulary_, mode_, config_.invert); }

void IntegerLookup::adapt_batches(const std::vector<Tensor>& batches) {
  if (config_.vocabulary) fail("adapt: the layer was given its `vocabulary`.");
  vocabulary_.adapt(*this, ops::documents_of<std::int64_t>(*this, batches));
  config_.vocabulary_size = vocabulary_.size();
}

Assets IntegerLookup::save_assets() const {
  return ops::lookup_assets(vocabulary_, mode_, !config_.vocabulary);
}

void IntegerLookup::load_assets(const Assets& assets) {
  if (!config_.vocabulary) ops::restore_lookup(*this, assets, vocabulary_);
}

}  // namespace rhyton
