#pragma once
/// @file hashing.hpp  The hash functions by which TensorFlow, and so Keras, puts values into bins.
#include <array>
#include <cstdint>
#include <string_view>

namespace rhyton::ops {

/// FarmHash's Fingerprint64 (Pike and Alakuijala, 2014).
std::uint64_t fingerprint(std::string_view text);
/// Two fingerprints as one, as TensorFlow's crosses join them.
std::uint64_t join_fingerprints(std::uint64_t first, std::uint64_t second);
/// SipHash-2-4 (Aumasson and Bernstein, 2012).
std::uint64_t sip_hash(std::string_view text, const std::array<std::uint64_t, 2>& key);

}  // namespace rhyton::ops
