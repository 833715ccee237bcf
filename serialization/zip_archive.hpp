#pragma once
/// @file zip_archive.hpp  Zip files as Keras and NumPy use them. Member names are never used as paths.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "serialization/byte_source.hpp"

namespace rhyton {

/// One member of an archive, as the archive's directory states it.
struct ZipMember {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint64_t packed_bytes = 0;
  bool stored = false;
};

/// A zip file open for reading. Refuses encrypted members, two members of one name, and sizes beyond the
/// limits.
class ZipReader {
 public:
  /// Throws Error when the file cannot be opened, FormatError when it is not a usable zip file.
  explicit ZipReader(const std::filesystem::path& path);
  /// A zip file that lies in memory.
  explicit ZipReader(std::string bytes, std::string name);

  const std::vector<ZipMember>& members() const;
  bool has(std::string_view name) const;
  /// The whole member, unpacked. Throws FormatError when it is missing, damaged or larger than `limit`.
  std::string read(std::string_view name, std::uint64_t limit) const;
  /// The member for random access. A stored one is read in place from the archive, another one is unpacked
  /// into memory. The source may outlive the reader.
  ByteSourcePtr open(std::string_view name) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Writes a zip file whose members are stored without compression, as Keras does. The file appears whole when
/// `close` returns.
class ZipWriter {
 public:
  explicit ZipWriter(const std::filesystem::path& target);
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;
  ~ZipWriter();

  void add(const std::string& name, std::string bytes);
  /// The file must stay as it is until `close`.
  void add_file(const std::string& name, const std::filesystem::path& path);
  /// Throws Error, and leaves the target as it was, when the archive cannot be written.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether the file begins as zip files do.
bool is_zip(const std::filesystem::path& path);

}  // namespace rhyton
