#include "serialization/hdf5_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>

#include "nn/raise.hpp"
#include "serialization/hdf5_driver.hpp"
#include "serialization/hdf5_file_impl.hpp"
#include "serialization/limits.hpp"

namespace rhyton {

using hdf5::Handle;
using hdf5::Session;

namespace {

std::string described(const std::string& path) { return path.empty() ? "/" : path; }

/// The first part of `path` from `position` on, which moves behind it; empty at the end.
std::string next_part(const std::string& path, std::size_t& position) {
  while (position < path.size() && path[position] == '/') ++position;
  const auto end = std::min(path.find('/', position), path.size());
  std::string part = path.substr(position, end - position);
  position = end;
  return part;
}

/// The path as it is without "//" and ".".
std::string plain(const std::string& path) {
  std::string out;
  std::size_t position = 0;
  for (std::string part = next_part(path, position); !part.empty(); part = next_part(path, position))
    if (part != ".") out += "/" + part;
  return out;
}

struct Listing {
  H5O_type_t type;
  std::string path;
  const Hdf5File::Impl& file;
  std::vector<std::string> names = {};
  std::string refused = {};
  std::exception_ptr failure = nullptr;
};

herr_t list_member(hid_t group, const char* name, const H5L_info_t* link, void* data) {
  auto& listing = *static_cast<Listing*>(data);
  if (link->type != H5L_TYPE_HARD) {
    listing.refused = name;
    return -1;
  }
  if (listing.names.size() >= limits::group_members) return -1;
  // An exception must not cross the library's C code.
  try {
    listing.file.check->object(link->u.address);
    H5O_info_t facts;
    if (H5Oget_info_by_name(group, name, &facts, H5P_DEFAULT) < 0) return -1;
    if (facts.type == H5O_TYPE_GROUP) {
      const std::string path = fmt::format("{}/{}", listing.path, name);
      const auto& known = listing.file.groups.emplace(link->u.address, path).first->second;
      if (known != path)
        listing.file.fail(path, fmt::format("is the group {} once more; that is refused.", known));
    }
    if (facts.type == listing.type) listing.names.emplace_back(name);
  } catch (...) {
    listing.failure = std::current_exception();
    return -1;
  }
  return 0;
}

}  // namespace

void Hdf5File::Impl::fail(const std::string& path, const std::string& what) const {
  raise<FormatError>("'{}', {}: {}", source->name(), described(path), what);
}

Handle Hdf5File::Impl::find(const std::string& path) const {
  Handle at(H5Gopen2(file, "/", H5P_DEFAULT), H5Oclose);
  if (!at) fail("", fmt::format("cannot be opened: {}.", Session::last_error()));
  std::size_t position = 0;
  int depth = 0;
  std::vector<haddr_t> above = {check->root()};
  for (std::string part = next_part(path, position); !part.empty(); part = next_part(path, position)) {
    if (part == ".") continue;
    if (++depth > limits::group_depth) fail(path, "is nested too deeply.");
    H5L_info_t link;
    if (H5Iget_type(at) != H5I_GROUP || H5Lexists(at, part.c_str(), H5P_DEFAULT) <= 0) return {};
    if (H5Lget_info(at, part.c_str(), &link, H5P_DEFAULT) < 0) fail(path, Session::last_error() + ".");
    if (link.type != H5L_TYPE_HARD)
      fail(path, fmt::format("'{}' is a soft, external or user-defined link; those are refused.", part));
    if (std::find(above.begin(), above.end(), link.u.address) != above.end())
      fail(path, fmt::format("'{}' leads back to a group that it is in; that is refused.", part));
    above.push_back(link.u.address);
    check->object(link.u.address);
    at = Handle(H5Oopen(at, part.c_str(), H5P_DEFAULT), H5Oclose);
    if (!at) fail(path, fmt::format("cannot be opened: {}.", Session::last_error()));
  }
  return at;
}

Handle Hdf5File::Impl::open(const std::string& path, H5I_type_t type) const {
  Handle object = find(path);
  if (!object) fail(path, "is not in the file.");
  if (H5Iget_type(object) != type)
    fail(path, type == H5I_GROUP ? "is not a group, but should be." : "is not a dataset, but should be.");
  return object;
}

bool Hdf5File::Impl::has(const std::string& path, H5I_type_t type) const {
  const Session session;
  const Handle object = find(path);
  return object && H5Iget_type(object) == type;
}

std::vector<std::string> Hdf5File::Impl::members(const std::string& path, H5O_type_t type) const {
  const Session session;
  const Handle group = open(path, H5I_GROUP);
  Listing listing{type, plain(path), *this};
  hsize_t position = 0;
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &position, list_member, &listing) < 0) {
    if (listing.failure) std::rethrow_exception(listing.failure);
    if (!listing.refused.empty())
      fail(path,
           fmt::format("'{}' is a soft, external or user-defined link; those are refused.", listing.refused));
    fail(path, fmt::format("cannot be listed: {}.", Session::last_error()));
  }
  return listing.names;
}

Hdf5File::Hdf5File(const std::filesystem::path& path) : Hdf5File(open_file_source(path)) {}

Hdf5File::Hdf5File(ByteSourcePtr source) : impl_(std::make_unique<Impl>()) {
  const Session session;
  impl_->source = std::move(source);
  hdf5::check_superblock(*impl_->source);
  impl_->check.emplace(*impl_->source);
  impl_->check->object(impl_->check->root());
  impl_->file = hdf5::open_source(*impl_->source);
}

Hdf5File::Hdf5File(Hdf5File&&) noexcept = default;
Hdf5File& Hdf5File::operator=(Hdf5File&&) noexcept = default;

Hdf5File::~Hdf5File() {
  if (impl_) {
    const Session session;
    impl_->file = Handle();
  }
}

const std::string& Hdf5File::name() const { return impl_->source->name(); }
std::uint64_t Hdf5File::bytes() const { return impl_->source->size(); }
bool Hdf5File::has_group(const std::string& path) const { return impl_->has(path, H5I_GROUP); }
bool Hdf5File::has_dataset(const std::string& path) const { return impl_->has(path, H5I_DATASET); }
std::vector<std::string> Hdf5File::groups(const std::string& path) const {
  return impl_->members(path, H5O_TYPE_GROUP);
}
std::vector<std::string> Hdf5File::datasets(const std::string& path) const {
  return impl_->members(path, H5O_TYPE_DATASET);
}

bool is_hdf5(const std::filesystem::path& path) {
  const auto source = open_file_source(path);
  char start[8] = {};
  if (source->size() < sizeof start) return false;
  source->read(0, start, sizeof start);
  return std::memcmp(start, "\x89HDF\r\n\x1a\n", sizeof start) == 0;
}

}  // namespace rhyton
