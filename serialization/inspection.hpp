#pragma once
/// @file inspection.hpp  What a file says of itself. Nothing is built, nothing but its text is read, and no
/// size is trusted: arrays are listed, not loaded.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "nn/config.hpp"
#include "serialization/hdf5_file.hpp"

namespace rhyton {

/// A layer as the configuration lists it.
struct FileLayer {
  std::string class_name, name;
  int depth = 0;      ///< of models in models
  bool known = true;  ///< whether this library has the class
};

struct FileArray {
  std::string path;
  DatasetFacts facts;
  /// Why it cannot be read; empty if it can. `facts` mean nothing then.
  std::string problem;
};

struct FileFacts {
  std::string file;
  /// "Keras archive", "whole-model HDF5", "Keras 3 weights", "Keras 2 weights", "sharded weights",
  /// "NumPy archive", "NumPy array", "model JSON".
  std::string kind;
  std::uint64_t bytes = 0;
  /// As the file states them; empty where it does not.
  std::string keras_version, date_saved, backend;
  /// "Keras 3" or "Keras 2"; empty if there is no model.
  std::string dialect;
  std::string model_class, model_name;
  std::vector<FileLayer> layers;
  /// Of layers, and of the optimizer. Names as in the file.
  std::vector<FileArray> weights, optimizer_state;
  /// What the model was compiled with, as it stands; null if it was not.
  Json training;
  /// The optimizer's class in it; empty if there is none.
  std::string optimizer;
  /// The parts of an archive or of sharded weights, with their bytes.
  std::vector<std::pair<std::string, std::uint64_t>> members;

  bool has_model() const { return !dialect.empty(); }
  std::uint64_t weight_values() const;
  std::uint64_t weight_bytes() const;
  /// Arrays that cannot be read.
  std::vector<const FileArray*> unreadable() const;
};

/// Throws FormatError when it is no file of Keras or NumPy, or damaged beyond listing.
FileFacts inspect_file(const std::filesystem::path& path);

}  // namespace rhyton
