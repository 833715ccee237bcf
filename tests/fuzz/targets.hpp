#pragma once
/// @file targets.hpp  What hostile bytes are fed to. Each takes any bytes; an Error is the right answer,
/// anything else than that or success is a fault. Used by the fuzzers and by the everyday run of mutations.
#include <string>
#include <string_view>
#include <vector>

namespace rhyton::fuzz {

/// Returns whether the bytes were accepted.
using Target = bool (*)(std::string_view bytes);

/// Text of a model: parsed, built, written again, and run where that is little work.
bool json(std::string_view bytes);
/// A `.keras` archive: inspected and loaded.
bool keras(std::string_view bytes);
/// An HDF5 file: everything in it is read; inspected and loaded.
bool hdf5(std::string_view bytes);
/// `.npz` or `.npy`.
bool npz(std::string_view bytes);

/// Files of this kind from the tests' data: "json", "keras", "hdf5" or "npz". `tests` is the tests' folder.
std::vector<std::string> seeds(const std::string& kind, const std::string& tests);

}  // namespace rhyton::fuzz
