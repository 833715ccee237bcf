#pragma once
/// @file object.hpp  Everything that Keras serializes as {"class_name", "config"}: one base, one registry a
/// family.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "nn/config.hpp"

namespace rhyton {

/// An object with a Keras class name and configuration.
class Object {
 public:
  virtual ~Object() = default;
  /// Keras's class name: the key in the registry and in files.
  virtual std::string class_name() const = 0;
  /// The arguments that make this object again.
  Json get_config() const;
  virtual void write_config(ConfigWriter& writer) const = 0;
};

/// A new T as a shared Base. It begins as a unique one: so the classes of a family share one control block's
/// code, which `std::make_shared` would compile for each of them.
template <class Base, class T, class... Arguments>
std::shared_ptr<Base> make_object(Arguments&&... arguments) {
  return std::unique_ptr<Base>(std::make_unique<T>(std::forward<Arguments>(arguments)...));
}

/// A class name and configuration as they stand in JSON, whichever dialect wrote them.
struct ObjectJson {
  std::string module, class_name, registered_name;
  const Json* config = nullptr;  ///< into the parsed JSON; null when there is none
};
/// Takes apart "name", {"class_name", "config"} and {"module", "class_name", "config", "registered_name"},
/// functions included ("config" is then their name). Throws FormatError on anything else.
ObjectJson parse_object(const Json& json);
/// {"module", "class_name", "config", "registered_name"}; classes of your own, for which `module` is empty or
/// whose name is "package>Name", have module null and are registered under their name.
Json object_to_json(const Object& object, const std::string& module);
/// "RandomNormal" -> "random_normal": the alias under which Keras finds a class by string.
std::string snake_case(std::string_view class_name);

namespace detail {
const Json& empty_object();
void write_object(Json& json, const Object& object, const std::string& module);
[[noreturn]] void throw_unknown(const char* family, const std::string& name);
/// What the calling thread's CustomObjectScopes have: a Registry<Base>::Factory of this family, for the
/// family "activation" a CustomActivation; or null.
const void* find_custom(const std::string& family, const std::string& name);
}  // namespace detail

/// The classes of one family (Base::family names it) by name. Adding is thread-safe; reading too.
template <class Base>
class Registry {
 public:
  using Factory = std::function<std::shared_ptr<Base>(const Json& config)>;

  static Registry& global();

  /// `name` is a class name, "package>Name" for your own classes.
  void add(const std::string& name, Factory factory) {
    std::lock_guard lock(mutex_);
    factories_[name] = std::move(factory);
    if (sealed_)
      own_.erase(name);
    else
      own_.insert(name);
  }
  /// What was added until now is the library's own.
  void seal() { sealed_ = true; }
  /// The module that files name for a class: empty for one that is not the library's own.
  std::string module_of(const std::string& class_name) const {
    std::lock_guard lock(mutex_);
    auto alias = aliases_.find(class_name);
    return own_.count(alias == aliases_.end() ? class_name : alias->second) != 0 ? Base::module : "";
  }
  /// A second name for `class_name`, such as "mse" or "glorot_uniform".
  void add_alias(const std::string& alias, const std::string& class_name) {
    std::lock_guard lock(mutex_);
    aliases_[alias] = class_name;
  }
  /// Adds a Configured class under its keras_name and that name's snake case.
  template <class Derived>
  void add_class();

  bool contains(const std::string& name) const { return find(name) != nullptr; }
  std::vector<std::string> names() const {
    std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, factory] : factories_) out.push_back(name);
    return out;
  }
  /// Throws ValueError when no such class or alias is registered.
  std::shared_ptr<Base> make(const std::string& name, const Json& config = detail::empty_object()) const {
    const Factory* factory = find(name);
    if (factory == nullptr) detail::throw_unknown(Base::family, name);
    return (*factory)(config);
  }
  /// From a string or an object in JSON.
  std::shared_ptr<Base> make_from_json(const Json& json) const {
    const ObjectJson object = parse_object(json);
    const std::string& name = contains(object.registered_name) ? object.registered_name : object.class_name;
    return make(name, object.config ? *object.config : detail::empty_object());
  }

 private:
  const Factory* find(const std::string& name) const {
    if (const void* custom = detail::find_custom(Base::family, name))
      return static_cast<const Factory*>(custom);
    std::lock_guard lock(mutex_);
    auto alias = aliases_.find(name);
    auto it = factories_.find(alias == aliases_.end() ? name : alias->second);
    return it == factories_.end() ? nullptr : &it->second;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Factory> factories_;
  std::map<std::string, std::string> aliases_;
  std::set<std::string> own_;
  bool sealed_ = false;
};

/// Makes a class from its Config aggregate: the field list `Config::fields` is both reader and writer.
/// Derived has `static constexpr const char* keras_name` and a constructor from Config that checks its
/// arguments.
template <class Derived, class Base, class ConfigT>
class Configured : public Base {
 public:
  using Config = ConfigT;
  explicit Configured(Config config) : config_(std::move(config)) {}

  std::string class_name() const override { return Derived::keras_name; }
  void write_config(ConfigWriter& writer) const override { const_cast<Config&>(config_).fields(writer); }
  const Config& config() const { return config_; }

  static std::shared_ptr<Base> from_config(const Json& json) {
    ConfigReader reader(json, Derived::keras_name);
    Config config;
    config.fields(reader);
    reader.finish();
    return make_object<Base, Derived>(std::move(config));
  }

 protected:
  Config config_;
};

template <class Base>
template <class Derived>
void Registry<Base>::add_class() {
  add(Derived::keras_name, &Derived::from_config);
  add_alias(snake_case(Derived::keras_name), Derived::keras_name);
}

/// A shared handle of an object that can also be given by its name ("glorot_uniform") or be none.
template <class Base>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  Ref(const char* name) : Ref(std::string(name)) {}
  Ref(const std::string& name) : object_(Registry<Base>::global().make(name)) {}
  template <class T>
  requires std::is_base_of_v<Base, T> Ref(T object) : object_(make_object<Base, T>(std::move(object))) {}
  Ref(std::shared_ptr<Base> object) : object_(std::move(object)) {}

  explicit operator bool() const { return object_ != nullptr; }
  Base* operator->() const { return object_.get(); }
  Base& operator*() const { return *object_; }
  const std::shared_ptr<Base>& share() const { return object_; }

 private:
  std::shared_ptr<Base> object_;
};

template <class Base>
void from_config(const Json& json, Ref<Base>& value) {
  value = detail::is_null(json) ? Ref<Base>() : Ref<Base>(Registry<Base>::global().make_from_json(json));
}
template <class Base>
void to_config(Json& json, const Ref<Base>& value) {
  value ? detail::write_object(json, *value, Registry<Base>::global().module_of(value->class_name()))
        : detail::set_null(json);
}

}  // namespace rhyton
