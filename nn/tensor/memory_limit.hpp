#pragma once
/// @file memory_limit.hpp  How much memory there can be at all: asking for more is an error in the numbers,
/// not bad luck.
#include <cstdint>
#include <string>

namespace rhyton {

/// Bytes of the machine's memory, or of what the process may use of it (resource limit, control group).
std::uint64_t memory_limit();
/// Allows less than that, for all that comes; 0: what the machine has.
void set_memory_limit(std::uint64_t bytes);

/// Throws ValueError where so much cannot be had, saying `what` takes it ("A tensor of shape (3)").
void require_memory(std::uint64_t elements, std::uint64_t bytes_each, const std::string& what);

/// "12.5 GiB".
std::string memory_text(std::uint64_t bytes);

}  // namespace rhyton
