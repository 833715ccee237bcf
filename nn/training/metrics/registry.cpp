#include <nlohmann/json.hpp>

#include "nn/training/metrics/accuracy.hpp"
#include "nn/training/metrics/by_shape.hpp"
#include "nn/training/metrics/curves.hpp"
#include "nn/training/metrics/f_score.hpp"
#include "nn/training/metrics/iou.hpp"
#include "nn/training/metrics/loss_metrics.hpp"
#include "nn/training/metrics/regression.hpp"

namespace rhyton {

namespace {

using namespace metrics;

// A name of a class that is also the metric's key in logs: what the user typed, as in Keras.
void add_name(Registry<MetricBase>& registry, const std::string& name, const std::string& class_name) {
  registry.add(name, [&registry, name, class_name](const Json& config) {
    Json named = config;
    if (!named.contains("name")) named["name"] = name;
    return registry.make(class_name, named);
  });
}

// The same for the class name: "AUC" is the key of the metric that was asked for so, "auc" that of an object.
Json named_by_class(const Json& config, const char* keras_name) {
  if (&config != &detail::empty_object()) return config;
  Json named = Json::object();
  named["name"] = keras_name;
  return named;
}

void add_metric(Registry<MetricBase>& registry, const char* keras_name,
                std::shared_ptr<Object> (*from_config)(const Json& config)) {
  registry.add(keras_name, [keras_name, from_config](const Json& config) {
    return std::static_pointer_cast<MetricBase>(from_config(named_by_class(config, keras_name)));
  });
  add_name(registry, snake_case(keras_name), keras_name);
}
template <class T>
void add_metric(Registry<MetricBase>& registry) {
  add_metric(registry, T::keras_name, &detail::make_from_config<T>);
}

// As a string it stands for the one that suits the shapes.
void add_accuracy(Registry<MetricBase>& registry) {
  registry.add(Accuracy::keras_name, [](const Json& config) -> std::shared_ptr<MetricBase> {
    if (&config != &detail::empty_object()) return Accuracy::from_config(config);
    return make_object<MetricBase, AccuracyByShape>(ByShapeConfig{.name = Accuracy::keras_name});
  });
  for (const std::string name : {"accuracy", "acc", "Acc"})
    registry.add(name, [name](const Json& config) -> std::shared_ptr<MetricBase> {
      auto given = config.find("name");
      return make_object<MetricBase, AccuracyByShape>(
          ByShapeConfig{.name = given == config.end() ? name : given->get<std::string>()});
    });
}

}  // namespace

template <>
Registry<MetricBase>& Registry<MetricBase>::global() {
  static Registry& registry = *[] {
    auto* r = new Registry;
    add_metric<AUC>(*r);
    add_accuracy(*r);
    add_metric<BinaryAccuracy>(*r);
    add_metric<metrics::BinaryCrossentropy>(*r);
    add_metric<BinaryIoU>(*r);
    add_metric<CategoricalAccuracy>(*r);
    add_metric<metrics::CategoricalCrossentropy>(*r);
    add_metric<metrics::CategoricalHinge>(*r);
    add_metric<ConcordanceCorrelation>(*r);
    add_metric<metrics::CosineSimilarity>(*r);
    add_metric<F1Score>(*r);
    add_metric<FBetaScore>(*r);
    add_metric<FalseNegatives>(*r);
    add_metric<FalsePositives>(*r);
    add_metric<metrics::Hinge>(*r);
    add_metric<IoU>(*r);
    add_metric<metrics::KLDivergence>(*r);
    add_metric<LogCoshError>(*r);
    add_metric<Mean>(*r);
    add_metric<metrics::MeanAbsoluteError>(*r);
    add_metric<metrics::MeanAbsolutePercentageError>(*r);
    add_metric<MeanIoU>(*r);
    add_metric<MeanMetricWrapper>(*r);
    add_metric<metrics::MeanSquaredError>(*r);
    add_metric<metrics::MeanSquaredLogarithmicError>(*r);
    add_metric<OneHotIoU>(*r);
    add_metric<OneHotMeanIoU>(*r);
    add_metric<PearsonCorrelation>(*r);
    add_metric<metrics::Poisson>(*r);
    add_metric<metrics::Precision>(*r);
    add_metric<PrecisionAtRecall>(*r);
    add_metric<R2Score>(*r);
    add_metric<Recall>(*r);
    add_metric<RecallAtPrecision>(*r);
    add_metric<RootMeanSquaredError>(*r);
    add_metric<SensitivityAtSpecificity>(*r);
    add_metric<SparseCategoricalAccuracy>(*r);
    add_metric<metrics::SparseCategoricalCrossentropy>(*r);
    add_metric<SparseTopKCategoricalAccuracy>(*r);
    add_metric<SpecificityAtSensitivity>(*r);
    add_metric<metrics::SquaredHinge>(*r);
    add_metric<Sum>(*r);
    add_metric<TopKCategoricalAccuracy>(*r);
    add_metric<TrueNegatives>(*r);
    add_metric<TruePositives>(*r);
    for (const auto& [alias, name] : {std::pair{"bce", "BinaryCrossentropy"},
                                      {"BCE", "BinaryCrossentropy"},
                                      {"mse", "MeanSquaredError"},
                                      {"MSE", "MeanSquaredError"},
                                      {"mae", "MeanAbsoluteError"},
                                      {"MAE", "MeanAbsoluteError"},
                                      {"mape", "MeanAbsolutePercentageError"},
                                      {"MAPE", "MeanAbsolutePercentageError"},
                                      {"msle", "MeanSquaredLogarithmicError"},
                                      {"MSLE", "MeanSquaredLogarithmicError"},
                                      {"kld", "KLDivergence"},
                                      {"KLD", "KLDivergence"},
                                      {"kl_divergence", "KLDivergence"},
                                      {"kullback_leibler_divergence", "KLDivergence"},
                                      {"log_cosh", "LogCoshError"},
                                      {"logcosh", "LogCoshError"},
                                      {"auc", "AUC"},
                                      {"fbeta_score", "FBetaScore"},
                                      {"iou", "IoU"},
                                      {"rmse", "RootMeanSquaredError"}})
      add_name(*r, alias, name);
    r->seal();
    return r;
  }();
  return registry;
}
template class Ref<MetricBase>;

void AccuracyByShape::update(ConstView, ConstView, ConstView) {
  throw Error(name() + ": the metric was not resolved by the shapes of its output.");
}

Metric resolve_metric(const Metric& metric, const Shape& y_true, const Shape& y_pred) {
  auto& registry = Registry<MetricBase>::global();
  if (dynamic_cast<const AccuracyByShape*>(&*metric)) {
    // Keras goes by the shapes alone, whatever the loss.
    const Dim last_true = y_true.rank() > 0 ? y_true.back() : 1,
              last_pred = y_pred.rank() > 0 ? y_pred.back() : 1;
    const bool sparse = y_true.rank() < y_pred.rank() || (last_true == 1 && last_pred > 1);
    Json config = Json::object();
    config["name"] = metric->name();
    return registry.make(last_pred == 1 ? "BinaryAccuracy"
                         : sparse       ? "SparseCategoricalAccuracy"
                                        : "CategoricalAccuracy",
                         config);
  }
  if (!registry.contains(metric->class_name())) return metric;
  return registry.make(metric->class_name(), metric->get_config());
}

}  // namespace rhyton
