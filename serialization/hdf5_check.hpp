#pragma once
/// @file hdf5_check.hpp  Looks at the structures of an HDF5 file before libhdf5 does, which trusts them too
/// much: object headers, attributes, group indexes, heaps, layouts, chunk indexes. After "HDF5 File Format
/// Specification Version 3.0".
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serialization/byte_source.hpp"

namespace rhyton::hdf5 {

/// Bytes of one structure, read with bounds.
class Record {
 public:
  /// `what` is for messages.
  Record(std::string bytes, std::string what) : bytes_(std::move(bytes)), what_(std::move(what)) {}

  std::size_t size() const { return bytes_.size(); }
  std::size_t left() const { return bytes_.size() - position_; }
  std::uint64_t number(std::size_t bytes);
  std::string_view text(std::size_t bytes);
  void skip(std::size_t bytes) { text(bytes); }
  /// A part as a record of its own.
  Record part(std::size_t bytes, const std::string& what) { return {std::string(text(bytes)), what}; }
  [[noreturn]] void fail(std::string_view why) const;
  void expect(bool right, const char* why) const {
    if (!right) fail(why);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_, what_;
  std::size_t position_ = 0;
};

/// What a datatype message says, as far as sizes depend on it.
struct TypeFacts {
  std::uint64_t size = 0;
  bool variable_text = false;  ///< elements lie in the global heap
};

/// Many structures take a multiple of eight bytes.
constexpr std::uint64_t padded(std::uint64_t bytes) { return (bytes + 7) / 8 * 8; }

/// An address that says "none".
inline constexpr std::uint64_t undefined = ~std::uint64_t{0};

/// Throws FormatError, with where, on the first structure that is not what it should be. Structures that only
/// newer formats have carry checksums and are left to the library.
class StructureCheck {
 public:
  explicit StructureCheck(const ByteSource& source);

  std::uint64_t root() const { return root_; }
  /// The object whose header is at this address: header, attributes, and what a group or dataset consists of.
  /// Each is looked at once. After the first failure, all fail.
  void object(std::uint64_t address);

 private:
  struct Message {
    unsigned type;
    Record data;
  };
  /// What an object's messages say.
  struct Object {
    std::vector<std::uint64_t> shape, chunk;
    bool filtered = false, is_group = false;
    TypeFacts type;
    std::uint64_t fill_bytes = 0;  ///< 0: none
    std::uint64_t tree = undefined, heap = undefined, chunks = undefined;
  };

  void check(std::uint64_t address);
  Record read(std::uint64_t address, std::uint64_t bytes, const std::string& what) const;
  std::vector<Message> messages(std::uint64_t address);
  void message(Message& m, Object& object);
  void attribute(Record& r);
  void external_files(Record& r);
  void layout(Record& r, Object& object);
  void filters(Record& r, Object& object);
  void group(std::uint64_t tree, std::uint64_t heap);
  void group_node(std::uint64_t address, int level, const std::string& names);
  void symbols(std::uint64_t address, const std::string& names);
  std::string local_heap(std::uint64_t address);
  void chunk_node(std::uint64_t address, int level, const Object& object);
  void global_text(Record& elements, std::uint64_t count);
  const std::map<unsigned, std::uint64_t>& collection(std::uint64_t address);

  const ByteSource& source_;
  std::uint64_t root_ = 0, end_ = 0;
  unsigned leaf_k_ = 4, internal_k_ = 16, chunk_k_ = 32;
  bool classic_ = true;
  std::set<std::uint64_t> checked_, nodes_;
  std::map<std::uint64_t, std::map<unsigned, std::uint64_t>> collections_;  ///< size of each object
  /// What symbol tables say of groups besides the groups' own headers: index and heap.
  std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> cached_groups_;
  std::uint64_t text_bytes_ = 0;
  std::string failure_;
};

/// The parts of a datatype or dataspace message.
TypeFacts check_type(Record& r, int depth = 0);
std::vector<std::uint64_t> check_space(Record& r);
void check_link(Record& r);

}  // namespace rhyton::hdf5
