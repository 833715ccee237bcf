#include <fmt/format.h>

#include <array>

#include "nn/raise.hpp"
#include "serialization/hdf5_chunks.hpp"
#include "serialization/hdf5_file_impl.hpp"
#include "serialization/limits.hpp"
#include "serialization/numbers.hpp"

namespace rhyton {

using hdf5::Handle;
using hdf5::Session;

namespace {

enum class Element { float32, float64, integer, float16, bfloat16, boolean };

struct ElementFacts {
  Element element;
  const char* name;
  DType tensor_dtype;
  std::uint64_t bytes;
};

Handle make_float16() {
  Handle type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

hid_t native_type(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return H5T_NATIVE_FLOAT;
    case DType::float64:
      return H5T_NATIVE_DOUBLE;
    case DType::int32:
      return H5T_NATIVE_INT32;
    case DType::int64:
      return H5T_NATIVE_INT64;
    default:
      return H5T_NATIVE_UINT8;
  }
}

/// An open dataset whose type, storage and sizes have been checked.
class Dataset {
 public:
  Dataset(const Hdf5File::Impl& file, const std::string& path)
      : file_(file), path_(path), id_(file.open(path, H5I_DATASET)), type_(H5Dget_type(id_), H5Tclose) {
    find_element();
    find_shape();
    check_storage();
  }

  const ElementFacts& element() const { return element_; }
  const Shape& shape() const { return shape_; }
  std::uint64_t bytes() const { return bytes_; }

  void read(View into) const {
    if (into.shape() != shape_)
      file_.fail(path_,
                 fmt::format("has the shape {}; expected {}.", to_string(shape_), to_string(into.shape())));
    if (bytes_ == 0) return;
    switch (element_.element) {
      case Element::float16:
      case Element::bfloat16:
        return read_short_floats(into);
      case Element::boolean:
        return read_as(DType::uint8, into);
      case Element::integer:
        if (element_.bytes == 8 && H5Tget_sign(type_) == H5T_SGN_NONE) return read_uint64(into);
        break;
      default:
        break;
    }
    if (into.dtype() == DType::boolean) return read_as(element_.tensor_dtype, into);
    read_raw(native_type(into.dtype()), into.raw());
  }

 private:
  bool is(hid_t standard) const { return H5Tequal(type_, standard) > 0; }

  void find_element() {
    struct Known {
      hid_t little, big;
      ElementFacts facts;
    };
    const Known known[] = {
        {H5T_IEEE_F32LE, H5T_IEEE_F32BE, {Element::float32, "float32", DType::float32, 4}},
        {H5T_IEEE_F64LE, H5T_IEEE_F64BE, {Element::float64, "float64", DType::float64, 8}},
        {H5T_STD_I8LE, H5T_STD_I8BE, {Element::integer, "int8", DType::int32, 1}},
        {H5T_STD_I16LE, H5T_STD_I16BE, {Element::integer, "int16", DType::int32, 2}},
        {H5T_STD_I32LE, H5T_STD_I32BE, {Element::integer, "int32", DType::int32, 4}},
        {H5T_STD_I64LE, H5T_STD_I64BE, {Element::integer, "int64", DType::int64, 8}},
        {H5T_STD_U8LE, H5T_STD_U8BE, {Element::integer, "uint8", DType::uint8, 1}},
        {H5T_STD_U16LE, H5T_STD_U16BE, {Element::integer, "uint16", DType::int32, 2}},
        {H5T_STD_U32LE, H5T_STD_U32BE, {Element::integer, "uint32", DType::int64, 4}},
        {H5T_STD_U64LE, H5T_STD_U64BE, {Element::integer, "uint64", DType::int64, 8}},
    };
    for (const auto& k : known)
      if (is(k.little) || is(k.big)) {
        element_ = k.facts;
        return;
      }
    const H5T_class_t kind = H5Tget_class(type_);
    const std::size_t size = H5Tget_size(type_);
    if (kind == H5T_FLOAT && size == 2) {
      Handle half = make_float16();
      bool known_half = is(half);
      H5Tset_order(half, H5T_ORDER_BE);
      known_half = known_half || is(half);
      if (known_half) {
        element_ = {Element::float16, "float16", DType::float32, 2};
        return;
      }
    }
    // h5py has no bfloat16: Keras writes two opaque bytes and says so beside them.
    if (kind == H5T_OPAQUE && size == 2) {
      element_ = {Element::bfloat16, "bfloat16", DType::float32, 2};
      return;
    }
    if (kind == H5T_ENUM && size == 1) {
      element_ = {Element::boolean, "bool", DType::boolean, 1};
      return;
    }
    raise<NotSupported>("'{}', {}: holds elements that are neither numbers nor booleans.",
                        file_.source->name(), path_);
  }

  void find_shape() {
    const Handle space(H5Dget_space(id_), H5Sclose);
    const int rank = space ? H5Sget_simple_extent_ndims(space) : -1;
    if (rank < 0 || rank > Shape::max_rank || H5Sget_simple_extent_type(space) == H5S_NULL)
      file_.fail(path_, "has no usable shape.");
    std::array<hsize_t, Shape::max_rank> dims{};
    H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    bytes_ = element_.bytes;
    for (int i = 0; i < rank; ++i) {
      const hsize_t dim = dims[static_cast<std::size_t>(i)];
      if (dim > static_cast<hsize_t>(INT64_MAX) || __builtin_mul_overflow(bytes_, dim, &bytes_) ||
          bytes_ > static_cast<std::uint64_t>(INT64_MAX))
        file_.fail(path_, "claims an impossible size.");
      shape_.push_back(static_cast<Dim>(dim));
    }
  }

  void check_storage() {
    const Handle plist(H5Dget_create_plist(id_), H5Pclose);
    if (!plist) file_.fail(path_, fmt::format("cannot be examined: {}.", Session::last_error()));
    if (H5Pget_external_count(plist) != 0)
      file_.fail(path_, "keeps its values in another file; that is refused.");
    const std::uint64_t stored = H5Dget_storage_size(id_);
    const std::uint64_t file_bytes = file_.source->size();
    const H5D_layout_t layout = H5Pget_layout(plist);
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
      file_.fail(path_, "is a virtual dataset; that is refused.");
    if (stored > file_bytes)
      file_.fail(path_, fmt::format("claims {} bytes of a file of {}.", stored, file_bytes));
    // The library copies compact values from its header's copy, which is not there when the header has none.
    if (layout == H5D_COMPACT && stored != bytes_)
      file_.fail(path_, fmt::format("has {} bytes for the shape {}.", stored, to_string(shape_)));
    if (stored == 0) {
      if (bytes_ > limits::unstored_bytes)
        file_.fail(path_, fmt::format("claims {} bytes, of which the file has none.", bytes_));
    } else if (layout == H5D_CHUNKED) {
      check_chunks(plist, stored);
    } else if (stored != bytes_) {
      file_.fail(path_, fmt::format("has {} bytes for the shape {}.", stored, to_string(shape_)));
    } else if (layout == H5D_CONTIGUOUS) {
      const haddr_t offset = H5Dget_offset(id_);
      if (offset == HADDR_UNDEF || offset > file_bytes - stored)
        file_.fail(path_, "lies beyond the end of the file.");
    }
  }

  void check_chunks(const Handle& plist, std::uint64_t stored) {
    if (!limits::plausible_ratio(stored, bytes_))
      file_.fail(path_,
                 fmt::format("claims to unpack {} bytes into {}; that ratio is refused.", stored, bytes_));
    std::array<hsize_t, Shape::max_rank> dims{};
    const int rank = H5Pget_chunk(plist, Shape::max_rank, dims.data());
    std::uint64_t chunk = element_.bytes;
    for (int i = 0; i < rank; ++i)
      if (__builtin_mul_overflow(chunk, dims[static_cast<std::size_t>(i)], &chunk)) chunk = UINT64_MAX;
    if (rank != shape_.rank() || (chunk > bytes_ && chunk > limits::chunk_bytes))
      file_.fail(path_, "has chunks that do not suit its shape.");
    chunks_ = {shape_, {}, chunk, {}};
    for (int i = 0; i < rank; ++i) {
      const hsize_t dim = dims[static_cast<std::size_t>(i)];
      if (dim == 0 || dim > static_cast<hsize_t>(INT32_MAX))
        file_.fail(path_, "has chunks of no usable size.");
      chunks_.size.push_back(static_cast<Dim>(dim));
    }
    for (int i = 0; i < H5Pget_nfilters(plist); ++i) {
      unsigned flags = 0, settings = 0;
      std::size_t count = 0;
      const H5Z_filter_t filter =
          H5Pget_filter2(plist, static_cast<unsigned>(i), &flags, &count, nullptr, 0, nullptr, &settings);
      if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
        file_.fail(path_,
                   fmt::format("is packed by filter {}; only gzip, shuffle and checksums are read.", filter));
      chunks_.filters.push_back(filter);
    }
  }

  void read_raw(hid_t memory_type, void* to) const {
    if (!chunks_.filters.empty())
      if (const std::string why = hdf5::broken_chunk(id_, chunks_); !why.empty())
        file_.fail(path_, fmt::format("cannot be read: {}.", why));
    if (H5Dread(id_, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) < 0)
      file_.fail(path_, fmt::format("cannot be read: {}.", Session::last_error()));
  }

  void read_as(DType dtype, View into) const {
    Tensor values = Tensor::uninitialized(shape_, dtype);
    read_raw(native_type(dtype), values.raw());
    copy(values, into);
  }

  void read_uint64(View into) const {
    Tensor values = Tensor::uninitialized(shape_, DType::int64);
    read_raw(H5T_NATIVE_UINT64, values.raw());
    // The largest values come out as negative numbers of the same bits.
    const auto* bits = values.data<std::int64_t>();
    for (Dim i = 0; i < values.size(); ++i)
      if (bits[i] < 0) file_.fail(path_, "holds a number that does not fit in int64.");
    copy(values, into);
  }

  void read_short_floats(View into) const {
    std::vector<std::uint16_t> bits(static_cast<std::size_t>(shape_.size()));
    const bool half = element_.element == Element::float16;
    const Handle little = make_float16();
    read_raw(half ? static_cast<hid_t>(little) : static_cast<hid_t>(type_), bits.data());
    Tensor floats;
    const bool direct = into.dtype() == DType::float32;
    if (!direct) floats = Tensor::uninitialized(shape_, DType::float32);
    float* out = direct ? into.data<float>() : floats.data();
    for (std::size_t i = 0; i < bits.size(); ++i)
      out[i] = half ? half_to_float(bits[i]) : bfloat16_to_float(bits[i]);
    if (!direct) copy(floats, into);
  }

  const Hdf5File::Impl& file_;
  const std::string& path_;
  Handle id_, type_;
  ElementFacts element_{};
  Shape shape_;
  std::uint64_t bytes_ = 0;
  hdf5::Chunks chunks_;
};

}  // namespace

DatasetFacts Hdf5File::facts(const std::string& path) const {
  const Session session;
  const Dataset dataset(*impl_, path);
  return {dataset.shape(), dataset.element().name, dataset.element().tensor_dtype, dataset.bytes()};
}

Tensor Hdf5File::read(const std::string& path) const {
  const Session session;
  const Dataset dataset(*impl_, path);
  Tensor tensor = Tensor::uninitialized(dataset.shape(), dataset.element().tensor_dtype);
  dataset.read(tensor.view());
  return tensor;
}

void Hdf5File::read(const std::string& path, View into) const {
  const Session session;
  Dataset(*impl_, path).read(into);
}

}  // namespace rhyton
