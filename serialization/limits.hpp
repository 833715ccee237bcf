#pragma once
/// @file limits.hpp  What a file may ask for. A file is untrusted: every size in it is held against these,
/// and against the file's own size, before anything is allocated.
#include <cstddef>
#include <cstdint>

namespace rhyton::limits {

inline constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

/// JSON: nesting (three nested models stay below 40), text (a vocabulary may be inside) and values, each of
/// which takes up to a hundred bytes of memory.
inline constexpr int json_depth = 128;
inline constexpr std::uint64_t json_bytes = 128 * mebibyte;
inline constexpr std::uint64_t json_values = 4'000'000;
/// The parser compares a key with all before it in its object: this is one object of 30,000 keys.
inline constexpr std::uint64_t json_comparisons = 450'000'000;
/// Layers of all nested models together, calls of all layers as the file lists them, and the same with those
/// inside nested models counted at each call.
inline constexpr std::size_t layers = 20'000;
inline constexpr std::size_t nodes = 50'000;
inline constexpr std::size_t calls = 200'000;
/// Models inside models.
inline constexpr int nested_models = 32;

/// Zip: members, and bytes of a member that is read whole (anything but weights).
inline constexpr std::uint64_t archive_members = 100'000;
inline constexpr std::uint64_t member_bytes = 1024 * mebibyte;
/// Compressed data may grow by this factor once it is larger than `compression_slack`: trained weights shrink
/// by a tenth, zeros by a thousand.
inline constexpr std::uint64_t compression_ratio = 200;
inline constexpr std::uint64_t compression_slack = 16 * mebibyte;

/// HDF5: an attribute (`model_config` is one), the strings in it, links on the way from the root, objects in
/// all.
inline constexpr std::uint64_t attribute_bytes = 256 * mebibyte;
inline constexpr std::uint64_t attribute_elements = 1'000'000;
inline constexpr int attribute_chunks = 100'000;
inline constexpr int group_depth = 128;
inline constexpr std::size_t group_members = 1'000'000;
/// A chunk of a compressed dataset may be larger than the dataset, by this much.
inline constexpr std::uint64_t chunk_bytes = 64 * mebibyte;
/// Chunks of one compressed dataset.
inline constexpr std::int64_t chunks = 1'000'000;
/// A dataset without stored values (all fill value) may have this size.
inline constexpr std::uint64_t unstored_bytes = 16 * mebibyte;

/// `.npy`: the text header.
inline constexpr std::size_t npy_header_bytes = 64 * 1024;

/// Weights of a model whose values come from a file of this size: they may be packed there.
constexpr std::uint64_t weight_bytes(std::uint64_t file_bytes) {
  constexpr std::uint64_t growth = 200, slack = 64 * mebibyte;
  return file_bytes > (UINT64_MAX - slack) / growth ? UINT64_MAX : file_bytes * growth + slack;
}
/// The same without a file of values: this part of the memory that there is.
constexpr std::uint64_t fresh_weight_bytes(std::uint64_t memory) { return memory / 2; }

/// Whether `unpacked` bytes out of `packed` ones are credible.
constexpr bool plausible_ratio(std::uint64_t packed, std::uint64_t unpacked) {
  return unpacked <= compression_slack || unpacked / compression_ratio <= packed;
}

}  // namespace rhyton::limits
