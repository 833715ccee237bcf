// rhyton diff A B
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/model_diff.hpp"
#include "nn/raise.hpp"
#include "serialization/inspection.hpp"
#include "serialization/json_text.hpp"
#include "serialization/saving.hpp"

namespace rhyton::cli {

namespace {

struct DiffOptions {
  std::string a, b;
  double rtol = 0.0, atol = 0.0;
  bool training = false, json = false;
};

/// As much of a value as a line takes.
std::string shortened(const Json& value) {
  if (value.is_null()) return "nothing";
  if (value.is_object() && value.contains("class_name") && value.contains("config"))
    return value["class_name"].get<std::string>();
  std::string text = write_json_text(value);
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

void print(const ConfigDifference& d) {
  if (d.key.empty() && (d.a.is_null() || d.b.is_null())) {
    std::printf("  %s: only in the %s\n", printable(d.where).c_str(), d.b.is_null() ? "first" : "second");
  } else {
    std::printf("  %s, %s: %s -> %s\n", printable(d.where).c_str(), d.key.c_str(), shortened(d.a).c_str(),
                shortened(d.b).c_str());
  }
}

void print(const ArrayDifference& d) {
  if (d.a_shape.empty() || d.b_shape.empty()) {
    std::printf("  %s %s: only in the %s\n", printable(d.where).c_str(), (d.a_shape + d.b_shape).c_str(),
                d.b_shape.empty() ? "first" : "second");
  } else if (d.a_shape != d.b_shape) {
    std::printf("  %s: shape %s -> %s\n", printable(d.where).c_str(), d.a_shape.c_str(), d.b_shape.c_str());
  } else {
    std::printf("  %s %s: %lld of %lld values, by up to %.3g\n", printable(d.where).c_str(),
                d.a_shape.c_str(), static_cast<long long>(d.values), static_cast<long long>(d.of), d.largest);
  }
}

template <class T>
void print_list(const char* title, const std::vector<T>& list) {
  if (list.empty()) return;
  std::printf("%s: %zu %s\n", title, list.size(), list.size() == 1 ? "difference" : "differences");
  for (const auto& item : list) print(item);
}

Json to_json(const std::vector<ConfigDifference>& list) {
  Json out = Json::array();
  for (const auto& d : list) out.push_back({{"where", d.where}, {"key", d.key}, {"a", d.a}, {"b", d.b}});
  return out;
}

Json to_json(const std::vector<ArrayDifference>& list) {
  const auto text = [](const std::string& shape) { return shape.empty() ? Json() : Json(shape); };
  Json out = Json::array();
  for (const auto& d : list)
    out.push_back({{"where", d.where},
                   {"a_shape", text(d.a_shape)},
                   {"b_shape", text(d.b_shape)},
                   {"values", d.values},
                   {"largest", d.largest}});
  return out;
}

bool holds_model(const std::string& path) { return inspect_file(path).has_model(); }

ModelDiff compare(const DiffOptions& o) {
  ModelDiff diff;
  const Tolerance tolerance{o.rtol, o.atol};
  const bool models[] = {holds_model(o.a), holds_model(o.b)};
  const LoadOptions load{.compile = o.training};
  if (!models[0] && !models[1]) {
    diff_stores(*open_weights(o.a), *open_weights(o.b), tolerance, diff);
    if (diff.arrays == 0 && diff.equal())
      throw UsageError(
          "neither file has a model or weights in the layout of Keras 3; weights of Keras 2 alone "
          "can be compared with a model");
  } else if (models[0] && models[1]) {
    const Model a = load_model(o.a, load), b = load_model(o.b, load);
    diff_architecture(a, b, diff);
    diff_weights(a, b, tolerance, diff);
    if (o.training) diff_training(a, b, tolerance, diff);
  } else {
    // Weights alone are compared with those of the model, as it would load them.
    const std::string& model = models[0] ? o.a : o.b;
    Model a = load_model(model, load), b = load_model(model, load);
    load_weights(models[0] ? b : a, models[0] ? o.b : o.a);
    diff_weights(a, b, tolerance, diff);
  }
  return diff;
}

void run(const DiffOptions& o) {
  const ModelDiff diff = compare(o);
  if (o.json) {
    const Json out = {{"equal", diff.equal()},
                      {"architecture", to_json(diff.architecture)},
                      {"weights", to_json(diff.weights)},
                      {"training", to_json(diff.training)},
                      {"optimizer_state", to_json(diff.optimizer)}};
    std::printf("%s\n", write_json_text(out).c_str());
  } else if (diff.equal()) {
    std::printf("equal: %lld layers, %lld arrays\n", static_cast<long long>(diff.layers),
                static_cast<long long>(diff.arrays));
  } else {
    print_list("Architecture", diff.architecture);
    print_list("Weights", diff.weights);
    print_list("Training", diff.training);
    print_list("Optimizer's state", diff.optimizer);
    const bool classes_alone =
        !diff.architecture.empty() &&
        std::all_of(diff.architecture.begin(), diff.architecture.end(), [](const ConfigDifference& d) {
          return d.key == "class_name" || d.key == "config.name";
        });
    if (classes_alone)
      std::printf("Otherwise the same: %lld layers%s\n", static_cast<long long>(diff.layers),
                  diff.weights.empty() ? ", all weights" : "");
    else if (diff.weights.empty() && diff.arrays > 0)
      std::printf("Weights: the same, %lld arrays\n", static_cast<long long>(diff.arrays));
  }
  if (!diff.equal()) raise<Error>("{} and {} differ", o.a, o.b);
}

}  // namespace

void add_diff(CLI::App& app) {
  auto options = std::make_shared<DiffOptions>();
  Command command(app, "diff", "Compare the architecture and the weights of two models");
  command.positional("A", options->a, "a model, or weights: then the weights alone are compared");
  command.positional("B", options->b, "the other");
  command.option("--rtol", options->rtol, "values agree when |a - b| <= atol + rtol |b|");
  command.option("--atol", options->atol, "see --rtol");
  command.flag("--training", options->training,
               "compare optimizer, loss, metrics and the optimizer's state too");
  command.flag("--json", options->json, "one line of JSON");
  command.run([options] { run(*options); });
}

}  // namespace rhyton::cli
