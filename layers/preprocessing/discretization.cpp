#include "layers/preprocessing/discretization.hpp"

#include <algorithm>

#include "nn/load_scope.hpp"
#include "nn/ops/quantiles.hpp"

namespace rhyton {

Discretization::Discretization(Config config)
    : LayerOf(std::move(config)),
      mode_(ops::category_mode(*this, config_.output_mode, {"int", "one_hot", "multi_hot", "count"})) {
  if (config_.num_bins && *config_.num_bins < 0)
    fail("`num_bins` cannot be negative. Received: num_bins={}.", *config_.num_bins);
  if (!config_.num_bins && !config_.bin_boundaries)
    fail("either `num_bins` or `bin_boundaries` must be given.");
  // Files of adapted layers hold both.
  if (config_.num_bins && config_.bin_boundaries && !LoadScope::current())
    fail("`num_bins` and `bin_boundaries` cannot both be given.");
  if (config_.sparse) throw NotSupported(label() + ": sparse outputs (`sparse`) are not supported.");
}

Dim Discretization::depth() const {
  return config_.bin_boundaries ? static_cast<Dim>(config_.bin_boundaries->size()) + 1 : *config_.num_bins;
}

std::vector<TensorSpec> Discretization::compute_output_spec(const CallSpec& spec) const {
  expect_inputs(spec.shapes(), 1);
  return {{ops::encoded_shape(spec.shape(), mode_, depth()),
           mode_ == ops::CategoryMode::indices ? DType::int32 : ops::encoded_dtype(*this)}};
}

void Discretization::prepare(Prepare& p) const {
  if (!config_.bin_boundaries)
    fail("has no boundaries yet: give it `bin_boundaries`, or call adapt before it is used.");
  p.backward_reads(false, false);
  if (mode_ != ops::CategoryMode::indices)
    p.scratch(static_cast<std::size_t>(p.input().shape.size()) * sizeof(std::int32_t));
}

void Discretization::call(Call& c) const {
  const ConstView x = c.input();
  const View indices =
      mode_ == ops::CategoryMode::indices ? c.output() : View(c.scratch(), x.shape(), DType::int32);
  const auto& bounds = *config_.bin_boundaries;
  dispatch_number(x.dtype(), [&]<class T>(T) {
    for (Dim i = 0; i < x.size(); ++i) {
      const auto value = static_cast<double>(x.data<T>()[i]);
      // Keras compares in the input's precision.
      const auto above = std::upper_bound(bounds.begin(), bounds.end(), value, [](double v, double bound) {
        if constexpr (std::is_same_v<T, double>) return v < bound;
        return v < static_cast<double>(static_cast<float>(bound));
      });
      indices.data<std::int32_t>()[i] = static_cast<std::int32_t>(above - bounds.begin());
    }
  });
  if (mode_ != ops::CategoryMode::indices) ops::encode_categories(indices, mode_, depth(), {}, c.output());
}

void Discretization::write_config(ConfigWriter& writer) const {
  const_cast<Config&>(config_).fields(writer);
  writer("name", name())("dtype", dtype().empty() ? "float32" : dtype());
}

void Discretization::adapt_batches(const std::vector<Tensor>& batches) {
  if (!config_.num_bins)
    fail("adapt: the layer was given its `bin_boundaries`; give it `num_bins` to learn them.");
  ops::QuantileSummary summary;
  for (const Tensor& batch : batches)
    summary.add(batch.cast(DType::float32).values<float>(), config_.epsilon);
  std::vector<Number> bounds;
  for (float bound : summary.boundaries(*config_.num_bins)) bounds.emplace_back(static_cast<double>(bound));
  config_.bin_boundaries = std::move(bounds);
}

}  // namespace rhyton
