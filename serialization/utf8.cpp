#include "serialization/utf8.hpp"

namespace rhyton {

bool append_utf8(std::string& text, char32_t point) {
  const auto put = [&](char32_t bits) { text += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6);
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  }
  return true;
}

std::u32string decode_utf8(std::string_view text) {
  constexpr char32_t replacement = 0xfffd;
  constexpr char32_t smallest[] = {0, 0x80, 0x800, 0x10000};
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const std::size_t more = lead < 0x80       ? 0
                             : lead >> 5 == 6  ? 1
                             : lead >> 4 == 14 ? 2
                             : lead >> 3 == 30 ? 3
                                               : 4;
    if (more == 0 || more == 4) {
      points += more == 0 ? static_cast<char32_t>(lead) : replacement;
      continue;
    }
    char32_t point = lead & (0x3fu >> more);
    std::size_t taken = 0;
    while (taken < more && i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) {
      point = point << 6 | (static_cast<unsigned char>(text[i++]) & 0x3fu);
      ++taken;
    }
    const bool valid = taken == more && point >= smallest[more] && point <= 0x10ffff && (point >> 11) != 0x1b;
    points += valid ? point : replacement;
  }
  return points;
}

}  // namespace rhyton
