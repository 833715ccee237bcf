#pragma once
/// @file pattern.hpp  Regular expressions of Keras's arguments: Python's, as PCRE2 has them.
#include <memory>
#include <string>

namespace rhyton {

/// A compiled expression. It may come from a file, and the texts too: steps and memory of a search are
/// limited.
class Pattern {
 public:
  /// Throws ValueError, naming `where`, on what is no regular expression.
  Pattern(const std::string& text, const std::string& where);
  /// Whether it is found anywhere in the text. Throws ValueError where the search takes too long.
  bool found_in(const std::string& text) const;
  /// Whether it describes the whole text.
  bool matches(const std::string& text) const;

 private:
  struct Code;
  std::shared_ptr<const Code> code_;
};

}  // namespace rhyton
