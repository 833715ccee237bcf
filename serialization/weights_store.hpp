#pragma once
/// @file weights_store.hpp  Weights as Keras 3 keeps them: a tree of paths ("layers/dense"), each with
/// variables 0, 1, ...
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "nn/config.hpp"
#include "nn/tensor/tensor.hpp"
#include "serialization/byte_source.hpp"
#include "serialization/hdf5_file.hpp"

namespace rhyton {

/// "path/part"; the part alone at the root.
inline std::string join_path(const std::string& path, const std::string& part) {
  return path.empty() ? part : path + "/" + part;
}

/// Read side of `.weights.h5`, sharded `.weights.json` and `.npz`, and of the same inside a `.keras` archive.
class WeightsStore {
 public:
  virtual ~WeightsStore() = default;
  virtual std::string name() const = 0;
  /// Bytes of the files: an upper bound of what can be in them, unless compressed.
  virtual std::uint64_t bytes() const = 0;
  /// Whether there is anything at or below the path.
  virtual bool has(const std::string& path) const = 0;
  /// Parts directly below the path, sorted; without the variables.
  virtual std::vector<std::string> children(const std::string& path) const = 0;
  /// Number of variables at the path; 0 where there is nothing.
  virtual std::size_t count(const std::string& path) const = 0;
  virtual DatasetFacts facts(const std::string& path, std::size_t i) const = 0;
  /// Straight into memory; throws FormatError when the shape is another one or the variable is missing.
  virtual void read(const std::string& path, std::size_t i, View into) const = 0;
  /// Names of the variables at the path: most are numbers; a few of Keras's layers have words.
  virtual std::vector<std::string> variable_names(const std::string& path) const;
  /// One of these; throws FormatError when it is missing.
  virtual Tensor read(const std::string& path, const std::string& name) const;
  /// Name of the layer whose variables these are, where the file says so; else empty.
  virtual std::string layer_name(const std::string& path) const = 0;
};

/// Throws FormatError unless the JSON is a plain file name: a name out of a file must not lead out of its
/// folder. `file` is for the message.
void check_shard_name(const Json& name, const std::string& file);

/// By what the file is, not by its name.
std::unique_ptr<WeightsStore> open_weights(const std::filesystem::path& path);
std::unique_ptr<WeightsStore> open_weights(std::shared_ptr<const Hdf5File> file);
/// An `.npz` file, or a member of an archive that is one.
std::unique_ptr<WeightsStore> open_npz_weights(const ByteSource& source);

}  // namespace rhyton
