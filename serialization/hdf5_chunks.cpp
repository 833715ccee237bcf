#include "serialization/hdf5_chunks.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>

#include "serialization/limits.hpp"

namespace rhyton::hdf5 {

namespace {

/// Bytes that `packed` inflates to; more than `most` if it is more, or if it is damaged.
std::uint64_t inflated_size(const Bytef* packed, std::uint64_t size, std::uint64_t most) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return most + 1;
  std::array<Bytef, 1 << 14> piece;
  stream.next_in = const_cast<Bytef*>(packed);  // which zlib does not change
  stream.avail_in = static_cast<uInt>(size);
  int status = Z_OK;
  while (status == Z_OK && stream.total_out <= most) {
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
  }
  const std::uint64_t total = stream.total_out;
  inflateEnd(&stream);
  return status == Z_STREAM_END ? total : most + 1;
}

/// Bytes of a chunk when its filters are undone; `skipped` has a bit for each filter that was not applied.
/// As `inflated_size` for a chunk that is damaged.
std::uint64_t unpacked_size(const std::vector<Bytef>& chunk, const Chunks& chunks, std::uint32_t skipped) {
  constexpr std::uint64_t checksum = 4;
  std::uint64_t size = chunk.size();
  bool inflated = false;
  for (std::size_t i = chunks.filters.size(); i-- > 0;) {
    if ((skipped >> i & 1u) != 0) continue;
    if (chunks.filters[i] == H5Z_FILTER_FLETCHER32) {
      if (size < checksum) return chunks.bytes + 1;
      size -= checksum;
    } else if (chunks.filters[i] == H5Z_FILTER_DEFLATE) {
      if (inflated) return chunks.bytes + 1;  // nobody packs twice
      size = inflated_size(chunk.data(), size, chunks.bytes + checksum);
      inflated = true;
    }
  }
  return size;
}

}  // namespace

std::string broken_chunk(hid_t dataset, const Chunks& chunks) {
  const int rank = chunks.shape.rank();
  Dim count = 1;
  for (int i = 0; i < rank; ++i) {
    const Dim along = chunks.shape[i] / chunks.size[i] + (chunks.shape[i] % chunks.size[i] != 0 ? 1 : 0);
    if (__builtin_mul_overflow(count, along, &count) || count > limits::chunks)
      return "it has too many chunks";
  }
  std::array<hsize_t, Shape::max_rank> start{};
  std::vector<Bytef> chunk;
  for (Dim k = 0; k < count; ++k) {
    unsigned skipped = 0;
    haddr_t address = HADDR_UNDEF;
    hsize_t size = 0;
    if (H5Dget_chunk_info_by_coord(dataset, start.data(), &skipped, &address, &size) < 0)
      return Session::last_error();
    // Chunks that were never written are filled.
    if (address != HADDR_UNDEF) {
      // What grows by packing is stored as it is, but for the checksum.
      if (size > chunks.bytes + chunks.bytes / 64 + 64) return "a chunk is larger packed than unpacked";
      chunk.resize(size);
      std::uint32_t mask = 0;
      if (H5Dread_chunk(dataset, H5P_DEFAULT, start.data(), &mask, chunk.data()) < 0)
        return Session::last_error();
      if (unpacked_size(chunk, chunks, mask) != chunks.bytes)
        return fmt::format("a chunk does not unpack to the {} bytes of the others", chunks.bytes);
    }
    for (int i = rank; i-- > 0;) {
      const auto axis = static_cast<std::size_t>(i);
      start[axis] += static_cast<hsize_t>(chunks.size[i]);
      if (start[axis] < static_cast<hsize_t>(chunks.shape[i])) break;
      start[axis] = 0;
    }
  }
  return {};
}

}  // namespace rhyton::hdf5
