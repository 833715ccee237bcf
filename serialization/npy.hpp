#pragma once
/// @file npy.hpp  NumPy's `.npy` and `.npz` files.
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/tensor/tensor.hpp"

namespace rhyton {

class ByteSource;
struct DatasetFacts;
class ZipReader;

/// Arrays with their names, in the order of the archive.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Reads versions 1 to 3, either byte order, C and Fortran order; the result is row-major. float32, float64,
/// int32, int64, uint8, bool keep their type. float16 becomes float32; int8, int16, uint16 become int32;
/// uint32, uint64 become int64; fixed-width unicode and bytes become text. Throws FormatError on a damaged
/// file or a number that does not fit, NotSupported on pickled objects and other types.
Tensor read_npy(const std::filesystem::path& path);
/// The same from an archive's member or memory.
Tensor read_npy(const ByteSource& source);
/// What `read_npy` would read; throws as it does.
DatasetFacts npy_facts(const ByteSource& source);

/// Writes the tensor's own type, in C order; text as unicode.
void write_npy(const std::filesystem::path& path, ConstView tensor);
std::string format_npy(ConstView tensor);

/// All arrays of an archive, stored or deflated.
NamedTensors read_npz(const std::filesystem::path& path);
NamedTensors read_npz(const ZipReader& archive);
/// Stored, as `numpy.savez` does.
void write_npz(const std::filesystem::path& path, const NamedTensors& tensors);

/// The array of that name, or null.
const Tensor* find(const NamedTensors& tensors, std::string_view name);

}  // namespace rhyton
