#pragma once
/// @file hdf5_driver.hpp  Lets libhdf5 read from any ByteSource, in place; for the .cpp files of this folder
/// only.
#include "serialization/byte_source.hpp"
#include "serialization/hdf5_api.hpp"

namespace rhyton::hdf5 {

/// Throws FormatError when it is not an HDF5 file, is cut off, or uses several files.
void check_superblock(const ByteSource& source);
/// Opens the file, whose superblock has been checked. `source` must outlive the handle. Call within a
/// Session. Throws FormatError.
Handle open_source(const ByteSource& source);

}  // namespace rhyton::hdf5
