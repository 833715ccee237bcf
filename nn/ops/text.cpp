#include "nn/ops/text.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace rhyton::ops {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Bytes of the UTF-8 character that begins with `c`; 1 for what is not UTF-8.
std::size_t character_length(unsigned char c) {
  if (c >= 0xf0 && c < 0xf8) return 4;
  if (c >= 0xe0) return c < 0xf0 ? 3 : 1;
  return c >= 0xc0 ? 2 : 1;
}

}  // namespace

std::string Tokenizer::standardize(const std::string& text) const {
  constexpr std::string_view punctuation = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'";
  std::string out;
  for (char c : text) {
    if (strip_punctuation && punctuation.find(c) != std::string_view::npos) continue;
    out += lower && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::vector<std::string> Tokenizer::operator()(const std::string& text) const {
  const std::string clean = standardize(text);
  std::vector<std::string> tokens;
  switch (split) {
    case Split::none:
      tokens.push_back(clean);
      break;
    case Split::whitespace:
      for (std::size_t at = 0; at < clean.size();) {
        const std::size_t begin = at;
        while (at < clean.size() && !is_space(clean[at])) ++at;
        if (at > begin) tokens.push_back(clean.substr(begin, at - begin));
        while (at < clean.size() && is_space(clean[at])) ++at;
      }
      break;
    case Split::character:
      for (std::size_t at = 0; at < clean.size();) {
        tokens.push_back(clean.substr(at, character_length(static_cast<unsigned char>(clean[at]))));
        at += tokens.back().size();
      }
      break;
  }
  return join(tokens);
}

std::vector<std::string> Tokenizer::join(const std::vector<std::string>& tokens) const {
  if (ngrams.empty()) return tokens;
  std::vector<std::string> out;
  for (std::int64_t width : ngrams) {
    const auto n = static_cast<std::size_t>(std::max<std::int64_t>(width, 1));
    for (std::size_t first = 0; first + n <= tokens.size(); ++first) {
      std::string& gram = out.emplace_back(tokens[first]);
      for (std::size_t i = 1; i < n; ++i) gram += " " + tokens[first + i];
    }
  }
  return out;
}

}  // namespace rhyton::ops
