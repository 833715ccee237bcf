#pragma once
/// @file atomic_file.hpp  A file is replaced whole or not at all.
#include <filesystem>
#include <string>
#include <string_view>

namespace rhyton {

/// Writing goes to a temporary file beside the target; `commit` syncs it and renames it over the target.
/// Until then, and if the process dies at any moment, the target keeps its old content. Two processes that
/// save to one path leave one of the two whole files.
class AtomicFile {
 public:
  /// Creates the temporary file; throws Error when the folder cannot be written. A target that is a symbolic
  /// link keeps the link and replaces what it points to.
  explicit AtomicFile(const std::filesystem::path& target);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  /// Removes the temporary file if it was not committed.
  ~AtomicFile();

  /// Where the content is to be written, by any means.
  const std::filesystem::path& path() const { return temporary_; }
  /// Appends to the temporary file. Throws Error, for example on a full disk.
  void write(std::string_view bytes);
  /// Throws Error, and leaves the target as it was, when the content cannot be made durable.
  void commit();

 private:
  std::filesystem::path target_, temporary_;
  bool committed_ = false;
};

/// Letters and digits by chance, for a name that nobody else has.
std::string random_suffix();

/// Replaces the file by `bytes`.
void write_file(const std::filesystem::path& target, std::string_view bytes);

}  // namespace rhyton
