#include <limits>

#include "nn/raise.hpp"
#include "serialization/hdf5_check.hpp"

namespace rhyton::hdf5 {

std::uint64_t Record::number(std::size_t bytes) {
  std::uint64_t value = 0;
  const std::string_view part = text(bytes);
  for (std::size_t i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(part[i])) << (8 * i);
  return value;
}

std::string_view Record::text(std::size_t bytes) {
  if (bytes > left()) fail("it is too short");
  const std::string_view part = std::string_view(bytes_).substr(position_, bytes);
  position_ += bytes;
  return part;
}

void Record::fail(std::string_view why) const {
  raise<FormatError>("{}: {}. The file is damaged.", what_, why);
}

namespace {

/// Names in version 1 and 2 take a multiple of eight bytes with their final zero.
void skip_name(Record& r, bool padding) {
  std::uint64_t length = 0;
  while (r.number(1) != 0) ++length;
  if (padding) r.skip(static_cast<std::size_t>(padded(length + 1) - length - 1));
}

/// The members of a compound type; complex numbers are one.
void check_members(Record& r, unsigned count, unsigned version, std::uint64_t size, int depth) {
  r.expect(count > 0, "a compound of nothing");
  std::size_t offset_bytes = 4;
  if (version >= 3) {
    offset_bytes = 1;
    while (offset_bytes < 4 && size >> (8 * offset_bytes) != 0) ++offset_bytes;
  }
  for (unsigned i = 0; i < count; ++i) {
    skip_name(r, version < 3);
    const std::uint64_t offset = r.number(offset_bytes);
    if (version == 1) r.skip(28);
    const std::uint64_t bytes = check_type(r, depth + 1).size;
    r.expect(offset + bytes <= size, "a member outside of its compound");
  }
}

}  // namespace

TypeFacts check_type(Record& r, int depth) {
  const auto kind_and_version = static_cast<unsigned>(r.number(1));
  const unsigned kind = kind_and_version & 15u, version = kind_and_version >> 4;
  const auto bits = static_cast<unsigned>(r.number(3));
  TypeFacts facts;
  facts.size = r.number(4);
  r.expect(version >= 1 && version <= 4, "a datatype of unknown version");
  r.expect(facts.size > 0 && facts.size <= std::numeric_limits<std::int32_t>::max(),
           "a datatype of an impossible size");
  r.expect(depth < 8, "a datatype nested too deeply");
  switch (kind) {
    case 0: {  // integers
      const std::uint64_t offset = r.number(2), precision = r.number(2);
      r.expect(precision > 0 && offset + precision <= 8 * facts.size, "an integer wider than its bytes");
      break;
    }
    case 1: {  // floats
      const std::uint64_t offset = r.number(2), precision = r.number(2), exponent_at = r.number(1),
                          exponent = r.number(1), mantissa_at = r.number(1), mantissa = r.number(1);
      r.skip(4);
      const std::uint64_t sign_at = bits >> 8 & 255u, end = offset + precision;
      r.expect(precision > 0 && end <= 8 * facts.size && exponent > 0 && mantissa > 0 && sign_at < end &&
                   exponent_at + exponent <= end && mantissa_at + mantissa <= end,
               "a float wider than its bytes");
      break;
    }
    case 3:
      break;  // text of fixed length
    case 5:
      r.skip(std::min<std::size_t>(bits & 255u, r.left()));
      break;   // opaque, with a tag
    case 8: {  // enumerations
      const TypeFacts base = check_type(r, depth + 1);
      r.expect(base.size == facts.size, "an enumeration of another type than its own");
      for (unsigned i = 0; i < (bits & 0xffffu); ++i) skip_name(r, version < 3);
      r.skip(static_cast<std::size_t>((bits & 0xffffu) * base.size));
      break;
    }
    case 9: {  // of variable length
      const TypeFacts base = check_type(r, depth + 1);
      r.expect(facts.size == 16, "a variable length that is not as it should be");
      facts.variable_text = (bits & 15u) == 1;
      // The library allocates their number times this.
      r.expect(!facts.variable_text || base.size == 1, "text whose characters are larger than a byte");
      break;
    }
    case 2:
      r.skip(2);
      break;  // times
    case 4:
      r.skip(4);
      break;  // bit fields
    case 7:
      break;  // references
    case 6:
      check_members(r, bits & 0xffffu, version, facts.size, depth);
      break;
    case 10: {  // arrays
      const std::uint64_t rank = r.number(1);
      r.expect(rank <= 32, "an array of too many dimensions");
      if (version < 3) r.skip(3);
      std::uint64_t size = 1;
      for (std::uint64_t i = 0; i < rank; ++i)
        r.expect(!__builtin_mul_overflow(size, r.number(4), &size), "an array of an impossible size");
      if (version < 3) r.skip(static_cast<std::size_t>(4 * rank));
      const std::uint64_t element = check_type(r, depth + 1).size;
      r.expect(!__builtin_mul_overflow(size, element, &size) && size == facts.size,
               "an array of another size");
      break;
    }
    default:
      r.fail("a datatype of unknown kind");
  }
  return facts;
}

void check_link(Record& r) {
  r.expect(r.number(1) == 1, "a link of unknown version");
  const std::uint64_t flags = r.number(1);
  const std::uint64_t kind = (flags & 8u) != 0 ? r.number(1) : 0;
  if ((flags & 4u) != 0) r.skip(8);
  if ((flags & 16u) != 0) r.skip(1);
  const std::uint64_t length = r.number(std::size_t{1} << (flags & 3u));
  r.expect(length > 0 && length <= r.left(), "a link without a name");
  r.skip(static_cast<std::size_t>(length));
  r.skip(kind == 0 ? 8 : static_cast<std::size_t>(r.number(2)));
}

std::vector<std::uint64_t> check_space(Record& r) {
  const std::uint64_t version = r.number(1), rank = r.number(1), flags = r.number(1);
  r.expect((version == 1 || version == 2) && rank <= 32, "a dataspace of unknown form");
  r.skip(version == 1 ? 5 : 1);
  std::vector<std::uint64_t> dims;
  for (std::uint64_t i = 0; i < rank; ++i) dims.push_back(r.number(8));
  if ((flags & 1u) != 0)
    for (std::uint64_t dim : dims) r.expect(r.number(8) >= dim, "a dimension above its maximum");
  return dims;
}

}  // namespace rhyton::hdf5
