// rhyton predict MODEL --input X.npy --output Y.npy
#include <fmt/format.h>

#include <memory>

#include "cli/arrays.hpp"
#include "cli/command.hpp"

namespace rhyton::cli {

namespace {

struct PredictOptions {
  ModelOptions model;
  std::vector<std::string> inputs;
  std::string output;
  std::int64_t batch_size = 32;
};

void predict(const PredictOptions& o) {
  const bool archive = o.output.ends_with(".npz");
  if (!archive && !o.output.ends_with(".npy"))
    throw UsageError("--output must end with .npy or .npz. Received: " + o.output);
  const Model model = open_model(o.model, Training::ignored);
  const auto inputs = read_inputs(o.inputs, model);
  if (!archive && output_names(model).size() > 1)
    throw UsageError(fmt::format("the model has {} outputs; --output must be an .npz file. Received: {}",
                                 output_names(model).size(), o.output));
  auto outputs = model.predict_all(inputs, {.batch_size = o.batch_size});
  if (!archive) return write_npy(o.output, outputs.front());
  NamedTensors named;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    named.emplace_back("output_" + std::to_string(i), std::move(outputs[i]));
  write_npz(o.output, named);
}

}  // namespace

void add_predict(CLI::App& app) {
  auto options = std::make_shared<PredictOptions>();
  Command command(app, "predict", "Run a model on arrays");
  add_model_options(command, options->model);
  command.required("--input", options->inputs,
                   "X.npy, once for each input in the model's order, or NAME=X.npy");
  command.required("--output", options->output, "Y.npy, or Y.npz with output_0, output_1, ...");
  command.option("--batch-size", options->batch_size, "samples at a time");
  command.run([options] { predict(*options); });
}

}  // namespace rhyton::cli
