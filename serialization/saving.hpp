#pragma once
/// @file saving.hpp  keras.saving: whole models, weights and configurations in Keras's files. `Model::save`,
/// `save_weights`, `load_weights` and `to_json` are implemented here too.
#include <filesystem>
#include <string>
#include <vector>

#include "nn/custom_objects.hpp"
#include "nn/models/model.hpp"
#include "serialization/file_dialect.hpp"

namespace rhyton {

struct LoadOptions {
  /// Compile the model with the file's optimizer, loss and metrics, if it has them, and set the optimizer's
  /// state.
  bool compile = true;
  /// Leave weights that are missing or mis-shaped in the file as they were initialized.
  bool skip_mismatch = false;
  /// Weights that the model may make; 0: what a file of this size can hold, and half of the machine's memory
  /// for JSON.
  std::uint64_t max_weight_bytes = 0;
  /// Gets what was passed over without an error: arguments of old versions, variables that nobody uses.
  std::vector<std::string>* notes = nullptr;
  /// Classes of your own for this file, beside those that are registered.
  CustomObjects custom_objects = {};
};

/// Reads `.keras` (Keras 3.0 to 3.16, tf.keras 2.12 and later), whole-model `.h5` (Keras 2 and 3), or the
/// JSON of `to_json` (then without weights), by what the file is. Throws one error that lists everything that
/// is unknown, missing, mis-shaped or too much, weights beside classes (docs/security.md): FormatError, or
/// NotSupported if this library lacks something that Keras has. Nothing in the file is ever executed, and
/// nothing is allocated that the file's size does not justify.
Model load_model(const std::filesystem::path& path, const LoadOptions& options = {});

struct SaveOptions {
  /// Whom the file is for: weights go in the order in which it finds the layers. What that Keras does not
  /// have makes one NotSupported that lists it all.
  FileDialect dialect = FileDialect::keras3;
};

/// Writes `.keras` or `.h5`, by the name's ending, with the optimizer's state if the model is compiled. An
/// interrupted save leaves an older file whole.
void save_model(const Model& model, const std::filesystem::path& path, const SaveOptions& options = {});

/// The architecture. `indent` < 0: one line. Refused where the dialect's Keras would order the layers, and so
/// the weights of a file beside it, otherwise than the model does: such models have to be saved whole.
std::string to_json(const Model& model, int indent = -1, const SaveOptions& options = {});
/// The JSON of Keras 3 or Keras 2, as text; weights as their initializers leave them.
Model model_from_json(const std::string& text, const LoadOptions& options = {});

/// keras.models.clone_model: the same layers anew, with weights as their initializers leave them, not
/// compiled.
Model clone_model(const Model& model);

struct SaveWeightsOptions {
  /// In gigabytes; above zero, `path` must end in `.weights.json`, and the weights go to files beside it.
  double max_shard_size = 0;
  FileDialect dialect = FileDialect::keras3;
};
/// `x.weights.h5` or, in shards, `x.weights.json`.
void save_weights(const Model& model, const std::filesystem::path& path,
                  const SaveWeightsOptions& options = {});

struct LoadWeightsOptions {
  /// For whole-model and weights-only `.h5` of Keras 2: match layers by name instead of by order.
  bool by_name = false;
  bool skip_mismatch = false;
  std::vector<std::string>* notes = nullptr;
};
/// Reads weights from any file that holds some: `.weights.h5`, `.weights.json`, `.npz`, `.keras`, `.h5`. All
/// or none are changed. The optimizer's state is read if the model is compiled.
void load_weights(Model& model, const std::filesystem::path& path, const LoadWeightsOptions& options = {});

}  // namespace rhyton
