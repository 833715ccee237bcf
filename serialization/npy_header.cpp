#include "serialization/npy_header.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <vector>

#include "nn/raise.hpp"
#include "serialization/limits.hpp"

namespace rhyton {

namespace {

constexpr std::string_view magic = "\x93NUMPY";

/// Reads the few Python literals that a header is made of.
class LiteralReader {
 public:
  LiteralReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  [[noreturn]] void fail(const std::string& expected) const {
    raise<FormatError>("'{}': damaged .npy header: expected {} at character {}.", name_, expected, position_);
  }
  bool take(char c) {
    skip_space();
    if (position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(fmt::format("{}{}'", "'", c));
  }
  std::string_view string() {
    skip_space();
    const char quote = position_ < text_.size() ? text_[position_] : ' ';
    if (quote != '\'' && quote != '"') fail("a string");
    const auto end = text_.find(quote, position_ + 1);
    if (end == std::string_view::npos) fail("the end of a string");
    const auto value = text_.substr(position_ + 1, end - position_ - 1);
    position_ = end + 1;
    return value;
  }
  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}})
      if (text_.substr(position_, word.size()) == word) {
        position_ += word.size();
        return value;
      }
    fail("True or False");
  }
  Shape tuple() {
    expect('(');
    std::vector<Dim> dims;
    while (!take(')')) {
      Dim dim = 0;
      skip_space();
      const char* begin = text_.data() + position_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), dim);
      if (error != std::errc() || dim < 0) fail("a size");
      position_ += static_cast<std::size_t>(end - begin);
      take('L');  // Python 2 wrote long integers so
      dims.push_back(dim);
      if (dims.size() > Shape::max_rank)
        raise<NotSupported>("'{}': arrays of more than {} dimensions are not supported.", name_,
                            Shape::max_rank);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return Shape(std::span<const Dim>(dims));
  }
  bool at(char c) {
    skip_space();
    return position_ < text_.size() && text_[position_] == c;
  }

 private:
  void skip_space() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) ++position_;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t position_ = 0;
};

void parse_descr(std::string_view descr, NpyHeader& header, const std::string& name) {
  const auto unsupported = [&](const std::string& why) {
    raise<NotSupported>(
        "'{}': an array of dtype '{}' is not supported{}. Convert it with numpy's astype to "
        "float32, int64, bool or str.",
        name, descr, why);
  };
  if (descr.find('O') != std::string_view::npos) unsupported(": it holds pickled Python objects");
  if (descr.size() < 3) unsupported("");
  header.byte_order = descr[0];
  header.kind = descr[1];
  const char* end = descr.data() + descr.size();
  const auto [rest, error] = std::from_chars(descr.data() + 2, end, header.item_bytes);
  if (error != std::errc() || rest != end || header.item_bytes < 0 ||
      std::string_view("<>|=").find(header.byte_order) == std::string_view::npos)
    unsupported("");
  const int n = header.item_bytes;
  switch (header.kind) {
    case 'f':
      if (n != 2 && n != 4 && n != 8) unsupported("");
      break;
    case 'i':
    case 'u':
      if (n != 1 && n != 2 && n != 4 && n != 8) unsupported("");
      break;
    case 'b':
      if (n != 1) unsupported("");
      break;
    case 'U':
      if (n > INT32_MAX / 4) unsupported("");
      header.item_bytes = 4 * n;
      break;
    case 'S':
      break;
    default:
      unsupported("");
  }
}

}  // namespace

NpyHeader parse_npy_header(std::string_view bytes, const std::string& name) {
  if (bytes.size() < 10 || bytes.substr(0, magic.size()) != magic)
    raise<FormatError>("'{}' is not an .npy file: it does not begin with \\x93NUMPY.", name);
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  const auto version = byte(6);
  if (version < 1 || version > 3)
    raise<NotSupported>("'{}': .npy version {} is not supported.", name, version);
  const std::size_t start = version == 1 ? 10 : 12;
  if (bytes.size() < start) raise<FormatError>("'{}': the .npy header is cut off.", name);
  std::size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > limits::npy_header_bytes || length > bytes.size() - start)
    raise<FormatError>("'{}': an .npy header of {} bytes is not credible.", name, length);

  NpyHeader header;
  header.data_offset = start + length;
  LiteralReader reader(bytes.substr(start, length), name);
  bool has_descr = false, has_order = false, has_shape = false;
  reader.expect('{');
  while (!reader.take('}')) {
    const auto key = reader.string();
    reader.expect(':');
    if (key == "descr") {
      if (reader.at('['))
        raise<NotSupported>("'{}': an array of structured dtype is not supported. Save its fields apart.",
                            name);
      parse_descr(reader.string(), header, name);
      has_descr = true;
    } else if (key == "fortran_order") {
      header.fortran_order = reader.boolean();
      has_order = true;
    } else if (key == "shape") {
      header.shape = reader.tuple();
      has_shape = true;
    } else {
      reader.fail("descr, fortran_order or shape");
    }
    if (!reader.take(',')) {
      reader.expect('}');
      break;
    }
  }
  if (!has_descr || !has_order || !has_shape)
    raise<FormatError>("'{}': the .npy header lacks descr, fortran_order or shape.", name);
  return header;
}

std::string format_npy_header(const std::string& descr, const Shape& shape) {
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", descr, to_string(shape));
  constexpr std::size_t prefix = 10;
  text.append(63 - (prefix + text.size()) % 64, ' ');
  text += '\n';
  std::string header(magic);
  header += {'\1', '\0', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return header + text;
}

}  // namespace rhyton
