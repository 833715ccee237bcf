#pragma once
/// @file config.hpp  One list of fields per class is its reader and its writer of Keras's configuration.
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/error.hpp"
#include "nn/tensor/shape.hpp"

namespace rhyton {

/// JSON with its keys in the order of the file, integers and floats kept apart.
using Json = nlohmann::ordered_json;

// How each type of argument is read and written. Types of your own: declare such a pair in their namespace.
void from_config(const Json& json, bool& value);
void from_config(const Json& json, std::int64_t& value);
void from_config(const Json& json, double& value);
void from_config(const Json& json, std::string& value);
void from_config(const Json& json, Shape& value);
void from_config(const Json& json, Json& value);
void to_config(Json& json, bool value);
void to_config(Json& json, std::int64_t value);
void to_config(Json& json, double value);
void to_config(Json& json, const std::string& value);
void to_config(Json& json, const Shape& value);
void to_config(Json& json, const Json& value);

namespace detail {
/// An initializer, activation or the like that nobody has registered: see Forgiveness.
class UnknownArgument : public ValueError {
 public:
  using ValueError::ValueError;
};

bool is_null(const Json& json);
void set_null(Json& json);
std::size_t list_size(const Json& json);
const Json& list_item(const Json& json, std::size_t i);
void set_list(Json& json);
Json& append(Json& json);
}  // namespace detail

// Declared before they are defined, so that they find each other: optional lists, lists of optionals.
template <class T>
void from_config(const Json& json, std::vector<T>& value);
template <class T>
void to_config(Json& json, const std::vector<T>& value);

template <class T>
void from_config(const Json& json, std::optional<T>& value) {
  if (detail::is_null(json)) {
    value.reset();
  } else {
    from_config(json, value.emplace());
  }
}
template <class T>
void to_config(Json& json, const std::optional<T>& value) {
  value ? to_config(json, *value) : detail::set_null(json);
}
template <class T>
void from_config(const Json& json, std::vector<T>& value) {
  value.clear();
  for (std::size_t i = 0; i < detail::list_size(json); ++i)
    from_config(detail::list_item(json, i), value.emplace_back());
}
template <class T>
void to_config(Json& json, const std::vector<T>& value) {
  detail::set_list(json);
  for (const T& v : value) to_config(detail::append(json), v);
}

/// A visit to the fields that a class lists: by a ConfigReader or a ConfigWriter. One type for both, so that
/// a list is compiled once.
class ConfigFields {
 public:
  bool reads() const { return reads_; }
  bool writes() const { return !reads_; }

  /// Reading sets `value` if the key is there and leaves it as it is otherwise; writing adds the key.
  template <class T>
  ConfigFields& operator()(const char* key, T& value) {
    return visit(key, &value, &convert<T>);
  }
  /// The same for an argument without a default: reading throws ValueError if the key is missing.
  template <class T>
  ConfigFields& required(const char* key, T& value) {
    check_present(key);
    return (*this)(key, value);
  }
  /// Another name of an argument, as old files have it; never written.
  template <class T>
  ConfigFields& alias(const char* key, T& value) {
    return reads_ ? (*this)(key, value) : *this;
  }
  /// An argument that files carry and that means nothing: read over, never written.
  ConfigFields& ignored(const char* key);
  /// One that Keras 2 wrote without meaning for this class: dropped there, refused in Keras 3.
  ConfigFields& ignored_in_keras2(const char* key);

 protected:
  /// Reads `value` if there is JSON to read from, or else writes it.
  using Convert = void (*)(const Json* from, Json* to, void* value);
  template <class T>
  static void convert(const Json* from, Json* to, void* value) {
    from ? from_config(*from, *static_cast<T*>(value)) : to_config(*to, *static_cast<const T*>(value));
  }

  explicit ConfigFields(bool reads) : reads_(reads) {}
  ConfigFields(const ConfigFields&) = delete;
  ConfigFields& operator=(const ConfigFields&) = delete;
  ~ConfigFields() = default;
  ConfigFields& visit(const char* key, void* value, Convert convert);

 private:
  void check_present(const char* key) const;
  bool reads_;
};

/// Reads the fields that a class lists; `finish` refuses the keys that nobody asked for.
class ConfigReader : public ConfigFields {
 public:
  /// `config` must outlive the reader; `owner` is the class whose arguments are read.
  ConfigReader(const Json& config, const char* owner);

  /// Throws ValueError on arguments that the class does not have; those that its dialect is known to carry
  /// without meaning here are dropped (LoadScope).
  void finish() const;

 private:
  friend class ConfigFields;
  const Json* take(const char* key);
  void read(const char* key, void* value, Convert convert);
  void check_present(const char* key) const;
  [[noreturn]] void fail(const char* key, const Json& json, const Error& error) const;
  std::string explain(const char* key, const Json& json, const std::string& problem) const;

  const Json* config_;
  std::string owner_;
  std::vector<std::string> taken_;
};

/// Writes the fields that a class lists, in their order.
class ConfigWriter : public ConfigFields {
 public:
  explicit ConfigWriter(Json& out) : ConfigFields(false), out_(&out) {}
  template <class T>
  ConfigWriter& operator()(const char* key, const T& value) {
    visit(key, const_cast<T*>(&value), &convert<T>);
    return *this;
  }

 private:
  friend class ConfigFields;
  Json* out_;
};

namespace detail {
/// `fields` of the Config at `config`.
using ListFields = void (*)(void* config, ConfigFields& fields);
template <class Config>
void list_fields(void* config, ConfigFields& fields) {
  static_cast<Config*>(config)->fields(fields);
}
void read_fields(const Json& json, const char* owner, void* config, ListFields list);
/// Reads all of a class's arguments.
template <class Config>
Config read_config(const Json& json, const char* owner) {
  Config config;
  read_fields(json, owner, &config, &list_fields<Config>);
  return config;
}
}  // namespace detail

/// Parses text; accepts Python's bare NaN and Infinity; throws FormatError with the position.
Json parse_json(std::string_view text);

}  // namespace rhyton
