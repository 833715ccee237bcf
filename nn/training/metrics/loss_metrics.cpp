#include "nn/training/metrics/loss_metrics.hpp"

namespace rhyton::metrics {

MeanSquaredError::MeanSquaredError(Config config) : LossMetric(std::move(config)) {}
MeanAbsoluteError::MeanAbsoluteError(Config config) : LossMetric(std::move(config)) {}
MeanAbsolutePercentageError::MeanAbsolutePercentageError(Config config) : LossMetric(std::move(config)) {}
MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(Config config) : LossMetric(std::move(config)) {}
LogCoshError::LogCoshError(Config config) : LossMetric(std::move(config)) {}
Hinge::Hinge(Config config) : LossMetric(std::move(config)) {}
SquaredHinge::SquaredHinge(Config config) : LossMetric(std::move(config)) {}
CategoricalHinge::CategoricalHinge(Config config) : LossMetric(std::move(config)) {}
KLDivergence::KLDivergence(Config config) : LossMetric(std::move(config)) {}
Poisson::Poisson(Config config) : LossMetric(std::move(config)) {}
CosineSimilarity::CosineSimilarity(Config config) : LossMetric(config, {.axis = config.axis}) {}
BinaryCrossentropy::BinaryCrossentropy(Config config)
    : LossMetric(config, {.from_logits = config.from_logits, .label_smoothing = config.label_smoothing}) {}
CategoricalCrossentropy::CategoricalCrossentropy(Config config)
    : LossMetric(config, {.from_logits = config.from_logits,
                          .label_smoothing = config.label_smoothing,
                          .axis = config.axis}) {}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(Config config)
    : LossMetric(
          config,
          {.from_logits = config.from_logits, .ignore_class = config.ignore_class, .axis = config.axis}) {}

void SparseCategoricalCrossentropy::values(ConstView y_true, ConstView y_pred, Values& out) {
  LossMetric::values(y_true, y_pred, out);
  if (config_.ignore_class) labels_.read(y_true);
}

void SparseCategoricalCrossentropy::adjust(const Values& values, Values& weight) {
  if (!config_.ignore_class) return;
  // The mask has the values' shape; a weight for each sample is spread over it.
  const std::size_t each = values.v.size() / weight.v.size();
  Values masked;
  masked.shape = values.shape;
  for (std::size_t i = 0; i < values.v.size(); ++i)
    masked.v.push_back(labels_.v[i] == static_cast<double>(*config_.ignore_class) ? 0.0 : weight.v[i / each]);
  weight = std::move(masked);
}

}  // namespace rhyton::metrics
