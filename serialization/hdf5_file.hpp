#pragma once
/// @file hdf5_file.hpp  HDF5 files as Keras and h5py use them: groups, datasets of numbers, attributes of
/// text.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "nn/tensor/tensor.hpp"
#include "serialization/byte_source.hpp"
#include "serialization/dataset_facts.hpp"

namespace rhyton {

/// An HDF5 file open for reading, in place. Refuses soft and external links, external storage, virtual
/// datasets, filters other than gzip, shuffle and checksums, and sizes beyond the file's own. Paths are like
/// "a/b/c"; every error is a FormatError with the file and the path. Two threads need two objects.
class Hdf5File {
 public:
  explicit Hdf5File(const std::filesystem::path& path);
  /// For example a member of an archive.
  explicit Hdf5File(ByteSourcePtr source);
  Hdf5File(Hdf5File&&) noexcept;
  Hdf5File& operator=(Hdf5File&&) noexcept;
  ~Hdf5File();

  const std::string& name() const;
  std::uint64_t bytes() const;

  bool has_group(const std::string& path) const;
  bool has_dataset(const std::string& path) const;
  /// Names of the groups or datasets directly in a group, in the order of their bytes ("10" before "2").
  std::vector<std::string> groups(const std::string& path) const;
  std::vector<std::string> datasets(const std::string& path) const;

  DatasetFacts facts(const std::string& path) const;
  /// float16 and bfloat16 become float32; small integers become wider ones as in `read_npy`.
  Tensor read(const std::string& path) const;
  /// Straight into memory, converted to its type; the shape must be the dataset's.
  void read(const std::string& path, View into) const;

  /// `object` is a group or a dataset ("" is the root).
  bool has_attribute(const std::string& object, const std::string& name) const;
  /// A scalar text (or an array of one).
  std::string text(const std::string& object, const std::string& name) const;
  /// An array of text; one that Keras split into name0, name1, ... is joined.
  std::vector<std::string> texts(const std::string& object, const std::string& name) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// Writes an HDF5 file in the flavour of Keras: oldest format, contiguous datasets, text of variable length.
/// Missing groups on the way are made. Throws Error when the file cannot be written.
class Hdf5Writer {
 public:
  /// Replaces the file at once: give it a temporary one (see AtomicFile).
  explicit Hdf5Writer(const std::filesystem::path& path);
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;
  ~Hdf5Writer();

  /// Makes the group if it is not there.
  void group(const std::string& path);
  void write(const std::string& path, ConstView values);
  void attribute(const std::string& object, const std::string& name, const std::string& text);
  /// Split into name0, name1, ... where it is too long for one attribute, as Keras does.
  void attribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts);
  /// Must be called: it is where a full disk shows.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether the file begins as HDF5 files do.
bool is_hdf5(const std::filesystem::path& path);

}  // namespace rhyton
