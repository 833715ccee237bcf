#include <chrono>
#include <ctime>

#include "nn/raise.hpp"
#include "serialization/atomic_file.hpp"
#include "serialization/dialect.hpp"
#include "serialization/json_text.hpp"
#include "serialization/keras_file.hpp"
#include "serialization/layer_assets.hpp"
#include "serialization/limits.hpp"
#include "serialization/model_config.hpp"
#include "serialization/model_json.hpp"
#include "serialization/weights_tree.hpp"
#include "serialization/zip_archive.hpp"

namespace rhyton {

namespace {

constexpr const char* weights_member = "model.weights.h5";
constexpr const char* npz_member = "model.weights.npz";

std::string now() {
  const std::time_t time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d@%H:%M:%S", &parts);
  return text;
}

std::string version_of(const ZipReader& archive) {
  if (!archive.has("metadata.json")) return {};
  const Json metadata = parse_json_text(archive.read("metadata.json", limits::json_bytes), "metadata.json");
  const bool known =
      metadata.is_object() && metadata.contains("keras_version") && metadata["keras_version"].is_string();
  return known ? metadata["keras_version"].get<std::string>() : std::string();
}

}  // namespace

std::shared_ptr<const WeightsStore> open_archive_weights(const ZipReader& archive, const std::string& name) {
  if (archive.has(weights_member))
    return open_weights(std::make_shared<const Hdf5File>(archive.open(weights_member)));
  if (archive.has(npz_member)) return open_npz_weights(*archive.open(npz_member));
  raise<FormatError>("'{}': has neither {} nor {}.", name, weights_member, npz_member);
}

Dialect archive_dialect(const ZipReader& archive) {
  return detect_dialect(Json::object(), version_of(archive));
}

KerasFile read_keras_archive(const std::filesystem::path& path, const ReadOptions& options,
                             LoadReport& report) {
  const ZipReader archive(path);
  KerasFile out;
  out.keras_version = version_of(archive);
  const Json config =
      parse_json_text(archive.read("config.json", limits::json_bytes), path.string() + ":config.json");
  out.dialect = detect_dialect(config, out.keras_version);
  out.store = open_archive_weights(archive, path.string());
  LoadScope scope(out.dialect, out.keras_version);
  scope.limit_weights(
      options.max_weight_bytes ? options.max_weight_bytes : limits::weight_bytes(out.store->bytes()),
      !options.skip_mismatch);
  scope.limit_calls(limits::calls);
  PartialModel partial;
  out.graph = graph_from_json(config, out.dialect, report, &partial);
  report.notes.insert(report.notes.end(), scope.notes().begin(), scope.notes().end());
  if (config.contains("compile_config") && config["compile_config"].is_object() &&
      !config["compile_config"].empty())
    out.training = config["compile_config"];
  if (!out.graph) {
    if (!options.skip_mismatch) report.attempt([&] { judge_weights(*out.store, partial, report); });
    return out;
  }
  if (out.graph->has_graph()) read_weights(*out.store, *out.graph, false, options.skip_mismatch, report);
  read_assets(archive, *out.store, *out.graph, report);
  return out;
}

void write_weights_file(const std::filesystem::path& path, const GraphLayer& model,
                        const TrainingState* training, FileDialect dialect) {
  AtomicFile file(path);
  Hdf5Writer writer(file.path());
  write_weights(writer, model, dialect);
  if (training != nullptr) training->write_optimizer(writer);
  writer.close();
  file.commit();
}

void write_keras_archive(const std::filesystem::path& path, const GraphLayer& model,
                         const TrainingState* training, FileDialect dialect) {
  Json config = model_object(model, true, dialect);
  if (!model.inputs().empty() && dialect == FileDialect::keras3) {
    Json shape;
    if (model.inputs().size() == 1) to_config(shape, model.inputs()[0].shape());
    config["build_config"] = {{"input_shape", shape}};
  }
  if (training != nullptr) config["compile_config"] = training->compile_config();

  // Beside the target, where there must be room anyway; never committed, so it is gone at the end.
  const AtomicFile weights(path);
  Hdf5Writer writer(weights.path());
  write_weights(writer, model, dialect);
  write_asset_variables(writer, model);
  if (training != nullptr) training->write_optimizer(writer);
  writer.close();

  ZipWriter archive(path);
  archive.add("metadata.json",
              write_json_text({{"keras_version", written_version(dialect)}, {"date_saved", now()}}));
  archive.add("config.json", write_json_text(config));
  archive.add_file(weights_member, weights.path());
  write_asset_files(archive, model);
  archive.close();
}

}  // namespace rhyton
