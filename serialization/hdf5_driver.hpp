#pragma once
/// @file hdf5_driver.hpp  Lets libhdf5 read from any ByteSource, in place; for the .cpp files of this folder
/// only.
#include "serialization/byte_source.hpp"
#include "serialization/hdf5_api.hpp"

namespace rhyton::hdf5 {

/// Checks the superblock and opens the file. `source` must outlive the handle. Call within a Session. Throws
/// FormatError when it is not an HDF5 file, is cut off, or uses several files.
Handle open_source(const ByteSource& source);

}  // namespace rhyton::hdf5
