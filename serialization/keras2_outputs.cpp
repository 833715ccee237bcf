#include "serialization/keras2_outputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nn/models/per_output.hpp"
#include "nn/training/losses/loss.hpp"
#include "nn/training/metrics/by_shape.hpp"

namespace rhyton {

namespace {

/// What "accuracy" stands for. Keras goes by the shape of the labels, of which a file knows only what the
/// loss says.
std::string accuracy_function(const Loss& loss, const Shape& y_pred) {
  if (y_pred.rank() > 0 && y_pred.back() == 1) return "binary_accuracy";
  return loss && loss->class_name() == "SparseCategoricalCrossentropy" ? "sparse_categorical_accuracy"
                                                                       : "categorical_accuracy";
}

Json named_metric(const Metric& metric, const std::string& name, const Loss& loss, const Shape& y_pred) {
  if (dynamic_cast<const metrics::AccuracyByShape*>(&*metric) != nullptr)
    return {{"class_name", "MeanMetricWrapper"},
            {"config", {{"name", name}, {"dtype", "float32"}, {"fn", accuracy_function(loss, y_pred)}}}};
  Json json = object_to_json(*metric, Registry<MetricBase>::global().module_of(metric->class_name()));
  json["config"]["name"] = name;
  return json;
}

}  // namespace

std::vector<std::string> keras2_output_names(const std::vector<std::string>& names) {
  // As Keras 2's Functional makes them: a name that another layer has is passed over.
  std::vector<std::string> counted;
  std::set<std::string> known;
  std::map<std::string, int> counts;
  for (const auto& name : names) {
    std::string proposal = name;
    while (!known.insert(proposal).second) proposal = fmt::format("{}_{}", name, ++counts[name]);
    counted.push_back(proposal);
  }
  return counted;
}

void outputs_from_keras2(CompileArguments& arguments, const std::vector<std::string>& names) {
  const auto counted = keras2_output_names(names);
  const auto place = [&](auto& values, const auto& absent) {
    if (counted == names || values.named.empty()) return;
    const bool ours = std::all_of(values.named.begin(), values.named.end(), [&](const auto& entry) {
      return std::find(counted.begin(), counted.end(), entry.first) != counted.end();
    });
    if (!ours) return;  // compile tells which it does not know
    for (const auto& name : counted) {
      const auto found = values.named.find(name);
      values.list.push_back(found == values.named.end() ? absent : found->second);
    }
    values.named.clear();
    values.several = true;
  };
  place(arguments.loss, Loss());
  place(arguments.loss_weights, 1.0);
  for (PerOutput<MetricList>* metrics : {&arguments.metrics, &arguments.weighted_metrics}) {
    place(*metrics, MetricList());
    if (names.size() < 2 || metrics->several || metrics->list.size() != 1) continue;
    metrics->list.resize(names.size(), MetricList(metrics->list[0]));
    metrics->several = true;
  }
}

void outputs_to_keras2(CompileArguments& arguments, const std::vector<std::string>& names) {
  if (names.size() < 2) return;
  for (PerOutput<MetricList>* metrics : {&arguments.metrics, &arguments.weighted_metrics})
    if (!metrics->list.empty()) *metrics = metrics_per_output(*metrics, names, "metrics");
}

void take_off_output_names(Json& training, const std::vector<std::string>& names) {
  if (names.size() < 2 || !training.is_object()) return;
  const auto counted = keras2_output_names(names);
  for (const char* key : {"metrics", "weighted_metrics"}) {
    const auto lists = training.find(key);
    if (lists == training.end() || !lists->is_array() || lists->size() != names.size()) continue;
    for (std::size_t k = 0; k < names.size(); ++k) {
      Json& metrics = (*lists)[k];
      const std::string prefix = counted[k] + "_";
      for (std::size_t i = 0; metrics.is_array() && i < metrics.size(); ++i) {
        if (!metrics[i].is_object() || !metrics[i].contains("config")) continue;
        Json& config = metrics[i]["config"];
        if (!config.is_object() || !config.contains("name") || !config["name"].is_string()) continue;
        const auto name = config["name"].get<std::string>();
        if (name.starts_with(prefix)) config["name"] = name.substr(prefix.size());
      }
    }
  }
}

void put_on_output_names(Json& training, const CompileArguments& arguments, const GraphLayer& graph) {
  const auto names = graph.output_names();
  if (names.size() < 2) return;
  const auto counted = keras2_output_names(names);
  const auto losses = per_output(arguments.loss, names, "loss");
  MetricNames metric_names;
  const auto write = [&](const PerOutput<MetricList>& given, const char* key) {
    if (given.empty()) return;
    Json lists = Json::array();
    const auto metrics = metrics_per_output(given, names, key);
    for (std::size_t k = 0; k < names.size(); ++k) {
      Json list = Json::array();
      for (const Metric& metric : metrics[k].metrics) {
        const std::string name =
            metric_names.next(counted[k] + "_", metric->name(), key == std::string_view("weighted_metrics"));
        list.push_back(named_metric(metric, name, losses[k], graph.outputs()[k].shape()));
      }
      lists.push_back(std::move(list));
    }
    training[key] = std::move(lists);
  };
  write(arguments.metrics, "metrics");
  write(arguments.weighted_metrics, "weighted_metrics");
}

}  // namespace rhyton
