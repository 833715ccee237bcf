#include "serialization/compile_config.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nn/error.hpp"
#include "serialization/model_config.hpp"
#include "serialization/spellings.hpp"

namespace rhyton {

namespace {

bool is_single_object(const Json& json) {
  return json.is_string() || (json.is_object() && json.contains("class_name"));
}

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_known(const std::string& name) {
  return Registry<MetricBase>::global().contains(name) || Registry<LossBase>::global().contains(name);
}

/// Of a loss or metric that wraps a function: the name, or an object of class "function".
std::string wrapped_function(const Json& config) {
  const auto fn = config.find("fn");
  return fn != config.end() && fn->is_object() ? text_at(*fn, "config") : text_at(config, "fn");
}

/// Keras 2 wraps a function and keeps the name that the user typed. Empty where there is none, or the
/// function is not Keras's.
std::string name_typed(const Json& config, const std::string& function) {
  const std::string name = text_at(config, "name");
  return is_known(name) && (function.empty() || is_known(function)) ? name : "";
}

/// Losses and metrics of Keras 2 carry what Keras 3 does not know.
Json modernize_object(const Json& json) {
  if (!json.is_object()) return json;
  Json object = json;
  const Json empty = Json::object();
  const Json& config = object.contains("config") && object["config"].is_object() ? object["config"] : empty;
  const std::string class_name =
      object["class_name"].is_string() ? object["class_name"].get<std::string>() : "";
  if (class_name == "MeanMetricWrapper" || class_name == "SumOverBatchSizeMetricWrapper" ||
      class_name == "LossFunctionWrapper") {
    const std::string function = wrapped_function(config);
    if (const std::string name = name_typed(config, function); !name.empty()) return name;
    if (class_name == "MeanMetricWrapper" && is_known(function)) return object;
    if (is_known(function)) return function;
  }
  if (object.contains("config") && object["config"].is_object()) {
    Json& inner = object["config"];
    inner.erase("fn");
    if (inner.contains("reduction") && inner["reduction"] == "auto")
      inner["reduction"] = "sum_over_batch_size";
  }
  return object;
}

template <class Base>
Ref<Base> read_object(const Json& json, const std::string& what, LoadReport& report) {
  try {
    const Json object = modernize_object(json);
    if (object.is_string()) return Ref<Base>(object.get<std::string>());
    return Ref<Base>(Registry<Base>::global().make_from_json(object));
  } catch (const Error& error) {
    report.add(error, what);
    return {};
  }
}

Loss read_loss(const Json& json, LoadReport& report) {
  if (json == "cosine") return read_loss("cosine_similarity", report);  // until Keras 2.2
  return json.is_null() ? Loss() : read_object<LossBase>(json, "loss", report);
}

PerOutput<Loss> read_losses(const Json& json, LoadReport& report) {
  PerOutput<Loss> losses;
  if (json.is_null()) return losses;
  if (is_single_object(json)) {
    losses.list.push_back(read_loss(json, report));
  } else if (json.is_array()) {
    losses.several = true;
    for (const Json& item : json) losses.list.push_back(read_loss(item, report));
  } else if (json.is_object()) {
    for (const auto& [name, item] : json.items()) losses.named[name] = read_loss(item, report);
  } else {
    report.fault("the compile configuration's loss is neither a loss nor a list of losses.");
  }
  return losses;
}

MetricList read_metric_list(const Json& json, LoadReport& report) {
  MetricList list;
  if (json.is_null()) return list;
  const Json items = json.is_array() ? json : Json::array({json});
  for (const Json& item : items)
    if (!item.is_null()) list.metrics.push_back(read_object<MetricBase>(item, "metric", report));
  return list;
}

PerOutput<MetricList> read_metrics(const Json& json, LoadReport& report) {
  PerOutput<MetricList> metrics;
  if (json.is_null()) return metrics;
  if (json.is_object() && !is_single_object(json)) {
    for (const auto& [name, item] : json.items()) metrics.named[name] = read_metric_list(item, report);
    return metrics;
  }
  const bool lists = json.is_array() && std::any_of(json.begin(), json.end(), [](const Json& j) {
                       return j.is_array() || j.is_null();  // null: an output without metrics
                     });
  if (lists) {
    metrics.several = json.size() > 1;
    for (const Json& item : json) metrics.list.push_back(read_metric_list(item, report));
  } else if (!json.empty()) {
    metrics.list.push_back(read_metric_list(json, report));
  }
  return metrics;
}

PerOutput<double> read_weights_of_losses(const Json& json, LoadReport& report) {
  PerOutput<double> weights;
  const auto number = [&](const Json& item) {
    double value = 1;
    try {
      from_config(item, value);
    } catch (const Error& error) {
      report.add(error, "loss_weights");
    }
    return value;
  };
  if (json.is_array()) {
    weights.several = true;
    for (const Json& item : json) weights.list.push_back(number(item));
  } else if (json.is_object()) {
    for (const auto& [name, item] : json.items()) weights.named[name] = number(item);
  } else if (!json.is_null()) {
    weights.list.push_back(number(json));
  }
  return weights;
}

/// The wrapper of Keras 2, which is none in Keras 3's sense: it keeps no state in files, and wraps a
/// mixed_float16 model's optimizer by itself when that is compiled.
bool is_keras2_wrapper(const Json& json) {
  if (!json.is_object() || !json.contains("config") || !json["config"].is_object()) return false;
  const Json name = json.value("class_name", Json());
  return name == "LossScaleOptimizerV3" || name == "LossScaleOptimizerV1" ||
         (name == "LossScaleOptimizer" && json["config"].contains("dynamic")) ||
         (name == "LossScaleOptimizer" && json["config"].contains("loss_scale"));
}

/// RMSprop of before Keras 2.11 adds epsilon behind the root, unless it has a momentum: RMSpropConfig tells
/// it by the `decay` that optimizers had then.
void mark_first_rmsprop(const Json& class_name, Json& arguments, LoadReport& report) {
  if (class_name != "RMSprop") return;
  const bool first = arguments.value("is_legacy_optimizer", Json(arguments.contains("decay"))) == true;
  if (!first) {
    arguments.erase("decay");
    return;
  }
  arguments.emplace("decay", 0.0);
  if (arguments.value("momentum", Json(0)) == 0)
    report.notes.push_back(
        "the optimizer RMSprop of older Keras adds epsilon behind the root, and does so here; Keras 3 adds "
        "epsilon before it, and is given its square.");
}

/// Nadam of before Keras 2.11: what it called a decay is the momentum's.
bool has_first_schedule(const Json& arguments) {
  return arguments.contains("schedule_decay") || arguments.contains("decay");
}

Optimizer read_optimizer(Json json, LoadReport& report) {
  if (is_keras2_wrapper(json)) {
    const Json& config = json["config"];
    report.notes.push_back("the optimizer's loss scaling was left out: numbers are float32 here.");
    return read_optimizer(config.value("inner_optimizer", config.value("optimizer", Json())), report);
  }
  if (json.is_object()) {
    // "Custom>Adam" is how tf.keras registered its own optimizers.
    for (const char* key : {"class_name", "registered_name"})
      if (json.contains(key) && json[key].is_string()) {
        const auto name = json[key].get<std::string>();
        if (name.starts_with("Custom>") && !Registry<OptimizerBase>::global().contains(name))
          json[key] = name.substr(7);
      }
    // Keras 2 gives schedules no name.
    if (json.contains("config") && json["config"].is_object() && json["config"].contains("learning_rate"))
      if (Json& rate = json["config"]["learning_rate"]; rate.is_object() && rate.contains("config") &&
                                                        rate["config"].is_object() &&
                                                        rate["config"].value("name", Json()).is_null())
        rate["config"].erase("name");
    if (json.contains("config") && json["config"].is_object()) {
      Json& arguments = json["config"];
      mark_first_rmsprop(json.value("class_name", Json()), arguments, report);
      for (const char* key : {"is_legacy_optimizer", "jit_compile"}) arguments.erase(key);
      if (arguments.value("epsilon", Json(0)).is_null()) arguments.erase("epsilon");
      if (json.value("class_name", Json()) == "Nadam" && has_first_schedule(arguments))
        report.notes.push_back(
            "the optimizer Nadam has the momentum's schedule of older Keras, and keeps it here; Keras 3 has "
            "another one only, and passes over this one's decay.");
    }
  }
  return read_object<OptimizerBase>(json, "optimizer", report);
}

template <class Base>
Json object_of(const Base& object) {
  return object_to_json(object, Registry<Base>::global().module_of(object.class_name()));
}

/// Whether the name alone makes the object again: not where the class has arguments that must be given.
template <class Base>
bool says_all(const std::string& name, const Base& object) {
  const auto& registry = Registry<Base>::global();
  if (registry.module_of(object.class_name()).empty() || !registry.contains(name)) return false;
  try {
    const auto plain = registry.make(name);
    return plain->class_name() == object.class_name() && plain->get_config() == object.get_config();
  } catch (const ValueError&) {  // there is none without arguments
    return false;
  }
}

/// The name alone where it says everything, and Keras knows the name: it does not know all that instances
/// have.
Json write_loss(const Loss& loss, FileDialect dialect, bool as_given) {
  if (!loss) return nullptr;
  const std::string name = snake_case(loss->class_name());
  for (const std::string& known : {as_given ? loss->given_name() : name, name})
    if (!known.empty() && finds_loss(known, dialect) && says_all(known, *loss)) return known;
  return object_of(*loss);
}

/// The name is what the user typed, where a string was given.
Json write_metric(const Metric& metric, FileDialect dialect) {
  const std::string name = metric->name();
  return finds_metric(name, dialect) && says_all(name, *metric) ? Json(name) : object_of(*metric);
}

template <class T, class Write>
Json write_per_output(const PerOutput<T>& values, Write write) {
  if (values.empty()) return nullptr;
  if (!values.named.empty()) {
    Json json = Json::object();
    for (const auto& [name, value] : values.named) json[name] = write(value);
    return json;
  }
  if (values.list.size() == 1 && !values.several) return write(values.list.front());
  Json json = Json::array();
  for (const auto& value : values.list) json.push_back(write(value));
  return json;
}

Json write_metric_list(const MetricList& list, FileDialect dialect) {
  Json json = Json::array();
  for (const auto& metric : list.metrics) json.push_back(write_metric(metric, dialect));
  return json;
}

}  // namespace

CompileArguments read_compile_config(const Json& config, LoadReport& report) {
  CompileArguments arguments;
  if (!config.is_object()) {
    report.fault("the compile configuration is not an object.");
    return arguments;
  }
  try {
    const auto value = [&](const char* key) { return config.contains(key) ? config[key] : Json(); };
    const Json optimizer = config.contains("optimizer") ? value("optimizer") : value("optimizer_config");
    if (!optimizer.is_null()) arguments.optimizer = read_optimizer(optimizer, report);
    arguments.loss = read_losses(value("loss"), report);
    arguments.loss_weights = read_weights_of_losses(value("loss_weights"), report);
    arguments.metrics = read_metrics(value("metrics"), report);
    arguments.weighted_metrics = read_metrics(value("weighted_metrics"), report);
    if (value("steps_per_execution").is_number_integer())
      arguments.steps_per_execution = value("steps_per_execution").get<std::int64_t>();
  } catch (const nlohmann::json::exception& error) {
    report.fault(std::string("the compile configuration is not what it should be: ") + error.what());
  }
  return arguments;
}

Json write_compile_config(const CompileArguments& a, FileDialect dialect, bool as_given) {
  const auto loss_of = [&](const Loss& loss) { return write_loss(loss, dialect, as_given); };
  const auto metrics_of = [&](const MetricList& list) { return write_metric_list(list, dialect); };
  Json json = Json::object();
  json["optimizer"] = object_of(*a.optimizer);
  json["loss"] = write_per_output(a.loss, loss_of);
  json["loss_weights"] = write_per_output(a.loss_weights, [](double weight) { return Json(weight); });
  json["metrics"] = write_per_output(a.metrics, metrics_of);
  json["weighted_metrics"] = write_per_output(a.weighted_metrics, metrics_of);
  json["run_eagerly"] = false;
  json["steps_per_execution"] = a.steps_per_execution;
  json["jit_compile"] = false;
  leave_out_young(json);
  return json;
}

Json write_training_config(const CompileArguments& arguments, FileDialect dialect) {
  // Keras 3 does not find short names of losses in .h5 files, though it writes them there.
  Json json = write_compile_config(arguments, dialect, dialect == FileDialect::keras2);
  const Json optimizer = json["optimizer"];
  json.erase("optimizer");
  const bool custom = optimizer["registered_name"].is_string();
  json["optimizer_config"] = {{"class_name", optimizer[custom ? "registered_name" : "class_name"]},
                              {"config", optimizer["config"]}};
  return json;
}

}  // namespace rhyton
