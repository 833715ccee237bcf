#include "serialization/hdf5_check.hpp"

#include <fmt/format.h>

#include <cstring>

#include "nn/raise.hpp"
#include "serialization/limits.hpp"

namespace rhyton::hdf5 {

namespace {

/// Types of header messages.
enum : unsigned {
  dataspace_message = 0x01,
  datatype_message = 0x03,
  old_fill_message = 0x04,
  fill_message = 0x05,
  link_message = 0x06,
  external_message = 0x07,
  layout_message = 0x08,
  filter_message = 0x0b,
  attribute_message = 0x0c,
  continuation_message = 0x10,
  symbol_table_message = 0x11,
};

/// The product, or the largest number where it would overflow.
std::uint64_t product(const std::vector<std::uint64_t>& dims, std::uint64_t element) {
  std::uint64_t result = element;
  for (const std::uint64_t dim : dims)
    if (__builtin_mul_overflow(result, dim, &result)) return undefined;
  return result;
}

}  // namespace

StructureCheck::StructureCheck(const ByteSource& source) : source_(source), end_(source.size()) {
  Record head = read(0, 24, "superblock");
  head.skip(8);
  const std::uint64_t version = head.number(1);
  classic_ = version < 2;
  if (!classic_) return;
  head.skip(7);
  leaf_k_ = static_cast<unsigned>(head.number(2));
  internal_k_ = static_cast<unsigned>(head.number(2));
  head.expect(leaf_k_ > 0 && internal_k_ > 0 && leaf_k_ < 32768 && internal_k_ < 32768,
              "a B-tree without nodes");
  std::uint64_t addresses = 24;
  if (version == 1) {
    chunk_k_ = static_cast<unsigned>(read(24, 2, "superblock").number(2));
    head.expect(chunk_k_ > 0 && chunk_k_ < 32768, "a B-tree without nodes");
    addresses = 28;
  }
  Record root = read(addresses + 32, 40, "superblock, root group");
  root.skip(8);
  root_ = root.number(8);
  // The library may use these in place of the root group's own message.
  if (root.number(4) == 1) {
    root.skip(4);
    const std::uint64_t tree = root.number(8), heap = root.number(8);
    group(tree, heap);
  }
}

Record StructureCheck::read(std::uint64_t address, std::uint64_t bytes, const std::string& what) const {
  if (bytes > end_ || address > end_ - bytes)
    raise<FormatError>("'{}', {}: lies beyond the end of the file. The file is damaged.", source_.name(),
                       what);
  std::string content(static_cast<std::size_t>(bytes), '\0');
  source_.read(address, content.data(), content.size());
  return {std::move(content), fmt::format("'{}', {} at {}", source_.name(), what, address)};
}

void StructureCheck::object(std::uint64_t address) {
  if (!failure_.empty()) throw FormatError(failure_);
  if (!classic_ || checked_.count(address) != 0) return;
  try {
    check(address);
  } catch (const Error& error) {
    failure_ = error.what();
    throw;
  }
  checked_.insert(address);
}

void StructureCheck::check(std::uint64_t address) {
  if (read(address, 4, "object header").bytes() == "OHDR") return;
  Object object;
  for (auto& m : messages(address)) message(m, object);
  const auto fail = [&](const char* why) { read(address, 16, "object header").fail(why); };
  const auto cached = cached_groups_.find(address);
  // A group that was turned into the newer form keeps its old entry.
  if (cached != cached_groups_.end() && object.is_group &&
      cached->second != std::pair(object.tree, object.heap))
    fail("a group that its parent describes otherwise");
  if (object.fill_bytes != 0 && object.type.size != 0 && object.fill_bytes != object.type.size)
    fail("a fill value of another size than the elements");
  if (object.is_group) group(object.tree, object.heap);
  if (object.chunks != undefined) chunk_node(object.chunks, -1, object);
}

std::vector<StructureCheck::Message> StructureCheck::messages(std::uint64_t address) {
  Record prefix = read(address, 16, "object header");
  prefix.expect(prefix.number(1) == 1, "an unknown version");
  prefix.skip(1);
  const std::uint64_t expected = prefix.number(2);
  prefix.skip(4);
  struct Block {
    std::uint64_t address, bytes;
  };
  std::vector<Block> blocks = {{address + 16, prefix.number(4)}};
  std::set<std::uint64_t> seen = {address};
  std::vector<Message> found;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    Record block = read(blocks[b].address, blocks[b].bytes, "object header");
    while (block.left() >= 8) {
      const auto type = static_cast<unsigned>(block.number(2));
      const std::uint64_t size = block.number(2), flags = block.number(1);
      block.skip(3);
      block.expect(size % 8 == 0, "a message of odd length");
      block.expect((flags & 2u) == 0, "a message that is shared with other objects");
      Message m{type, block.part(static_cast<std::size_t>(size),
                                 fmt::format("'{}', object header at {}, message {}", source_.name(), address,
                                             type))};
      if (type == continuation_message) {
        const std::uint64_t next = m.data.number(8), bytes = m.data.number(8);
        block.expect(bytes >= 8 && seen.insert(next).second, "a continuation that leads nowhere");
        blocks.push_back({next, bytes});
      }
      found.push_back(std::move(m));
      block.expect(found.size() <= expected, "more messages than announced");
    }
  }
  prefix.expect(found.size() == expected, "fewer messages than announced");
  return found;
}

void StructureCheck::message(Message& m, Object& object) {
  Record& r = m.data;
  switch (m.type) {
    case dataspace_message:
      object.shape = check_space(r);
      break;
    case datatype_message:
      object.type = check_type(r);
      break;
    case old_fill_message: {
      object.fill_bytes = r.number(4);
      r.expect(object.fill_bytes <= r.left(), "a fill value that is too long");
      break;
    }
    case fill_message: {
      const std::uint64_t version = r.number(1);
      r.expect(version >= 1 && version <= 3, "a fill value of unknown version");
      bool defined = true;
      if (version == 3) {
        defined = (r.number(1) & 0x20u) != 0;
      } else {
        r.skip(2);
        defined = r.number(1) != 0 || version == 1;
      }
      if (defined) {
        constexpr std::uint64_t undefined_fill = 0xffffffffu;
        const std::uint64_t size = r.number(4);
        r.expect(size == undefined_fill || size <= r.left(), "a fill value that is too long");
        if (size != undefined_fill) object.fill_bytes = size;
      }
      break;
    }
    case link_message:
      check_link(r);
      break;
    case external_message:
      external_files(r);
      break;
    case layout_message:
      layout(r, object);
      break;
    case filter_message:
      filters(r, object);
      break;
    case attribute_message:
      attribute(r);
      break;
    case symbol_table_message:
      object.is_group = true;
      object.tree = r.number(8);
      object.heap = r.number(8);
      break;
    default:
      break;
  }
}

void StructureCheck::attribute(Record& r) {
  const std::uint64_t version = r.number(1), flags = r.number(1), name = r.number(2),
                      type_bytes = r.number(2), space_bytes = r.number(2);
  r.expect(version >= 1 && version <= 3, "an attribute of unknown version");
  r.expect(version == 1 || flags == 0, "an attribute whose type is shared with others");
  if (version == 3) r.skip(1);
  const auto take = [&](std::uint64_t bytes) {
    return static_cast<std::size_t>(version == 1 ? padded(bytes) : bytes);
  };
  const std::string_view text = r.text(take(name));
  r.expect(name > 0 && text.substr(0, static_cast<std::size_t>(name)).find('\0') != std::string_view::npos,
           "an attribute whose name has no end");
  Record type_part = r.part(take(type_bytes), "attribute's type");
  Record space_part = r.part(take(space_bytes), "attribute's shape");
  const TypeFacts type = check_type(type_part);
  std::vector<std::uint64_t> shape;
  // A null dataspace has no elements and no dimensions.
  const bool null_space =
      space_part.bytes().size() > 3 && space_part.bytes()[0] == 2 && space_part.bytes()[3] == 2;
  if (!null_space) shape = check_space(space_part);
  const std::uint64_t bytes = null_space ? 0 : product(shape, type.size);
  r.expect(bytes <= r.left(), "an attribute longer than its message");
  if (type.variable_text) global_text(r, bytes / type.size);
}

void StructureCheck::filters(Record& r, Object& object) {
  const std::uint64_t version = r.number(1), count = r.number(1);
  r.expect((version == 1 || version == 2) && count <= 32, "a filter pipeline of unknown form");
  if (version == 1) r.skip(6);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t id = r.number(2);
    const std::uint64_t name = version == 1 || id >= 256 ? r.number(2) : 0;
    r.skip(2);
    const std::uint64_t values = r.number(2);
    r.skip(static_cast<std::size_t>(version == 1 ? padded(name) : name));
    r.skip(static_cast<std::size_t>(4 * values + (version == 1 && values % 2 == 1 ? 4 : 0)));
  }
  object.filtered = count > 0;
}

// Such values are refused where somebody asks for them, but the library reads the list before.
void StructureCheck::external_files(Record& r) {
  r.skip(6);
  const std::uint64_t used = r.number(2);
  const std::string names = local_heap(r.number(8));
  for (std::uint64_t i = 0; i < used; ++i) {
    const std::uint64_t name = r.number(8);
    r.expect(name < names.size() && names.find('\0', static_cast<std::size_t>(name)) != std::string::npos,
             "a file name without end");
    r.skip(16);
  }
}

void StructureCheck::layout(Record& r, Object& object) {
  const std::uint64_t version = r.number(1);
  r.expect(version >= 1 && version <= 4, "a layout of unknown version");
  // Versions 1 and 2 are older than Python's library, version 4 is of the newer formats.
  r.expect(version >= 3, "a layout of a version that nobody writes any more");
  if (version != 3) return;
  const std::uint64_t kind = r.number(1);
  if (kind == 0) {
    const std::uint64_t size = r.number(2);
    r.expect(size <= r.left(), "compact values longer than their message");
  } else if (kind == 1) {
    const std::uint64_t address = r.number(8), size = r.number(8);
    r.expect(address == undefined || (size <= end_ && address <= end_ - size),
             "values beyond the end of the file");
  } else if (kind == 2) {
    const std::uint64_t rank = r.number(1);
    r.expect(rank >= 2 && rank <= 33, "chunks without dimensions");
    object.chunks = r.number(8);
    for (std::uint64_t i = 0; i < rank; ++i) {
      object.chunk.push_back(r.number(4));
      r.expect(object.chunk.back() > 0, "an empty chunk");
    }
  } else {
    r.fail("a layout of unknown kind");
  }
}

void StructureCheck::global_text(Record& elements, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t length = elements.number(4), address = elements.number(8);
    const auto index = static_cast<unsigned>(elements.number(4));
    if (length == 0 && (address == 0 || address == undefined)) continue;
    const auto& objects = collection(address);
    const auto found = objects.find(index);
    elements.expect(index > 0 && found != objects.end() && length <= found->second,
                    "text that is not in its heap");
    // Many elements may share one text: what they become in memory counts.
    text_bytes_ += length;
    elements.expect(text_bytes_ <= limits::attribute_bytes, "too much text");
  }
}

const std::map<unsigned, std::uint64_t>& StructureCheck::collection(std::uint64_t address) {
  if (const auto known = collections_.find(address); known != collections_.end()) return known->second;
  Record head = read(address, 16, "global heap");
  head.expect(head.text(4) == "GCOL" && head.number(1) == 1, "no global heap is there");
  head.skip(3);
  const std::uint64_t size = head.number(8);
  head.expect(size >= 4096, "a global heap that is too small");
  Record heap = read(address, size, "global heap");
  heap.skip(16);
  std::map<unsigned, std::uint64_t> objects;
  while (heap.left() >= 16) {
    const auto index = static_cast<unsigned>(heap.number(2));
    heap.skip(6);
    const std::uint64_t bytes = heap.number(8);
    if (index == 0) {
      // Free space counts its own head.
      heap.expect(bytes >= 16 && bytes - 16 <= heap.left(), "free space that does not fit");
      heap.skip(static_cast<std::size_t>(bytes - 16));
      continue;
    }
    heap.expect(bytes <= heap.left() && padded(bytes) <= heap.left(), "an object that does not fit");
    heap.skip(static_cast<std::size_t>(padded(bytes)));
    heap.expect(objects.emplace(index, bytes).second, "two objects of one number");
  }
  return collections_.emplace(address, std::move(objects)).first->second;
}

}  // namespace rhyton::hdf5
