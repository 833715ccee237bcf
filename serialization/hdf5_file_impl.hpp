#pragma once
/// @file hdf5_file_impl.hpp  Inside of Hdf5File, shared by the .cpp files that implement it.
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "serialization/hdf5_api.hpp"
#include "serialization/hdf5_check.hpp"
#include "serialization/hdf5_file.hpp"

namespace rhyton {

struct Hdf5File::Impl {
  ByteSourcePtr source;
  mutable std::optional<hdf5::StructureCheck> check;
  hdf5::Handle file;
  /// Where each group was found: one that has two paths is refused, for a few such groups make more paths
  /// than there is time for.
  mutable std::map<std::uint64_t, std::string> groups;

  [[noreturn]] void fail(const std::string& path, const std::string& what) const;
  /// What a path leads to, by hard links only; an empty handle when there is nothing.
  hdf5::Handle find(const std::string& path) const;
  /// Throws FormatError when there is nothing or something else there.
  hdf5::Handle open(const std::string& path, H5I_type_t type) const;
  bool has(const std::string& path, H5I_type_t type) const;
  std::vector<std::string> members(const std::string& path, H5O_type_t type) const;
};

}  // namespace rhyton
