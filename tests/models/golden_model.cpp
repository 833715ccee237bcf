#include "tests/models/golden_model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "serialization/load_report.hpp"
#include "serialization/model_json.hpp"

namespace rhyton::test {

Model GoldenModel::make() const {
  const LoadScope scope(Dialect::keras3);
  LoadReport report;
  auto graph = graph_from_json(facts["model"], Dialect::keras3, report);
  report.check(name);
  Model model(graph);
  // `model.weights` goes layer by layer, `get_weights` too.
  model.set_weights(list("w"));
  return model;
}

std::vector<Tensor> GoldenModel::list(const std::string& kind, const std::string& suffix) const {
  std::vector<Tensor> out;
  while (const Tensor* t = find(arrays, kind + std::to_string(out.size()) + suffix)) out.push_back(*t);
  return out;
}

std::vector<GoldenModel> golden_models(const std::string& folder) {
  std::vector<GoldenModel> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(TEST_DATA) + "/golden/" + folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    auto arrays = entry.path();
    arrays.replace_extension(".npz");
    out.push_back({entry.path().stem().string(), Json::parse(file), read_npz(arrays)});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  REQUIRE(!out.empty());
  return out;
}

namespace {

template <class T>
PerOutput<T> per_output(const Json& json, T (*one)(const Json&), bool lists) {
  if (json.is_null()) return {};
  if (json.is_object() && !json.contains("class_name")) {
    std::map<std::string, T> named;
    for (const auto& [name, value] : json.items()) named.emplace(name, one(value));
    return PerOutput<T>(std::move(named));
  }
  if (json.is_array() && lists) {
    std::vector<T> values;
    for (const Json& value : json) values.push_back(one(value));
    return PerOutput<T>(std::move(values));
  }
  return PerOutput<T>(one(json));
}

Loss read_loss(const Json& json) {
  Loss loss;
  from_config(json, loss);
  return loss;
}
double read_number(const Json& json) { return json.get<double>(); }
MetricList read_metrics(const Json& json) {
  MetricList out;
  if (!json.is_array()) return read_metrics(Json::array({json}));
  for (const Json& item : json) from_config(item, out.metrics.emplace_back());
  return out;
}

}  // namespace

CompileArguments compile_arguments(const Json& json) {
  CompileArguments out;
  from_config(json.at("optimizer"), out.optimizer);
  if (json.contains("loss")) out.loss = per_output<Loss>(json["loss"], read_loss, true);
  if (json.contains("loss_weights"))
    out.loss_weights = per_output<double>(json["loss_weights"], read_number, true);
  for (const char* key : {"metrics", "weighted_metrics"}) {
    if (!json.contains(key)) continue;
    // A list of lists is one list an output; a plain list belongs to the only output.
    const Json& metrics = json[key];
    const bool nested = metrics.is_array() && !metrics.empty() && metrics[0].is_array();
    (std::string(key) == "metrics" ? out.metrics : out.weighted_metrics) =
        per_output<MetricList>(metrics, read_metrics, nested);
  }
  return out;
}

}  // namespace rhyton::test
