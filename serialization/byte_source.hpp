#pragma once
/// @file byte_source.hpp  Random access to the bytes of a file, of an archive's member, or of memory.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace rhyton {

/// Bytes that are read where they are wanted, without a copy of the whole in memory.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// What an error message calls it.
  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  /// Exactly `count` bytes from `offset` on. Throws FormatError when they are not there. Not to be called
  /// from two threads at once.
  void read(std::uint64_t offset, void* to, std::size_t count) const;
  /// Everything; throws FormatError above `limit` bytes.
  std::string read_all(std::uint64_t limit) const;

 protected:
  ByteSource(std::string name, std::uint64_t size) : name_(std::move(name)), size_(size) {}
  virtual void do_read(std::uint64_t offset, void* to, std::size_t count) const = 0;

 private:
  /// A few pages are kept, for the many small reads that structures take.
  struct Page {
    std::uint64_t number = ~std::uint64_t{0};
    std::vector<char> bytes;
  };
  const Page& page(std::uint64_t number) const;

  std::string name_;
  std::uint64_t size_;
  mutable std::vector<Page> pages_;
};

using ByteSourcePtr = std::shared_ptr<const ByteSource>;

/// Throws Error when the file cannot be opened.
ByteSourcePtr open_file_source(const std::filesystem::path& path);
ByteSourcePtr memory_source(std::string bytes, std::string name);

}  // namespace rhyton
