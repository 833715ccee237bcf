#pragma once
/// @file hdf5_chunks.hpp  Unpacks a dataset's chunks to see their sizes before libhdf5 does, which copies a
/// whole chunk from whatever its filters leave.
#include <cstdint>
#include <string>
#include <vector>

#include "nn/tensor/shape.hpp"
#include "serialization/hdf5_api.hpp"

namespace rhyton::hdf5 {

/// How a dataset's values are cut and packed.
struct Chunks {
  Shape shape, size;                  ///< of the dataset, of one chunk
  std::uint64_t bytes = 0;            ///< of one unpacked chunk
  std::vector<H5Z_filter_t> filters;  ///< in the order of packing: gzip, shuffle and checksums only
};

/// Why the chunks of an open dataset cannot be read; empty if nothing is wrong with them.
std::string broken_chunk(hid_t dataset, const Chunks& chunks);

}  // namespace rhyton::hdf5
