#include "serialization/npy.hpp"

#include <bit>
#include <limits>
#include <type_traits>

#include "nn/raise.hpp"
#include "serialization/atomic_file.hpp"
#include "serialization/byte_source.hpp"
#include "serialization/dataset_facts.hpp"
#include "serialization/limits.hpp"
#include "serialization/npy_header.hpp"
#include "serialization/numbers.hpp"
#include "serialization/utf8.hpp"
#include "serialization/zip_archive.hpp"

namespace rhyton {

namespace {

static_assert(std::endian::native == std::endian::little);

/// Calls `put(to, from)` for each element: the position in row-major order and the position in the file.
template <class Put>
void for_each_element(const NpyHeader& header, std::size_t count, Put&& put) {
  const int rank = header.shape.rank();
  if (!header.fortran_order || rank < 2) {
    for (std::size_t i = 0; i < count; ++i) put(i, i);
    return;
  }
  std::size_t stride[Shape::max_rank] = {};
  Dim index[Shape::max_rank] = {};
  std::size_t next = 1;
  for (int d = 0; d < rank; ++d) {
    stride[d] = next;
    next *= static_cast<std::size_t>(header.shape[d]);
  }
  std::size_t from = 0;
  for (std::size_t to = 0; to < count; ++to) {
    put(to, from);
    for (int d = rank - 1; d >= 0; --d) {
      from += stride[d];
      if (++index[d] < header.shape[d]) break;
      from -= stride[d] * static_cast<std::size_t>(header.shape[d]);
      index[d] = 0;
    }
  }
}

template <class From, class To>
Tensor convert(const NpyHeader& header, const std::string& raw, std::size_t count, const std::string& name) {
  Tensor tensor = Tensor::uninitialized(header.shape, dtype_of<To>);
  To* out = tensor.data<To>();
  const auto* in = reinterpret_cast<const std::byte*>(raw.data());
  const bool swapped = header.byte_order == '>';
  for_each_element(header, count, [&](std::size_t to, std::size_t from) {
    const auto value = load<From>(in + from * sizeof(From), swapped);
    if constexpr (std::is_same_v<From, std::uint64_t>) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        raise<FormatError>("'{}': {} does not fit in int64.", name, value);
    }
    if constexpr (std::is_same_v<To, bool>) {
      out[to] = value != 0;
    } else if constexpr (std::is_same_v<To, float> && std::is_same_v<From, std::uint16_t>) {
      out[to] = half_to_float(value);
    } else {
      out[to] = static_cast<To>(value);
    }
  });
  return tensor;
}

Tensor convert_text(const NpyHeader& header, const std::string& raw, std::size_t count,
                    const std::string& name) {
  Tensor tensor(header.shape, DType::string);
  auto* out = tensor.data<std::string>();
  const auto item = static_cast<std::size_t>(header.item_bytes);
  const bool swapped = header.byte_order == '>';
  for_each_element(header, count, [&](std::size_t to, std::size_t from) {
    const char* begin = raw.data() + from * item;
    std::string& text = out[to];
    if (header.kind == 'S') {
      text.assign(begin, item);
    } else {
      for (std::size_t i = 0; i < item; i += 4) {
        const auto point = load<std::uint32_t>(reinterpret_cast<const std::byte*>(begin + i), swapped);
        if (!append_utf8(text, point))
          raise<FormatError>("'{}': {} is not a Unicode character.", name, point);
      }
    }
    text.resize(text.find_last_not_of('\0') + 1);
  });
  return tensor;
}

/// The tensor type that holds the elements as they lie in the file, if there is one.
bool same_layout(const NpyHeader& header, DType& dtype) {
  if (header.byte_order == '>' && header.item_bytes > 1) return false;
  if (header.fortran_order && header.shape.rank() > 1) return false;
  if (header.kind == 'f' && header.item_bytes >= 4) {
    dtype = header.item_bytes == 4 ? DType::float32 : DType::float64;
    return true;
  }
  if (header.kind == 'i' && header.item_bytes >= 4) {
    dtype = header.item_bytes == 4 ? DType::int32 : DType::int64;
    return true;
  }
  dtype = DType::uint8;
  return header.kind == 'u' && header.item_bytes == 1;
}

Tensor convert_any(const NpyHeader& header, const std::string& raw, std::size_t count,
                   const std::string& name) {
  const int bytes = header.item_bytes;
  switch (header.kind) {
    case 'f':
      if (bytes == 2) return convert<std::uint16_t, float>(header, raw, count, name);
      if (bytes == 4) return convert<float, float>(header, raw, count, name);
      return convert<double, double>(header, raw, count, name);
    case 'i':
      if (bytes == 1) return convert<std::int8_t, std::int32_t>(header, raw, count, name);
      if (bytes == 2) return convert<std::int16_t, std::int32_t>(header, raw, count, name);
      if (bytes == 4) return convert<std::int32_t, std::int32_t>(header, raw, count, name);
      return convert<std::int64_t, std::int64_t>(header, raw, count, name);
    case 'u':
      if (bytes == 1) return convert<std::uint8_t, std::uint8_t>(header, raw, count, name);
      if (bytes == 2) return convert<std::uint16_t, std::int32_t>(header, raw, count, name);
      if (bytes == 4) return convert<std::uint32_t, std::int64_t>(header, raw, count, name);
      return convert<std::uint64_t, std::int64_t>(header, raw, count, name);
    case 'b':
      return convert<std::uint8_t, bool>(header, raw, count, name);
    default:
      return convert_text(header, raw, count, name);
  }
}

std::size_t checked_count(const NpyHeader& header, std::uint64_t available, const std::string& name) {
  Dim count = 0;
  try {
    count = header.shape.size();
  } catch (const ValueError&) {
    count = std::numeric_limits<Dim>::max();
  }
  const auto elements = static_cast<std::uint64_t>(count);
  // Empty text takes no room in the file, but it does in memory.
  const std::uint64_t item = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(header.item_bytes));
  if (elements > available / item && elements > 0)
    raise<FormatError>("'{}': the header promises an array of shape {}, but only {} bytes of data follow.",
                       name, to_string(header.shape), available);
  return static_cast<std::size_t>(elements);
}

std::string descr_of(DType dtype, std::size_t characters) {
  switch (dtype) {
    case DType::float32:
      return "<f4";
    case DType::float64:
      return "<f8";
    case DType::int32:
      return "<i4";
    case DType::int64:
      return "<i8";
    case DType::uint8:
      return "|u1";
    case DType::boolean:
      return "|b1";
    default:
      return "<U" + std::to_string(characters);
  }
}

NpyHeader read_header(const ByteSource& source) {
  std::string start(
      static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), limits::npy_header_bytes + 12)), '\0');
  source.read(0, start.data(), start.size());
  return parse_npy_header(start, source.name());
}

/// NumPy's name of the elements' type.
std::string type_name(const NpyHeader& header) {
  const std::string bits = std::to_string(8 * header.item_bytes);
  switch (header.kind) {
    case 'f':
      return "float" + bits;
    case 'i':
      return "int" + bits;
    case 'u':
      return "uint" + bits;
    case 'b':
      return "bool";
    default:
      return "text";
  }
}

DType tensor_type(const NpyHeader& header) {
  const int bytes = header.item_bytes;
  switch (header.kind) {
    case 'f':
      return bytes == 8 ? DType::float64 : DType::float32;
    case 'i':
      return bytes == 8 ? DType::int64 : DType::int32;
    case 'u':
      return bytes == 1 ? DType::uint8 : bytes == 2 ? DType::int32 : DType::int64;
    case 'b':
      return DType::boolean;
    default:
      return DType::string;
  }
}

}  // namespace

DatasetFacts npy_facts(const ByteSource& source) {
  const NpyHeader header = read_header(source);
  const std::size_t count = checked_count(header, source.size() - header.data_offset, source.name());
  return {header.shape, type_name(header), tensor_type(header),
          count * static_cast<std::uint64_t>(header.item_bytes)};
}

Tensor read_npy(const ByteSource& source) {
  const NpyHeader header = read_header(source);
  const std::size_t count = checked_count(header, source.size() - header.data_offset, source.name());

  DType dtype = DType::float32;
  if (same_layout(header, dtype)) {
    Tensor tensor = Tensor::uninitialized(header.shape, dtype);
    source.read(header.data_offset, tensor.raw(), tensor.bytes());
    return tensor;
  }
  std::string raw(count * static_cast<std::size_t>(header.item_bytes), '\0');
  source.read(header.data_offset, raw.data(), raw.size());
  return convert_any(header, raw, count, source.name());
}

Tensor read_npy(const std::filesystem::path& path) { return read_npy(*open_file_source(path)); }

std::string format_npy(ConstView tensor) {
  const auto count = static_cast<std::size_t>(tensor.size());
  if (tensor.dtype() != DType::string)
    return format_npy_header(descr_of(tensor.dtype(), 0), tensor.shape())
        .append(static_cast<const char*>(tensor.raw()), tensor.bytes());

  std::vector<std::u32string> texts(count);
  std::size_t longest = 1;
  for (std::size_t i = 0; i < count; ++i) {
    texts[i] = decode_utf8(tensor.data<std::string>()[i]);
    longest = std::max(longest, texts[i].size());
  }
  std::string bytes = format_npy_header(descr_of(tensor.dtype(), longest), tensor.shape());
  for (auto& text : texts) {
    text.resize(longest);
    bytes.append(reinterpret_cast<const char*>(text.data()), 4 * longest);
  }
  return bytes;
}

void write_npy(const std::filesystem::path& path, ConstView tensor) { write_file(path, format_npy(tensor)); }

NamedTensors read_npz(const std::filesystem::path& path) { return read_npz(ZipReader(path)); }

NamedTensors read_npz(const ZipReader& archive) {
  constexpr std::string_view ending = ".npy";
  NamedTensors tensors;
  for (const auto& member : archive.members()) {
    std::string name = member.name;
    if (!name.ends_with(ending)) continue;
    name.resize(name.size() - ending.size());
    tensors.emplace_back(name, read_npy(*archive.open(member.name)));
  }
  return tensors;
}

void write_npz(const std::filesystem::path& path, const NamedTensors& tensors) {
  ZipWriter archive(path);
  for (const auto& [name, tensor] : tensors) archive.add(name + ".npy", format_npy(tensor));
  archive.close();
}

const Tensor* find(const NamedTensors& tensors, std::string_view name) {
  for (const auto& [key, tensor] : tensors)
    if (key == name) return &tensor;
  return nullptr;
}

}  // namespace rhyton
