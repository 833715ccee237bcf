#include "serialization/saving.hpp"

#include "nn/raise.hpp"
#include "nn/training/optimizers/wrappers.hpp"
#include "serialization/compile_config.hpp"
#include "serialization/json_text.hpp"
#include "serialization/keras2_config.hpp"
#include "serialization/keras2_outputs.hpp"
#include "serialization/keras_file.hpp"
#include "serialization/legacy_weights.hpp"
#include "serialization/model_config.hpp"
#include "serialization/optimizer_file.hpp"
#include "serialization/weights_tree.hpp"
#include "serialization/zip_archive.hpp"

namespace rhyton {

namespace {

class CompiledState final : public TrainingState {
 public:
  /// `graph`: the model as it is written.
  CompiledState(const Model& model, const GraphLayer& graph, FileDialect dialect)
      : model_(model), graph_(graph), dialect_(dialect) {}
  Json compile_config() const override { return adapted(write_compile_config(arguments(), dialect_, true)); }
  Json training_config() const override {
    Json config = write_training_config(arguments(), dialect_);
    if (dialect_ == FileDialect::keras2) put_on_output_names(config, arguments(), graph_);
    return adapted(config);
  }
  void write_optimizer(Hdf5Writer& file) const override {
    write_optimizer_state(file, model_, graph_, dialect_);
  }
  void write_legacy_optimizer(Hdf5Writer& file) const override {
    dialect_ == FileDialect::keras2 ? write_legacy_optimizer_state(file, model_, graph_)
                                    : write_optimizer(file);
  }

 private:
  CompileArguments arguments() const {
    CompileArguments out = model_.compile_arguments();
    if (dialect_ != FileDialect::keras3) outputs_to_keras2(out, graph_.output_names());
    return out;
  }
  Json adapted(const Json& config) const {
    if (dialect_ == FileDialect::keras3) return config;
    std::vector<std::string> problems;
    Json out = compile_config_to_keras2(config, dialect_ == FileDialect::portable, problems);
    refuse_to_write(model_.name(), dialect_, problems);
    return out;
  }
  mutable Model model_;  // a handle
  const GraphLayer& graph_;
  FileDialect dialect_;
};

void hand_over(const LoadReport& report, std::vector<std::string>* notes) {
  if (notes != nullptr) notes->insert(notes->end(), report.notes.begin(), report.notes.end());
}

/// Keras wraps the optimizer of a mixed_float16 model by itself: the configuration does not say it, the state
/// does. (Keras 2 keeps no state of the wrapper.)
void wrap_as_stored(const KerasFile& file, Optimizer& optimizer) {
  if (file.dialect == Dialect::keras3 && file.store && file.store->has("optimizer/inner_optimizer") &&
      optimizer && dynamic_cast<const LossScaleOptimizer*>(&*optimizer) == nullptr)
    optimizer = LossScaleOptimizer({.inner_optimizer = optimizer});
}

Model finish(KerasFile& file, const std::string& name, const LoadOptions& options, LoadReport& report) {
  CompileArguments arguments;
  const bool compile = options.compile && file.training.is_object();
  if (compile) {
    const LoadScope scope(file.dialect);
    const bool usable = report.problems.empty();
    const bool adapt = file.dialect == Dialect::keras2 && file.graph && file.graph->has_graph();
    if (adapt && file.hdf5) take_off_output_names(file.training, file.graph->output_names());
    arguments = read_compile_config(file.training, report);
    if (adapt) outputs_from_keras2(arguments, file.graph->output_names());
    if (usable && !report.problems.empty())
      report.unsupported(
          "to use the model without training it, load it with compile = false (rhyton convert "
          "--without-training).");
    wrap_as_stored(file, arguments.optimizer);
  }
  report.check(name);
  Model model(file.graph);
  if (compile) {
    model.compile(std::move(arguments));
    if (file.graph->has_graph()) read_optimizer_state(file, model, report);
  }
  hand_over(report, options.notes);
  return model;
}

void expect_graph(const Model& model) {
  if (!model.graph().has_graph())
    raise<ValueError>(
        "the model '{}' has no weights yet: give it an Input, or call build with the shape of its input.",
        model.name());
}

void read_weights_from(const std::filesystem::path& path, Model& model, const LoadWeightsOptions& options,
                       KerasFile& file, LoadReport& report) {
  const GraphLayer& graph = model.graph();
  if (is_zip(path)) {
    const ZipReader archive(path);
    if (archive.has("config.json")) {
      file.store = open_archive_weights(archive, path.string());
      if (archive.has("metadata.json")) file.dialect = archive_dialect(archive);
    } else {
      file.store = open_weights(path);
    }
  } else if (is_hdf5(path)) {
    const auto hdf5 = std::make_shared<const Hdf5File>(path);
    for (const char* group : {"model_weights", ""})
      if (has_legacy_weights(*hdf5, group)) {
        file.hdf5 = hdf5;
        const LegacyOptions legacy{
            .by_name = options.by_name, .skip_mismatch = options.skip_mismatch, .staged = true};
        read_legacy_weights(*hdf5, group, graph, legacy, report);
        return;
      }
    file.store = open_weights(hdf5);
  } else {
    file.store = open_weights(path);
  }
  read_weights(*file.store, graph, true, options.skip_mismatch, report);
}

}  // namespace

Model load_model(const std::filesystem::path& path, const LoadOptions& options) {
  const CustomObjectScope scope(options.custom_objects);
  LoadReport report;
  KerasFile file = read_keras_file(
      path, {.skip_mismatch = options.skip_mismatch, .max_weight_bytes = options.max_weight_bytes}, report);
  return finish(file, path.string(), options, report);
}

Model clone_model(const Model& model) { return model_from_json(to_json(model), {.compile = false}); }

Model model_from_json(const std::string& text, const LoadOptions& options) {
  const CustomObjectScope scope(options.custom_objects);
  LoadReport report;
  KerasFile file = read_keras_json(text, "JSON", {.max_weight_bytes = options.max_weight_bytes}, report);
  return finish(file, "JSON", options, report);
}

void save_model(const Model& model, const std::filesystem::path& path, const SaveOptions& options) {
  const auto graph = graph_for(model.graph(), options.dialect);
  const CompiledState state(model, *graph, options.dialect);
  const TrainingState* training = model.compiled() ? &state : nullptr;
  const auto ending = path.extension();
  if (path.string().ends_with(".weights.h5"))
    raise<ValueError>("'{}' is a name for weights: use save_weights, or the ending .keras.", path.string());
  if (ending == ".keras") {
    write_keras_archive(path, *graph, training, options.dialect);
  } else if (ending == ".h5" || ending == ".hdf5") {
    write_keras_hdf5(path, *graph, training, options.dialect);
  } else {
    raise<ValueError>("The filename must end in .keras or .h5. Received: '{}'.", path.string());
  }
}

std::string to_json(const Model& model, int indent, const SaveOptions& options) {
  // Text of another order would not go with weights in the model's own.
  Json object = model_object(model.graph(), false, options.dialect);
  if (options.dialect == FileDialect::keras3 && model.compiled())
    object["compile_config"] = CompiledState(model, model.graph(), options.dialect).compile_config();
  if (options.dialect == FileDialect::keras2) {
    object["keras_version"] = written_keras2_version;
    object["backend"] = "tensorflow";
  }
  return write_json_text(object, indent);
}

void save_weights(const Model& model, const std::filesystem::path& path, const SaveWeightsOptions& options) {
  expect_graph(model);
  const CompiledState state(model, model.graph(), options.dialect);
  if (options.max_shard_size > 0) {
    if (!path.string().ends_with(".weights.json"))
      raise<ValueError>("With max_shard_size, the filename must end in .weights.json. Received: '{}'.",
                        path.string());
    write_sharded_weights(path, model.graph(),
                          static_cast<std::uint64_t>(options.max_shard_size * 1073741824.0), options.dialect);
  } else {
    if (!path.string().ends_with(".weights.h5"))
      raise<ValueError>("The filename must end in .weights.h5. Received: '{}'.", path.string());
    write_weights_file(path, model.graph(), model.compiled() ? &state : nullptr, options.dialect);
  }
}

void load_weights(Model& model, const std::filesystem::path& path, const LoadWeightsOptions& options) {
  expect_graph(model);
  LoadReport report;
  KerasFile file;
  read_weights_from(path, model, options, file, report);
  report.check(path.string());
  if (model.compiled()) read_optimizer_state(file, model, report);
  hand_over(report, options.notes);
}

void Model::save(const std::string& path) const { save_model(*this, path); }
void Model::save_weights(const std::string& path) const { rhyton::save_weights(*this, path); }
void Model::load_weights(const std::string& path) { rhyton::load_weights(*this, path); }
std::string Model::to_json() const { return rhyton::to_json(*this); }

}  // namespace rhyton
