#include "nn/error.hpp"
#include "serialization/hdf5_check.hpp"
#include "serialization/limits.hpp"

namespace rhyton::hdf5 {

namespace {
constexpr int deepest_tree = 32;
}  // namespace

void StructureCheck::group(std::uint64_t tree, std::uint64_t heap) {
  // Several objects may name one group's index; once is enough.
  if (nodes_.count(tree) != 0) return;
  const std::string names = local_heap(heap);
  group_node(tree, -1, names);
}

std::string StructureCheck::local_heap(std::uint64_t address) {
  Record head = read(address, 32, "local heap");
  head.expect(head.text(4) == "HEAP" && head.number(1) == 0, "no local heap is there");
  head.skip(3);
  const std::uint64_t size = head.number(8), free = head.number(8), data = head.number(8);
  Record content = read(data, size, "local heap's data");
  // The list of free blocks: each says where the next is and how long it is itself. 1 ends it.
  constexpr std::uint64_t end_of_list = 1;
  std::uint64_t at = free;
  for (std::uint64_t steps = 0; at != end_of_list && at != undefined; ++steps) {
    content.expect(size >= 16 && at <= size - 16 && steps <= size / 16, "a free list that leads nowhere");
    Record block(content.bytes().substr(static_cast<std::size_t>(at), 16), "local heap's free block");
    at = block.number(8);
    const std::uint64_t bytes = block.number(8);
    content.expect(bytes >= 16 && bytes <= size, "a free block that does not fit");
  }
  return content.bytes();
}

void StructureCheck::group_node(std::uint64_t address, int level, const std::string& names) {
  const std::uint64_t children = 2 * std::uint64_t{internal_k_};
  Record node = read(address, 24 + 8 * (children + 1) + 8 * children, "group index");
  node.expect(nodes_.insert(address).second, "it is in the index twice");
  node.expect(node.text(4) == "TREE" && node.number(1) == 0, "no group index is there");
  const auto own_level = static_cast<int>(node.number(1));
  const std::uint64_t used = node.number(2);
  node.expect(level < 0 ? own_level < deepest_tree : own_level == level, "a level that does not suit");
  node.expect(used <= children, "more entries than there is room for");
  node.skip(16);
  for (std::uint64_t i = 0; i < used; ++i) {
    node.expect(node.number(8) < names.size(), "a name outside of its heap");
    const std::uint64_t child = node.number(8);
    own_level == 0 ? symbols(child, names) : group_node(child, own_level - 1, names);
  }
  if (used > 0) node.expect(node.number(8) < names.size(), "a name outside of its heap");
}

void StructureCheck::symbols(std::uint64_t address, const std::string& names) {
  const std::uint64_t most = 2 * std::uint64_t{leaf_k_};
  Record node = read(address, 8 + 40 * most, "symbol table");
  node.expect(nodes_.insert(address).second, "it is in the index twice");
  node.expect(node.text(4) == "SNOD" && node.number(1) == 1, "no symbol table is there");
  node.skip(1);
  const std::uint64_t count = node.number(2);
  node.expect(count <= most, "more entries than there is room for");
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t name = node.number(8), header = node.number(8), cached = node.number(4);
    node.skip(4);
    Record scratch = node.part(16, "symbol table's entry");
    node.expect(name < names.size() && names.find('\0', static_cast<std::size_t>(name)) != std::string::npos,
                "a name without end");
    // A soft link has no object; it is refused where somebody follows it.
    if (cached == 2) {
      const std::uint64_t target = scratch.number(4);
      node.expect(
          target < names.size() && names.find('\0', static_cast<std::size_t>(target)) != std::string::npos,
          "a link without end");
      continue;
    }
    node.expect(cached <= 1, "an entry of unknown kind");
    node.expect(header < end_, "an object beyond the end of the file");
    if (cached == 1) {
      const std::uint64_t tree = scratch.number(8), heap = scratch.number(8);
      cached_groups_[header] = {tree, heap};
    }
  }
}

void StructureCheck::chunk_node(std::uint64_t address, int level, const Object& object) {
  const std::size_t rank = object.chunk.size();
  const std::uint64_t children = 2 * std::uint64_t{chunk_k_}, key = 8 + 8 * std::uint64_t{rank};
  Record node = read(address, 24 + key * (children + 1) + 8 * children, "chunk index");
  node.expect(nodes_.insert(address).second, "it is in the index twice");
  node.expect(nodes_.size() <= limits::nodes, "an index that is too large");
  node.expect(node.text(4) == "TREE" && node.number(1) == 1, "no chunk index is there");
  const auto own_level = static_cast<int>(node.number(1));
  const std::uint64_t used = node.number(2);
  node.expect(level < 0 ? own_level < deepest_tree : own_level == level, "a level that does not suit");
  node.expect(used <= children, "more entries than there is room for");
  node.expect(object.shape.size() + 1 == rank && object.type.size == object.chunk.back(),
              "chunks that do not suit the shape");
  node.skip(16);
  std::uint64_t chunk_bytes = 1;
  for (const std::uint64_t dim : object.chunk)
    node.expect(!__builtin_mul_overflow(chunk_bytes, dim, &chunk_bytes), "a chunk of an impossible size");
  for (std::uint64_t i = 0; i < used; ++i) {
    const std::uint64_t bytes = node.number(4);
    node.skip(4);
    for (const std::uint64_t dim : object.chunk)
      node.expect(node.number(8) % dim == 0, "a chunk between the others");
    const std::uint64_t child = node.number(8);
    if (own_level > 0) {
      chunk_node(child, own_level - 1, object);
    } else {
      node.expect(bytes <= end_ && child <= end_ - bytes, "a chunk beyond the end of the file");
      node.expect(object.filtered || bytes == chunk_bytes, "a chunk of another size than the others");
    }
  }
}

}  // namespace rhyton::hdf5
