#include "nn/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "nn/load_scope.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {
[[noreturn]] void expected(const char* what, const Json& json) {
  std::string text = json.dump();
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  raise<ValueError>("expected {}. Received: {}", what, text);
}
}  // namespace

void from_config(const Json& json, bool& value) {
  if (!json.is_boolean()) expected("true or false", json);
  value = json.get<bool>();
}
void from_config(const Json& json, std::int64_t& value) {
  if (!json.is_number_integer()) expected("an integer", json);
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
    expected("an integer below 2^63", json);
  value = json.get<std::int64_t>();
}
void from_config(const Json& json, double& value) {
  if (!json.is_number()) expected("a number", json);
  value = json.get<double>();
}
void from_config(const Json& json, std::string& value) {
  if (!json.is_string()) expected("a string", json);
  value = json.get<std::string>();
}
void from_config(const Json& json, Shape& value) {
  value = Shape();
  if (json.is_number_integer()) {
    value.push_back(json.get<Dim>());
    return;
  }
  if (!json.is_array()) expected("a list of integers", json);
  for (const Json& d : json) {
    if (!d.is_null() && !d.is_number_integer()) expected("a list of integers", json);
    value.push_back(d.is_null() ? unknown : d.get<Dim>());
  }
}
void from_config(const Json& json, Json& value) { value = json; }

void to_config(Json& json, bool value) { json = value; }
void to_config(Json& json, std::int64_t value) { json = value; }
void to_config(Json& json, double value) { json = value; }
void to_config(Json& json, const std::string& value) { json = value; }
void to_config(Json& json, const Shape& value) {
  json = Json::array();
  for (Dim d : value) json.push_back(d < 0 ? Json() : Json(d));
}
void to_config(Json& json, const Json& value) { json = value; }

namespace detail {
bool is_null(const Json& json) { return json.is_null(); }
void set_null(Json& json) { json = nullptr; }
std::size_t list_size(const Json& json) {
  if (!json.is_array()) expected("a list", json);
  return json.size();
}
const Json& list_item(const Json& json, std::size_t i) { return json[i]; }
void set_list(Json& json) { json = Json::array(); }
Json& append(Json& json) {
  json.push_back(nullptr);
  return json.back();
}
}  // namespace detail

ConfigFields& ConfigFields::visit(const char* key, void* value, Convert convert) {
  if (reads_)
    static_cast<ConfigReader*>(this)->read(key, value, convert);
  else
    convert(nullptr, &(*static_cast<ConfigWriter*>(this)->out_)[key], value);
  return *this;
}

void ConfigFields::check_present(const char* key) const {
  if (reads_) static_cast<const ConfigReader*>(this)->check_present(key);
}

ConfigFields& ConfigFields::ignored(const char* key) {
  if (reads_) static_cast<ConfigReader*>(this)->take(key);
  return *this;
}

ConfigFields& ConfigFields::ignored_in_keras2(const char* key) {
  return LoadScope::dialect() == Dialect::keras2 ? ignored(key) : *this;
}

void detail::read_fields(const Json& json, const char* owner, void* config, ListFields list) {
  ConfigReader reader(json, owner);
  list(config, reader);
  reader.finish();
}

ConfigReader::ConfigReader(const Json& config, const char* owner)
    : ConfigFields(true), config_(&config), owner_(owner) {
  if (!config.is_object()) throw FormatError(owner_ + ": its configuration must be a JSON object.");
}

const Json* ConfigReader::take(const char* key) {
  taken_.emplace_back(key);
  auto it = config_->find(key);
  return it == config_->end() ? nullptr : &*it;
}

void ConfigReader::read(const char* key, void* value, Convert convert) {
  const Json* json = take(key);
  if (json == nullptr) return;
  Forgiveness* forgiveness = Forgiveness::current();
  const std::size_t before = forgiveness ? forgiveness->faults.size() : 0;
  try {
    convert(json, nullptr, value);
  } catch (const detail::UnknownArgument& error) {
    if (forgiveness == nullptr) fail(key, *json, error);
    forgiveness->faults.emplace_back(error.what());
  } catch (const Error& error) {
    fail(key, *json, error);
  }
  for (std::size_t i = before; forgiveness && i < forgiveness->faults.size(); ++i)
    forgiveness->faults[i] = explain(key, *json, forgiveness->faults[i]);
}

void ConfigReader::check_present(const char* key) const {
  if (!config_->contains(key))
    raise<ValueError>("{}: the argument `{}` is missing and has no default.", owner_, key);
}

std::string ConfigReader::explain(const char* key, const Json& json, const std::string& problem) const {
  std::string received = json.dump();
  if (received.size() > 120) received = received.substr(0, 117) + "...";
  return fmt::format("{}: argument `{}`: {}{}", owner_, key, problem,
                     problem.find("Received") == std::string::npos
                         ? fmt::format("{}{}={}", " Received: ", key, received)
                         : "");
}

void ConfigReader::fail(const char* key, const Json& json, const Error& error) const {
  const std::string text = explain(key, json, error.what());
  if (dynamic_cast<const NotSupported*>(&error)) throw NotSupported(text);
  if (dynamic_cast<const FormatError*>(&error)) throw FormatError(text);
  throw ValueError(text);
}

void ConfigReader::finish() const {
  std::string unknown_keys;
  for (const auto& [key, value] : config_->items()) {
    if (std::find(taken_.begin(), taken_.end(), key) != taken_.end()) continue;
    if (LoadScope::current() && LoadScope::current()->drops(owner_, key)) continue;
    // A null where Keras has no such argument says nothing: young versions add keys that are null by default.
    if (value.is_null()) continue;
    unknown_keys += fmt::format("{}{}={}", unknown_keys.empty() ? "" : ", ", key, value.dump());
  }
  if (unknown_keys.empty()) return;
  const std::string text = fmt::format("{}: unrecognized arguments: {}. Remove them or correct their names.",
                                       owner_, unknown_keys);
  if (Forgiveness::current() == nullptr) throw ValueError(text);
  Forgiveness::current()->faults.push_back(text);
}

Json parse_json(std::string_view text) {
  try {
    return Json::parse(text.data(), text.data() + text.size());
  } catch (const nlohmann::json::exception& error) {
    throw FormatError(std::string("Not valid JSON: ") + error.what());
  }
}

}  // namespace rhyton
