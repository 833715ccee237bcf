// rhyton evaluate MODEL --data D.npz
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/arrays.hpp"
#include "cli/compiling.hpp"
#include "serialization/json_text.hpp"

namespace rhyton::cli {

namespace {

struct EvaluateOptions {
  ModelOptions model;
  CompileOptions compile;
  std::string data;
  std::int64_t batch_size = 32;
  bool validation = false, json = false;
};

void evaluate(const EvaluateOptions& o) {
  Model model = open_model(o.model);
  compile(model, o.compile);
  NamedTensors arrays = read_npz(o.data);
  const char* suffix = o.validation ? "_val" : "";
  const auto x = take_required(arrays, std::string("x") + suffix, input_names(model), o.data);
  const auto outputs = output_names(model);
  const auto y = take_required(arrays, std::string("y") + suffix, outputs, o.data);
  const auto weights = take_weights(arrays, std::string("sample_weight") + suffix, outputs);
  const Results results = model.evaluate(x, y, {.batch_size = o.batch_size, .sample_weight = weights});
  if (o.json) {
    Json json = Json::object();
    for (const auto& [name, value] : results) json[name] = value;
    std::printf("%s\n", write_json_text(json).c_str());
    return;
  }
  for (const auto& [name, value] : results) std::printf("%s: %.6g\n", name.c_str(), value);
}

}  // namespace

void add_evaluate(CLI::App& app) {
  auto options = std::make_shared<EvaluateOptions>();
  Command command(app, "evaluate", "Loss and metrics of a model on data");
  add_model_options(command, options->model);
  command.required("--data", options->data, "D.npz with x, y and perhaps sample_weight");
  add_loss_options(command, options->compile);
  command.option("--batch-size", options->batch_size, "samples at a time");
  command.flag("--validation", options->validation, "use x_val, y_val, sample_weight_val");
  command.flag("--json", options->json, "print one line of JSON");
  command.run([options] { evaluate(*options); });
}

}  // namespace rhyton::cli
