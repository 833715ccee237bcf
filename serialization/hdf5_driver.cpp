#include "serialization/hdf5_driver.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "nn/raise.hpp"
#include "serialization/numbers.hpp"

#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif

namespace rhyton::hdf5 {

namespace {

/// What the driver is told through a property list, which copies it byte by byte.
struct DriverInfo {
  const ByteSource* source;
};

struct OpenFile {
  H5FD_t base;  // first: libhdf5 sees only this
  const ByteSource* source;
  haddr_t end_of_allocation;
};

OpenFile* file_of(H5FD_t* file) { return reinterpret_cast<OpenFile*>(file); }
const OpenFile* file_of(const H5FD_t* file) { return reinterpret_cast<const OpenFile*>(file); }

H5FD_t* open_file(const char*, unsigned flags, hid_t access, haddr_t) {
  const void* info = H5Pget_driver_info(access);
  if (info == nullptr || (flags & H5F_ACC_RDWR) != 0) return nullptr;
  auto* file = new (std::nothrow) OpenFile();
  if (file == nullptr) return nullptr;
  file->source = static_cast<const DriverInfo*>(info)->source;
  return &file->base;
}

herr_t close_file(H5FD_t* file) {
  delete file_of(file);
  return 0;
}

// Two openings are two files, so that the library never shares state between them.
int compare_files(const H5FD_t* a, const H5FD_t* b) { return a < b ? -1 : a > b ? 1 : 0; }

herr_t query_features(const H5FD_t*, unsigned long* features) {
  // Not ACCUMULATE_METADATA: the library's accumulator overruns its buffer on some damaged files.
  *features = H5FD_FEAT_DATA_SIEVE;
  return 0;
}

haddr_t get_end_of_allocation(const H5FD_t* file, H5FD_mem_t) { return file_of(file)->end_of_allocation; }

herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  file_of(file)->end_of_allocation = address;
  return 0;
}

haddr_t get_end_of_file(const H5FD_t* file, H5FD_mem_t) { return file_of(file)->source->size(); }

herr_t read_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t size, void* buffer) {
  // An exception must not cross the library's C code; that the read failed is all the caller needs.
  try {
    file_of(file)->source->read(address, buffer, size);
    return 0;
  } catch (const std::exception&) {
    return -1;
  }
}

herr_t refuse_write(H5FD_t*, H5FD_mem_t, hid_t, haddr_t, size_t, const void*) { return -1; }

H5FD_class_t make_driver() {
  H5FD_class_t driver = {};
#ifdef H5FD_CLASS_VERSION
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(511);  // the range that is free for local use ends here
#endif
  driver.name = "rhyton_source";
  driver.maxaddr = static_cast<haddr_t>(INT64_MAX);
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_file;
  driver.close = close_file;
  driver.cmp = compare_files;
  driver.query = query_features;
  driver.get_eoa = get_end_of_allocation;
  driver.set_eoa = set_end_of_allocation;
  driver.get_eof = get_end_of_file;
  driver.read = read_bytes;
  driver.write = refuse_write;
  constexpr H5FD_mem_t map[] = H5FD_FLMAP_DICHOTOMY;
  static_assert(sizeof map == sizeof driver.fl_map);
  std::memcpy(driver.fl_map, map, sizeof map);
  return driver;
}

}  // namespace

void check_superblock(const ByteSource& source) {
  const auto fail = [&](const std::string& what) { raise<FormatError>("'{}': {}", source.name(), what); };
  constexpr std::string_view signature("\x89HDF\r\n\x1a\n", 8);
  constexpr std::size_t longest = 64;
  std::byte head[longest] = {};
  const auto available = static_cast<std::size_t>(std::min<std::uint64_t>(longest, source.size()));
  source.read(0, head, available);
  if (available < 48 || std::memcmp(head, signature.data(), signature.size()) != 0)
    fail("is not an HDF5 file: it does not begin with \\x89HDF.");
  const auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(head[i]); };
  const auto address = [&](std::size_t i) { return load<std::uint64_t>(head + i, false); };
  const unsigned version = byte(8);
  if (version > 3) fail(fmt::format("has an HDF5 superblock of unknown version {}.", version));
  const bool old = version < 2;
  if (byte(old ? 13 : 9) != 8 || byte(old ? 14 : 10) != 8)
    fail("uses HDF5 addresses or sizes that are not 8 bytes wide.");
  const std::size_t addresses = version == 0 ? 24 : version == 1 ? 28 : 12;
  if (available < addresses + 32) fail("is cut off inside the HDF5 superblock.");
  if (address(addresses) != 0) fail("does not begin at address 0.");
  const std::uint64_t end = address(addresses + 16);
  if (end > source.size()) fail(fmt::format("is cut off: it has {} bytes of {}.", source.size(), end));
  if (old && address(addresses + 24) != ~std::uint64_t{0})
    fail("is a part of an HDF5 file that is spread over several files; that is refused.");
}

Handle open_source(const ByteSource& source) {
  static const H5FD_class_t driver = make_driver();
  static const hid_t driver_id = H5FDregister(&driver);
  const DriverInfo info{&source};
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (driver_id < 0 || H5Pset_driver(access, driver_id, &info) < 0)
    raise<Error>("libhdf5 refuses the driver: {}.", Session::last_error());
  Handle file(H5Fopen(source.name().c_str(), H5F_ACC_RDONLY, access), H5Fclose);
  if (!file) raise<FormatError>("'{}' cannot be opened as HDF5: {}.", source.name(), Session::last_error());
  return file;
}

}  // namespace rhyton::hdf5
