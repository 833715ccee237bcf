#include <fmt/format.h>

#include "nn/error.hpp"
#include "serialization/hdf5_file_impl.hpp"
#include "serialization/limits.hpp"

namespace rhyton {

using hdf5::Handle;
using hdf5::Session;

namespace {

/// Gives back the strings that libhdf5 allocated.
struct VariableStrings {
  const Handle& type;
  const Handle& space;
  std::vector<char*> texts;
  ~VariableStrings() { H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts.data()); }
};

std::vector<std::string> read_texts(const Hdf5File::Impl& file, const Handle& object, const std::string& path,
                                    const std::string& name) {
  const auto fail = [&](const std::string& what) {
    file.fail(path, fmt::format("attribute '{}' {}", name, what));
  };
  const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute) fail(fmt::format("cannot be opened: {}.", Session::last_error()));
  const Handle type(H5Aget_type(attribute), H5Tclose);
  const Handle space(H5Aget_space(attribute), H5Sclose);
  if (!type || !space) fail(fmt::format("cannot be examined: {}.", Session::last_error()));
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (count < 0 || static_cast<std::uint64_t>(count) > limits::attribute_elements)
    fail("has too many elements.");
  // An empty list of any type: NumPy has no empty list of text.
  if (count == 0) return {};
  if (H5Tget_class(type) != H5T_STRING) fail("should be text, but is not.");

  const auto elements = static_cast<std::size_t>(count);
  std::vector<std::string> texts(elements);
  if (H5Tis_variable_str(type) > 0) {
    VariableStrings strings{type, space, std::vector<char*>(elements, nullptr)};
    if (H5Aread(attribute, type, strings.texts.data()) < 0)
      fail(fmt::format("cannot be read: {}.", Session::last_error()));
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < elements; ++i) {
      if (strings.texts[i] != nullptr) texts[i] = strings.texts[i];
      total += texts[i].size();
      if (total > limits::attribute_bytes) fail("is too long.");
    }
    return texts;
  }
  const std::size_t size = H5Tget_size(type);
  std::uint64_t total = 0;
  if (__builtin_mul_overflow(static_cast<std::uint64_t>(size), elements, &total) ||
      total > limits::attribute_bytes || total > file.source->size())
    fail("claims an impossible size.");
  std::string bytes(static_cast<std::size_t>(total), '\0');
  if (H5Aread(attribute, type, bytes.data()) < 0)
    fail(fmt::format("cannot be read: {}.", Session::last_error()));
  for (std::size_t i = 0; i < elements; ++i) texts[i] = bytes.substr(i * size, size).c_str();
  return texts;
}

}  // namespace

bool Hdf5File::has_attribute(const std::string& object, const std::string& name) const {
  const Session session;
  const Handle at = impl_->find(object);
  return at && (H5Aexists(at, name.c_str()) > 0 || H5Aexists(at, (name + "0").c_str()) > 0);
}

std::string Hdf5File::text(const std::string& object, const std::string& name) const {
  const Session session;
  const Handle at = impl_->find(object);
  if (!at) impl_->fail(object, "is not in the file.");
  const auto texts = read_texts(*impl_, at, object, name);
  if (texts.size() != 1) impl_->fail(object, fmt::format("attribute '{}' should be one text.", name));
  return texts.front();
}

std::vector<std::string> Hdf5File::texts(const std::string& object, const std::string& name) const {
  const Session session;
  const Handle at = impl_->find(object);
  if (!at) impl_->fail(object, "is not in the file.");
  if (H5Aexists(at, name.c_str()) > 0) return read_texts(*impl_, at, object, name);
  std::vector<std::string> all;
  for (int chunk = 0; chunk < limits::attribute_chunks; ++chunk) {
    const std::string chunk_name = name + std::to_string(chunk);
    if (H5Aexists(at, chunk_name.c_str()) <= 0) {
      if (chunk == 0) impl_->fail(object, fmt::format("has no attribute '{}'.", name));
      break;
    }
    auto part = read_texts(*impl_, at, object, chunk_name);
    all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
  }
  return all;
}

}  // namespace rhyton
