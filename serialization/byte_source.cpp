#include "serialization/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "nn/raise.hpp"

namespace rhyton {

namespace {

constexpr std::size_t page_bytes = 4096, kept_pages = 64;

class FileSource final : public ByteSource {
 public:
  FileSource(std::string name, std::uint64_t size, int file)
      : ByteSource(std::move(name), size), file_(file) {}
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override { ::close(file_); }

 private:
  void do_read(std::uint64_t offset, void* to, std::size_t count) const override {
    auto* out = static_cast<char*>(to);
    while (count > 0) {
      const ssize_t got = ::pread(file_, out, count, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) raise<Error>("Cannot read '{}': {}.", name(), std::strerror(errno));
      if (got == 0) raise<FormatError>("'{}' became shorter while it was read.", name());
      out += got;
      offset += static_cast<std::uint64_t>(got);
      count -= static_cast<std::size_t>(got);
    }
  }

  int file_;
};

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string bytes, std::string name)
      : ByteSource(std::move(name), bytes.size()), bytes_(std::move(bytes)) {}

 private:
  void do_read(std::uint64_t offset, void* to, std::size_t count) const override {
    std::memcpy(to, bytes_.data() + offset, count);
  }

  std::string bytes_;
};

}  // namespace

void ByteSource::read(std::uint64_t offset, void* to, std::size_t count) const {
  if (count == 0) return;
  if (offset > size_ || count > size_ - offset)
    raise<FormatError>(
        "'{}' ends after {} bytes; expected {} bytes at offset {}. The file is cut off or damaged.", name_,
        size_, count, offset);
  if (count > page_bytes) {
    do_read(offset, to, count);
    return;
  }
  auto* out = static_cast<char*>(to);
  while (count > 0) {
    const Page& from = page(offset / page_bytes);
    const auto begin = static_cast<std::size_t>(offset % page_bytes);
    const std::size_t part = std::min(count, from.bytes.size() - begin);
    std::memcpy(out, from.bytes.data() + begin, part);
    out += part;
    offset += part;
    count -= part;
  }
}

const ByteSource::Page& ByteSource::page(std::uint64_t number) const {
  if (pages_.empty()) pages_.resize(kept_pages);
  Page& kept = pages_[static_cast<std::size_t>(number % kept_pages)];
  if (kept.number != number) {
    const std::uint64_t begin = number * page_bytes;
    kept.number = ~std::uint64_t{0};
    kept.bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(page_bytes, size_ - begin)));
    do_read(begin, kept.bytes.data(), kept.bytes.size());
    kept.number = number;
  }
  return kept;
}

std::string ByteSource::read_all(std::uint64_t limit) const {
  if (size_ > limit) raise<FormatError>("'{}' has {} bytes; at most {} are accepted.", name_, size_, limit);
  std::string bytes(static_cast<std::size_t>(size_), '\0');
  read(0, bytes.data(), bytes.size());
  return bytes;
}

ByteSourcePtr open_file_source(const std::filesystem::path& path) {
  // Without waiting for somebody to write into a pipe, which is refused below.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) raise<Error>("Cannot open '{}': {}.", path.string(), std::strerror(errno));
  struct stat facts {};
  if (::fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    ::close(file);
    raise<Error>("Cannot open '{}': it is not a regular file.", path.string());
  }
  return std::make_shared<FileSource>(path.string(), static_cast<std::uint64_t>(facts.st_size), file);
}

ByteSourcePtr memory_source(std::string bytes, std::string name) {
  return std::make_shared<MemorySource>(std::move(bytes), std::move(name));
}

}  // namespace rhyton
