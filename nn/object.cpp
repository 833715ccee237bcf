#include "nn/object.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

namespace rhyton {

Json Object::get_config() const {
  Json config = Json::object();
  ConfigWriter writer(config);
  write_config(writer);
  return config;
}

ObjectJson parse_object(const Json& json) {
  ObjectJson out;
  if (json.is_string()) {
    out.class_name = json.get<std::string>();
    return out;
  }
  auto text = [&](const char* key) {
    auto it = json.find(key);
    return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  if (!json.is_object() || text("class_name").empty())
    throw FormatError("expected a name or an object with a class_name. Received: " +
                      json.dump().substr(0, 120));
  out.module = text("module");
  out.class_name = text("class_name");
  out.registered_name = text("registered_name");
  auto config = json.find("config");
  if (out.class_name == "__lambda__")
    throw NotSupported(
        "a Python lambda holds Python code and is never executed; register a class of your own instead");
  if (out.class_name == "function" && config != json.end() && config->is_string()) {
    out.class_name = config->get<std::string>();
  } else if (config != json.end() && config->is_object()) {
    out.config = &*config;
  }
  return out;
}

Json object_to_json(const Object& object, const std::string& module) {
  const std::string name = object.class_name();
  const auto separator = name.find('>');
  const bool custom = module.empty() || separator != std::string::npos;
  Json json = Json::object();
  json["module"] = custom ? Json() : Json(module);
  json["class_name"] = separator == std::string::npos ? name : name.substr(separator + 1);
  json["config"] = object.get_config();
  json["registered_name"] = custom ? Json(name) : Json();
  return json;
}

std::string snake_case(std::string_view name) {
  // Keras's to_snake_case: a capital opens a word before lower-case letters, or after a lower-case letter.
  auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (i > 0 && upper(c) && out.back() != '_' &&
        (lower(name[i - 1]) || (i + 1 < name.size() && lower(name[i + 1]))))
      out += '_';
    out += upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

namespace detail {

const Json& empty_object() {
  static const Json empty = Json::object();
  return empty;
}
void write_object(Json& json, const Object& object, const std::string& module) {
  json = object_to_json(object, module);
}

struct ClassTable::State {
  const char *family, *module;
  mutable std::mutex mutex{};
  std::map<std::string, ObjectFactory> factories{};
  std::map<std::string, std::string> aliases{};
  std::set<std::string> library{};  ///< classes of the library's own
  bool sealed = false;

  const std::string& resolved(const std::string& name) const {
    auto alias = aliases.find(name);
    return alias == aliases.end() ? name : alias->second;
  }
};

ClassTable::ClassTable(const char* family, const char* module) : state_(new State{family, module}) {}
ClassTable::~ClassTable() = default;

void ClassTable::add_factory(const std::string& name, ObjectFactory factory) {
  std::lock_guard lock(state_->mutex);
  state_->factories[name] = std::move(factory);
  if (state_->sealed)
    state_->library.erase(name);
  else
    state_->library.insert(name);
}
void ClassTable::add_with_alias(const char* keras_name, std::shared_ptr<Object> (*factory)(const Json&)) {
  add_factory(keras_name, factory);
  add_alias(snake_case(keras_name), keras_name);
}
void ClassTable::seal() { state_->sealed = true; }

std::string ClassTable::module_of(const std::string& class_name) const {
  std::lock_guard lock(state_->mutex);
  return state_->library.count(state_->resolved(class_name)) != 0 ? state_->module : "";
}

void ClassTable::add_alias(const std::string& alias, const std::string& class_name) {
  std::lock_guard lock(state_->mutex);
  state_->aliases[alias] = class_name;
}

bool ClassTable::contains(const std::string& name) const { return find(name) != nullptr; }

std::vector<std::string> ClassTable::names() const {
  std::lock_guard lock(state_->mutex);
  std::vector<std::string> out;
  for (const auto& [name, factory] : state_->factories) out.push_back(name);
  return out;
}

const ObjectFactory* ClassTable::find(const std::string& name) const {
  if (const void* custom = find_custom(state_->family, name))
    return static_cast<const ObjectFactory*>(custom);
  std::lock_guard lock(state_->mutex);
  auto it = state_->factories.find(state_->resolved(name));
  return it == state_->factories.end() ? nullptr : &it->second;
}

std::shared_ptr<Object> ClassTable::make_any(const std::string& name, const Json& config) const {
  const ObjectFactory* factory = find(name);
  if (factory == nullptr) {
    const std::string text = fmt::format(
        "Unknown {}: '{}'. If it is your own class, register it before loading; check the spelling "
        "otherwise.",
        state_->family, name);
    // What holds a layer is nothing without it.
    if (std::string_view(state_->family) == "layer") throw ValueError(text);
    throw UnknownArgument(text);
  }
  return (*factory)(config);
}

std::shared_ptr<Object> ClassTable::make_any(const Json& json) const {
  const ObjectJson object = parse_object(json);
  const std::string& name = contains(object.registered_name) ? object.registered_name : object.class_name;
  return make_any(name, object.config ? *object.config : empty_object());
}

}  // namespace detail
}  // namespace rhyton
