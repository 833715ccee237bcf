// rhyton train MODEL --data D.npz
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/arrays.hpp"
#include "cli/compiling.hpp"
#include "nn/models/callbacks/backup.hpp"
#include "nn/models/trainer.hpp"
#include "nn/rng.hpp"
#include "serialization/atomic_file.hpp"
#include "serialization/json_text.hpp"
#include "serialization/training_report.hpp"

namespace rhyton::cli {

namespace {

struct TrainOptions {
  ModelOptions model;
  CompileOptions compile;
  std::string data, save, history, report, backup;
  std::int64_t epochs = 1, batch_size = 32;
  double validation_split = 0.0;
  bool no_shuffle = false, quiet = false;
  std::optional<std::uint64_t> seed;
};

/// Keeps each batch's own loss, where the progress line shows the epoch's mean.
class StepLosses final : public Callback {
 public:
  void on_train_batch_end(std::int64_t, const Logs&) override {
    values.push_back(model().trainer().last_loss());
  }
  std::vector<double> values;
};

std::string history_json(const History& history, const std::vector<double>& step_loss) {
  Json json = Json::object();
  json["epoch"] = Json::object();
  for (const auto& [name, values] : history.history) json["epoch"][name] = values;
  json["step"]["loss"] = step_loss;
  return write_json_text(json) + "\n";
}

void train(const TrainOptions& o) {
  if (!o.save.empty()) check_save_path(o.save);
  if (o.validation_split >= 1.0) throw UsageError("--validation-split must be below 1");
  // Before the model is read: a model without weights gets its initial ones there.
  if (o.seed) set_random_seed(*o.seed);
  Model model = open_model(o.model);
  compile(model, o.compile);
  NamedTensors arrays = read_npz(o.data);
  const auto inputs = input_names(model), outputs = output_names(model);
  const auto x = take_required(arrays, "x", inputs, o.data), y = take_required(arrays, "y", outputs, o.data);
  const auto x_val = take_arrays(arrays, "x_val", inputs), y_val = take_arrays(arrays, "y_val", outputs);
  if (x_val.empty() != y_val.empty())
    throw Error(o.data + ": x_val and y_val belong together; one is missing");
  const std::vector<Tensor> weights = take_weights(arrays, "sample_weight", outputs),
                            val_weights = take_weights(arrays, "sample_weight_val", outputs);
  const auto steps = std::make_shared<StepLosses>();
  FitArguments fit;
  fit.batch_size = o.batch_size;
  fit.epochs = o.epochs;
  fit.verbose = o.quiet ? 0 : 1;
  fit.callbacks = {steps};
  if (!o.backup.empty())
    fit.callbacks.push_back(
        std::make_shared<BackupAndRestore>(BackupAndRestore::Config{.backup_dir = o.backup}));
  fit.validation_split = o.validation_split;
  if (!x_val.empty()) fit.validation_data = {x_val, y_val, val_weights};
  fit.shuffle = !o.no_shuffle;
  fit.sample_weight = weights;
  const History history = model.fit(x, y, fit);
  if (!o.save.empty()) save(model, o.save);
  if (!o.history.empty()) write_file(o.history, history_json(history, steps->values));
  if (!o.report.empty()) write_training_report(o.report, model, history, {.step_loss = steps->values});
}

}  // namespace

void add_train(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  Command command(app, "train", "Train a model on data");
  add_model_options(command, options->model);
  command.required("--data", options->data,
                   "D.npz with x, y (several: x_NAME or x_0, x_1, ...), perhaps x_val, y_val, sample_weight, "
                   "sample_weight_val");
  add_optimizer_options(command, options->compile);
  add_loss_options(command, options->compile);
  command.option("--epochs", options->epochs, "times through the data");
  command.option("--batch-size", options->batch_size, "samples a step");
  command.option("--validation-split", options->validation_split,
                 "fraction of the data, its last part, kept for validation");
  command.flag("--no-shuffle", options->no_shuffle, "take the samples in their order");
  command.option("--seed", options->seed, "of initial weights, shuffling and dropout");
  command.option("--backup", options->backup,
                 "folder that keeps each epoch's state: the same command goes on after an interruption");
  command.option("--save", options->save, "where the trained model goes: .keras, .h5 or .weights.h5");
  command.option("--history", options->history, "H.json: loss and metrics of each epoch, loss of each step");
  command.option("--report", options->report, "R.html: the curves");
  command.flag("--quiet", options->quiet, "no progress");
  command.run([options] { train(*options); });
}

}  // namespace rhyton::cli
