#include "serialization/zip_archive.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <deque>
#include <map>

#include "nn/raise.hpp"
#include "serialization/atomic_file.hpp"
#include "serialization/limits.hpp"

namespace rhyton {

namespace {

std::string text_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using FilePtr = std::unique_ptr<zip_file_t, CloseFile>;

}  // namespace

struct ZipReader::Impl {
  std::string name;
  std::string memory;
  std::uint64_t file_bytes = 0;
  zip_t* archive = nullptr;
  std::vector<ZipMember> members;
  std::map<std::string, std::size_t, std::less<>> index;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (archive != nullptr) zip_discard(archive);
  }

  [[noreturn]] void fail(const std::string& what) const { raise<FormatError>("'{}': {}", name, what); }

  void list();
  const ZipMember& find(std::string_view member) const;
  FilePtr open(const ZipMember& member) const;
  std::string unpack(const ZipMember& member, std::uint64_t limit) const;
};

namespace {

/// A stored member, read in place.
class StoredSource final : public ByteSource {
 public:
  StoredSource(std::shared_ptr<const void> archive, FilePtr file, std::string name, std::uint64_t size)
      : ByteSource(std::move(name), size), archive_(std::move(archive)), file_(std::move(file)) {}

 private:
  void do_read(std::uint64_t offset, void* to, std::size_t count) const override {
    if (zip_fseek(file_.get(), static_cast<zip_int64_t>(offset), SEEK_SET) != 0 ||
        zip_fread(file_.get(), to, count) != static_cast<zip_int64_t>(count))
      raise<FormatError>("'{}': cannot read {} bytes at offset {}: {}.", name(), count, offset,
                         zip_file_strerror(file_.get()));
  }

  std::shared_ptr<const void> archive_;
  FilePtr file_;
};

}  // namespace

void ZipReader::Impl::list() {
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  if (count < 0 || static_cast<std::uint64_t>(count) > limits::archive_members)
    fail(fmt::format("has {} members; at most {} are accepted.", count, limits::archive_members));
  std::uint64_t packed = 0, unpacked = 0;
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t facts;
    zip_stat_init(&facts);
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                    ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(archive, i, 0, &facts) != 0 || (facts.valid & needed) != needed)
      fail(fmt::format("member {} has no readable entry: {}.", i, zip_strerror(archive)));
    const ZipMember member{facts.name, facts.size, facts.comp_size, facts.comp_method == ZIP_CM_STORE};
    if (facts.encryption_method != ZIP_EM_NONE) fail(fmt::format("member '{}' is encrypted.", member.name));
    if (!member.stored && facts.comp_method != ZIP_CM_DEFLATE)
      fail(fmt::format("member '{}' is compressed by method {}; only stored and deflated members are read.",
                       member.name, facts.comp_method));
    if (member.packed_bytes > file_bytes || (member.stored && member.bytes != member.packed_bytes))
      fail(fmt::format("member '{}' claims {} packed bytes in a file of {}.", member.name,
                       member.packed_bytes, file_bytes));
    if (!limits::plausible_ratio(member.packed_bytes, member.bytes))
      fail(fmt::format("member '{}' claims to unpack {} bytes into {}; that ratio is refused.", member.name,
                       member.packed_bytes, member.bytes));
    // Neither may all members together: they can be many, and can lie over one another.
    packed += member.packed_bytes;
    unpacked = unpacked > UINT64_MAX - member.bytes ? UINT64_MAX : unpacked + member.bytes;
    if (packed > file_bytes || !limits::plausible_ratio(file_bytes, unpacked))
      fail(fmt::format("its members claim {} packed and {} unpacked bytes in a file of {}; that is refused.",
                       packed, unpacked, file_bytes));
    if (!index.emplace(member.name, members.size()).second)
      fail(fmt::format("has two members named '{}'.", member.name));
    members.push_back(member);
  }
}

const ZipMember& ZipReader::Impl::find(std::string_view member) const {
  const auto found = index.find(member);
  if (found == index.end()) fail(fmt::format("has no member '{}'.", member));
  return members[found->second];
}

FilePtr ZipReader::Impl::open(const ZipMember& member) const {
  const auto position = static_cast<zip_uint64_t>(&member - members.data());
  FilePtr file(zip_fopen_index(archive, position, 0));
  if (!file) fail(fmt::format("member '{}' cannot be opened: {}.", member.name, zip_strerror(archive)));
  return file;
}

std::string ZipReader::Impl::unpack(const ZipMember& member, std::uint64_t limit) const {
  if (member.bytes > limit)
    fail(fmt::format("member '{}' has {} bytes; at most {} are accepted.", member.name, member.bytes, limit));
  const FilePtr file = open(member);
  std::string bytes(static_cast<std::size_t>(member.bytes), '\0');
  const zip_int64_t got = zip_fread(file.get(), bytes.data(), bytes.size());
  // One byte more must not be there; asking for it also makes libzip compare the checksum.
  char beyond = 0;
  if (got != static_cast<zip_int64_t>(bytes.size()) || zip_fread(file.get(), &beyond, 1) != 0)
    fail(fmt::format("member '{}' is damaged: {}.", member.name, zip_file_strerror(file.get())));
  return bytes;
}

ZipReader::ZipReader(const std::filesystem::path& path) : impl_(std::make_shared<Impl>()) {
  impl_->name = path.string();
  impl_->file_bytes = open_file_source(path)->size();
  int code = 0;
  impl_->archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (impl_->archive == nullptr) impl_->fail(fmt::format("is not a readable zip file: {}.", text_of(code)));
  impl_->list();
}

ZipReader::ZipReader(std::string bytes, std::string name) : impl_(std::make_shared<Impl>()) {
  impl_->name = std::move(name);
  impl_->memory = std::move(bytes);
  impl_->file_bytes = impl_->memory.size();
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(impl_->memory.data(), impl_->memory.size(), 0, &error);
  if (source != nullptr) impl_->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  const std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (impl_->archive == nullptr) {
    if (source != nullptr) zip_source_free(source);
    impl_->fail(fmt::format("is not a readable zip file: {}.", text));
  }
  impl_->list();
}

const std::vector<ZipMember>& ZipReader::members() const { return impl_->members; }

bool ZipReader::has(std::string_view name) const { return impl_->index.find(name) != impl_->index.end(); }

std::string ZipReader::read(std::string_view name, std::uint64_t limit) const {
  return impl_->unpack(impl_->find(name), limit);
}

ByteSourcePtr ZipReader::open(std::string_view name) const {
  const ZipMember& member = impl_->find(name);
  const std::string full_name = fmt::format("{}:{}", impl_->name, member.name);
  if (!member.stored) return memory_source(impl_->unpack(member, member.bytes), full_name);
  return std::make_shared<StoredSource>(impl_, impl_->open(member), full_name, member.bytes);
}

struct ZipWriter::Impl {
  AtomicFile file;
  zip_t* archive = nullptr;
  std::deque<std::string> contents;

  explicit Impl(const std::filesystem::path& target) : file(target) {
    int code = 0;
    archive = zip_open(file.path().c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    if (archive == nullptr) raise<Error>("Cannot write '{}': {}.", target.string(), text_of(code));
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (archive != nullptr) zip_discard(archive);
  }

  void add(const std::string& name, zip_source_t* source) {
    const zip_int64_t at =
        source == nullptr ? -1 : zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
      zip_source_free(source);
      raise<Error>("Cannot add '{}' to the archive: {}.", name, zip_strerror(archive));
    }
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(at), ZIP_CM_STORE, 0);
  }
};

ZipWriter::ZipWriter(const std::filesystem::path& target) : impl_(std::make_unique<Impl>(target)) {}
ZipWriter::~ZipWriter() = default;

void ZipWriter::add(const std::string& name, std::string bytes) {
  const std::string& kept = impl_->contents.emplace_back(std::move(bytes));
  impl_->add(name, zip_source_buffer(impl_->archive, kept.data(), kept.size(), 0));
}

void ZipWriter::add_file(const std::string& name, const std::filesystem::path& path) {
  impl_->add(name, zip_source_file(impl_->archive, path.c_str(), 0, -1));
}

void ZipWriter::close() {
  if (zip_close(impl_->archive) != 0)
    raise<Error>("Cannot write the archive: {}. The file at that path, if there was one, is unchanged.",
                 zip_strerror(impl_->archive));
  impl_->archive = nullptr;
  impl_->file.commit();
}

bool is_zip(const std::filesystem::path& path) {
  const auto source = open_file_source(path);
  char start[4] = {};
  if (source->size() < sizeof start) return false;
  source->read(0, start, sizeof start);
  const std::string_view magic(start, sizeof start);
  return magic == std::string_view("PK\3\4", 4) || magic == std::string_view("PK\5\6", 4);
}

}  // namespace rhyton
