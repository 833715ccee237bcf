#pragma once
/// @file token.hpp  Words and integers as arguments: entries of vocabularies and what stands for none of
/// them.
#include <array>
#include <string>
#include <variant>

#include "nn/config.hpp"

namespace rhyton {

/// A string or an integer.
class Token {
 public:
  Token(int value = 0) : value_(static_cast<std::int64_t>(value)) {}
  Token(std::int64_t value) : value_(value) {}
  Token(const char* text) : value_(std::string(text)) {}
  Token(std::string text) : value_(std::move(text)) {}

  /// Null if it is an integer.
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  /// Null if it is a string.
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
  friend bool operator==(const Token&, const Token&) = default;

 private:
  std::variant<std::int64_t, std::string> value_;
};

void from_config(const Json& json, Token& value);
void to_config(Json& json, const Token& value);

/// The key of a hash: `{133, 137}`; one integer stands for both.
class Salt {
 public:
  Salt(std::int64_t both = 0) : key_{static_cast<std::uint64_t>(both), static_cast<std::uint64_t>(both)} {}
  Salt(std::int64_t first, std::int64_t second)
      : key_{static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(second)} {}
  const std::array<std::uint64_t, 2>& key() const { return key_; }

 private:
  std::array<std::uint64_t, 2> key_;
};

void from_config(const Json& json, Salt& value);
void to_config(Json& json, const Salt& value);

}  // namespace rhyton
