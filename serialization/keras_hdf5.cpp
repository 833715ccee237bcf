#include <fmt/format.h>

#include <algorithm>

#include "nn/raise.hpp"
#include "nn/tensor/memory_limit.hpp"
#include "serialization/atomic_file.hpp"
#include "serialization/dialect.hpp"
#include "serialization/json_text.hpp"
#include "serialization/keras_file.hpp"
#include "serialization/legacy_weights.hpp"
#include "serialization/limits.hpp"
#include "serialization/model_config.hpp"
#include "serialization/model_json.hpp"
#include "serialization/weights_tree.hpp"
#include "serialization/zip_archive.hpp"

namespace rhyton {

namespace {

Json json_attribute(const Hdf5File& file, const std::string& name) {
  return parse_json_text(file.text("", name), fmt::format("'{}', attribute {}", file.name(), name));
}

std::string version_of(const Hdf5File& file) {
  for (const char* place : {"", "model_weights"})
    if (file.has_attribute(place, "keras_version")) return file.text(place, "keras_version");
  // Before this attribute there was only Keras 1 and 2.
  return "2.0.0";
}

}  // namespace

KerasFile read_keras_hdf5(const std::filesystem::path& path, const ReadOptions& options, LoadReport& report) {
  const auto file = std::make_shared<const Hdf5File>(path);
  if (!file->has_attribute("", "model_config"))
    raise<FormatError>("'{}' holds weights but no model: make the model first, then call load_weights on it.",
                       path.string());
  KerasFile out;
  out.hdf5 = file;
  out.store = open_weights(file);
  out.keras_version = version_of(*file);
  const Json config = json_attribute(*file, "model_config");
  out.dialect = detect_dialect(config, out.keras_version);
  LoadScope scope(out.dialect, out.keras_version);
  scope.limit_weights(
      options.max_weight_bytes ? options.max_weight_bytes : limits::weight_bytes(file->bytes()),
      !options.skip_mismatch);
  scope.limit_calls(limits::calls);
  PartialModel partial;
  out.graph = graph_from_json(config, out.dialect, report, &partial);
  report.notes.insert(report.notes.end(), scope.notes().begin(), scope.notes().end());
  if (file->has_attribute("", "training_config")) out.training = json_attribute(*file, "training_config");
  if (!out.graph) {
    if (!options.skip_mismatch)
      report.attempt([&] { judge_legacy_weights(*file, "model_weights", partial, report); });
    return out;
  }
  if (out.graph->has_graph())
    read_legacy_weights(*file, "model_weights", *out.graph, {.skip_mismatch = options.skip_mismatch}, report);
  return out;
}

KerasFile read_keras_json(const std::string& text, const std::string& name, const ReadOptions& options,
                          LoadReport& report) {
  const Json config = parse_json_text(text, name);
  KerasFile out;
  out.dialect = detect_dialect(config, "");
  if (config.is_object() && config.contains("keras_version") && config["keras_version"].is_string())
    out.keras_version = config["keras_version"].get<std::string>();
  LoadScope scope(out.dialect, out.keras_version);
  scope.limit_weights(
      options.max_weight_bytes ? options.max_weight_bytes : limits::fresh_weight_bytes(memory_limit()),
      false);
  scope.limit_calls(limits::calls);
  out.graph = graph_from_json(config, out.dialect, report);
  report.notes.insert(report.notes.end(), scope.notes().begin(), scope.notes().end());
  if (config.is_object() && config.contains("compile_config") && config["compile_config"].is_object() &&
      !config["compile_config"].empty())
    out.training = config["compile_config"];
  return out;
}

KerasFile read_keras_file(const std::filesystem::path& path, const ReadOptions& options, LoadReport& report) {
  if (std::filesystem::is_directory(path))
    raise<NotSupported>(
        "'{}' is a folder: TensorFlow's SavedModel is not supported. Save the model as .keras or .h5.",
        path.string());
  if (is_zip(path)) return read_keras_archive(path, options, report);
  if (is_hdf5(path)) return read_keras_hdf5(path, options, report);
  return read_keras_json(read_json_file(*open_file_source(path)), path.string(), options, report);
}

void write_keras_hdf5(const std::filesystem::path& path, const GraphLayer& model,
                      const TrainingState* training, FileDialect dialect) {
  AtomicFile file(path);
  Hdf5Writer writer(file.path());
  const Json object = model_object(model, false, dialect);
  // Keras's own reader of this format looks only for these two.
  const Json config = {{"class_name", object["class_name"]}, {"config", object["config"]}};
  writer.attribute("", "backend", std::string("rhyton"));
  writer.attribute("", "keras_version", std::string(written_version(dialect)));
  writer.attribute("", "model_config", write_json_text(config));
  if (training != nullptr) {
    writer.attribute("", "training_config", write_json_text(training->training_config()));
    // Keras 3 builds the optimizer without variables if it finds "optimizer_weights", and then cannot go on;
    // here it lies where other files of Keras 3 have it. Keras 2 looks only there.
    training->write_legacy_optimizer(writer);
  }
  write_legacy_weights(writer, "model_weights", model, written_version(dialect));
  writer.close();
  file.commit();
}

}  // namespace rhyton
