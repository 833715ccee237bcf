#pragma once
/// @file keras_file.hpp  What a model file holds, and how each format is read and written. `load_model` and
/// `save_model` stand on this.
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "nn/load_scope.hpp"
#include "nn/models/graph_layer.hpp"
#include "serialization/file_dialect.hpp"
#include "serialization/hdf5_file.hpp"
#include "serialization/load_report.hpp"
#include "serialization/weights_store.hpp"

namespace rhyton {

/// A model file after reading: the graph with its weights, and what is needed to go on training.
struct KerasFile {
  std::shared_ptr<GraphLayer> graph;
  Dialect dialect = Dialect::keras3;
  std::string keras_version;
  /// "compile_config" (.keras) or "training_config" (.h5) as it stands; null if the model was not compiled.
  Json training;
  /// Where "optimizer/vars" may be. Null for JSON.
  std::shared_ptr<const WeightsStore> store;
  /// `.h5`: where "optimizer_weights" is. Null for other formats.
  std::shared_ptr<const Hdf5File> hdf5;
};

/// Options of reading that change what is accepted.
struct ReadOptions {
  /// Leaves weights that are missing or have another shape as they were initialized, with a note.
  bool skip_mismatch = false;
  /// Of the weights that layers may make; 0: by the file's size, or by the machine's memory.
  std::uint64_t max_weight_bytes = 0;
};

/// `.keras`: a zip archive of config.json, metadata.json and the weights.
KerasFile read_keras_archive(const std::filesystem::path& path, const ReadOptions& options,
                             LoadReport& report);
/// Whole-model `.h5` of Keras 2 and 3.
KerasFile read_keras_hdf5(const std::filesystem::path& path, const ReadOptions& options, LoadReport& report);
/// The architecture alone: `to_json()` of Keras 2 and 3.
KerasFile read_keras_json(const std::string& text, const std::string& name, const ReadOptions& options,
                          LoadReport& report);
/// Any of these, by what the file is.
KerasFile read_keras_file(const std::filesystem::path& path, const ReadOptions& options, LoadReport& report);

class ZipReader;
/// The weights inside a `.keras` archive, and who wrote it.
std::shared_ptr<const WeightsStore> open_archive_weights(const ZipReader& archive, const std::string& name);
Dialect archive_dialect(const ZipReader& archive);

/// What `write_keras_archive` and `write_keras_hdf5` add for a compiled model.
class TrainingState {
 public:
  virtual ~TrainingState() = default;
  /// In Keras 3's form.
  virtual Json compile_config() const = 0;
  virtual Json training_config() const = 0;
  /// "optimizer/vars/0", ...
  virtual void write_optimizer(Hdf5Writer& file) const = 0;
  /// Where whole-model `.h5` files have it.
  virtual void write_legacy_optimizer(Hdf5Writer& file) const = 0;
};

/// `training` may be null.
void write_keras_archive(const std::filesystem::path& path, const GraphLayer& model,
                         const TrainingState* training, FileDialect dialect = FileDialect::keras3);
void write_keras_hdf5(const std::filesystem::path& path, const GraphLayer& model,
                      const TrainingState* training, FileDialect dialect = FileDialect::keras3);
void write_weights_file(const std::filesystem::path& path, const GraphLayer& model,
                        const TrainingState* training, FileDialect dialect = FileDialect::keras3);
/// `x.weights.json` and `x_00000.weights.h5`, ..., each of at most `max_shard_bytes` of values.
void write_sharded_weights(const std::filesystem::path& path, const GraphLayer& model,
                           std::uint64_t max_shard_bytes, FileDialect dialect);

/// The version of Keras whose formats are written.
inline constexpr const char* written_keras_version = "3.15.1";
inline constexpr const char* written_keras2_version = "2.15.0";
inline const char* written_version(FileDialect dialect) {
  return dialect == FileDialect::keras2 ? written_keras2_version : written_keras_version;
}

}  // namespace rhyton
