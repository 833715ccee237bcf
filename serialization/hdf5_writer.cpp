#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nn/raise.hpp"
#include "serialization/hdf5_api.hpp"
#include "serialization/hdf5_file.hpp"

namespace rhyton {

using hdf5::Handle;
using hdf5::Session;

struct Hdf5Writer::Impl {
  std::string name;
  Handle file, make_parents, make_parents_utf8, dataset_settings;

  /// A name that is marked as UTF-8 makes libhdf5 turn the group into the newer form, which Keras's files do
  /// not have.
  hid_t links(const std::string& path) const {
    const bool ascii =
        std::all_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
    return ascii ? make_parents : make_parents_utf8;
  }

  [[noreturn]] void fail(const std::string& path) const {
    raise<Error>("Cannot write '{}', {}: {}.", name, path.empty() ? "/" : path, Session::last_error());
  }
};

namespace {

/// What an attribute may take inside an object's header, less some room: Keras's own figure.
constexpr std::size_t attribute_room = 64512;
/// A text of variable length takes this much there: its size and where it lies.
constexpr std::size_t variable_text_bytes = 16;

/// h5py's form of a boolean.
Handle make_boolean() {
  Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose);
  const std::int8_t no = 0, yes = 1;
  H5Tenum_insert(type, "FALSE", &no);
  H5Tenum_insert(type, "TRUE", &yes);
  return type;
}

/// The type in the file, and the same type in memory on a little-endian machine.
Handle file_type(DType dtype) {
  switch (dtype) {
    case DType::float64:
      return {H5Tcopy(H5T_IEEE_F64LE), H5Tclose};
    case DType::int32:
      return {H5Tcopy(H5T_STD_I32LE), H5Tclose};
    case DType::int64:
      return {H5Tcopy(H5T_STD_I64LE), H5Tclose};
    case DType::uint8:
      return {H5Tcopy(H5T_STD_U8LE), H5Tclose};
    case DType::boolean:
      return make_boolean();
    case DType::string:
      throw NotSupported("Text cannot be written as an HDF5 dataset; write it as an attribute.");
    default:
      return {H5Tcopy(H5T_IEEE_F32LE), H5Tclose};
  }
}

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

}  // namespace

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
  const Session session;
  impl_->name = path.string();
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
  impl_->file = Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose);
  if (!impl_->file) impl_->fail("");
  impl_->make_parents = Handle(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(impl_->make_parents, 1);
  impl_->make_parents_utf8 = Handle(H5Pcopy(impl_->make_parents), H5Pclose);
  H5Pset_char_encoding(impl_->make_parents_utf8, H5T_CSET_UTF8);
  // Without times, equal models make equal files.
  impl_->dataset_settings = Handle(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(impl_->dataset_settings, 0);
}

Hdf5Writer::~Hdf5Writer() {
  const Session session;
  impl_.reset();
}

void Hdf5Writer::group(const std::string& path) {
  const Session session;
  const Handle there(H5Gopen2(impl_->file, path.c_str(), H5P_DEFAULT), H5Gclose);
  if (there) return;
  const Handle made(H5Gcreate2(impl_->file, path.c_str(), impl_->links(path), H5P_DEFAULT, H5P_DEFAULT),
                    H5Gclose);
  if (!made) impl_->fail(path);
}

void Hdf5Writer::write(const std::string& path, ConstView values) {
  const Session session;
  std::array<hsize_t, Shape::max_rank> dims{};
  const int rank = values.shape().rank();
  for (int i = 0; i < rank; ++i) dims[static_cast<std::size_t>(i)] = static_cast<hsize_t>(values.shape()[i]);
  const Handle space(rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, dims.data(), nullptr),
                     H5Sclose);
  const Handle type = file_type(values.dtype());
  const Handle dataset(H5Dcreate2(impl_->file, path.c_str(), type, space, impl_->links(path),
                                  impl_->dataset_settings, H5P_DEFAULT),
                       H5Dclose);
  if (!dataset) impl_->fail(path);
  if (values.size() > 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.raw()) < 0)
    impl_->fail(path);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, const std::string& text) {
  const Session session;
  const Handle type = text_type();
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle at(H5Oopen(impl_->file, object.empty() ? "/" : object.c_str(), H5P_DEFAULT), H5Oclose);
  const Handle attribute(H5Acreate2(at, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const char* value = text.c_str();
  if (!attribute || H5Awrite(attribute, type, &value) < 0) impl_->fail(fmt::format("{}@{}", object, name));
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name,
                           const std::vector<std::string>& texts) {
  const Session session;
  constexpr std::size_t most = attribute_room / variable_text_bytes;
  const Handle at(H5Oopen(impl_->file, object.empty() ? "/" : object.c_str(), H5P_DEFAULT), H5Oclose);
  const std::size_t chunks = std::max<std::size_t>(1, (texts.size() + most - 1) / most);
  std::size_t begin = 0;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    // The first chunks take one more where it does not come out even, as numpy.array_split does.
    const std::size_t count = texts.size() / chunks + (chunk < texts.size() % chunks ? 1 : 0);
    const std::string chunk_name = chunks == 1 ? name : name + std::to_string(chunk);
    // An empty list has no text type in NumPy: Keras's files hold an empty array of numbers there.
    const Handle type = count == 0 ? Handle(H5Tcopy(H5T_IEEE_F64LE), H5Tclose) : text_type();
    const hsize_t size = count;
    const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
    const Handle attribute(H5Acreate2(at, chunk_name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
                           H5Aclose);
    std::vector<const char*> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(texts[begin + i].c_str());
    if (!attribute || (count > 0 && H5Awrite(attribute, type, values.data()) < 0))
      impl_->fail(fmt::format("{}@{}", object, name));
    begin += count;
  }
}

void Hdf5Writer::close() {
  const Session session;
  const bool flushed = H5Fflush(impl_->file, H5F_SCOPE_GLOBAL) >= 0;
  const std::string reason = flushed ? std::string() : Session::last_error();
  const bool closed = H5Fclose(impl_->file.release()) >= 0;
  if (!flushed || !closed)
    raise<Error>("Cannot write '{}': {}.", impl_->name, flushed ? Session::last_error() : reason);
}

}  // namespace rhyton
