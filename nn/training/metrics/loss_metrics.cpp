#include "nn/training/metrics/loss_metrics.hpp"

namespace rhyton::metrics {

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
