#pragma once
/// @file object.hpp  Everything that Keras serializes as {"class_name", "config"}: one base, one registry a
/// family.
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/config.hpp"

namespace rhyton {

/// An object with a Keras class name and configuration. Values, or held by a shared pointer that knows the
/// class (`make_object`, `std::make_shared`): nobody deletes an object by its base, so no class needs the two
/// destructors of a virtual one.
class Object {
 public:
  /// Keras's class name: the key in the registry and in files.
  virtual std::string class_name() const = 0;
  /// The arguments that make this object again.
  Json get_config() const;
  virtual void write_config(ConfigWriter& writer) const = 0;

 protected:
  Object() = default;
  Object(const Object&) = default;
  Object(Object&&) noexcept = default;
  Object& operator=(const Object&) = default;
  Object& operator=(Object&&) noexcept = default;
  ~Object() = default;
};

namespace detail {
template <class Base, class T>
void destroy_object(Base* object) {
  static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
  T* whole = static_cast<T*>(object);
  whole->T::~T();  // not `delete`: compilers warn where somebody might derive from T
  ::operator delete(whole);
}
}  // namespace detail

/// A T that was made by `new` as a shared Base. The pointer is made from one to Base: so the classes of a
/// family share one control block's code, which `std::make_shared` would compile for each of them.
template <class Base, class T>
std::shared_ptr<Base> share_object(T* object) {
  return std::shared_ptr<Base>(static_cast<Base*>(object), &detail::destroy_object<Base, T>);
}
/// A new T as a shared Base.
template <class Base, class T, class... Arguments>
std::shared_ptr<Base> make_object(Arguments&&... arguments) {
  return share_object<Base>(new T(std::forward<Arguments>(arguments)...));
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

using ObjectFactory = std::function<std::shared_ptr<Object>(const Json& config)>;
/// What the calling thread's CustomObjectScopes have: an ObjectFactory, for the family "activation" a
/// CustomActivation; or null.
const void* find_custom(const std::string& family, const std::string& name);

/// What the registries of all families have in common.
class ClassTable {
 public:
  ClassTable(const char* family, const char* module);
  ClassTable(const ClassTable&) = delete;
  ClassTable& operator=(const ClassTable&) = delete;

  /// What was added until now is the library's own.
  void seal();
  /// The module that files name for a class: empty for one that is not the library's own.
  std::string module_of(const std::string& class_name) const;
  /// A second name for `class_name`, such as "mse" or "glorot_uniform".
  void add_alias(const std::string& alias, const std::string& class_name);
  bool contains(const std::string& name) const;
  std::vector<std::string> names() const;

 protected:
  ~ClassTable();
  void add_factory(const std::string& name, ObjectFactory factory);
  void add_with_alias(const char* keras_name, std::shared_ptr<Object> (*factory)(const Json& config));
  std::shared_ptr<Object> make_any(const std::string& name, const Json& config) const;
  std::shared_ptr<Object> make_any(const Json& json) const;

 private:
  const ObjectFactory* find(const std::string& name) const;
  struct State;
  std::unique_ptr<State> state_;
};
}  // namespace detail

namespace detail {
/// One type for the classes of all families, so that adding them is compiled once.
template <class Derived>
std::shared_ptr<Object> make_from_config(const Json& config) {
  return Derived::from_config(config);
}
}  // namespace detail

/// The classes of one family (Base::family names it) by name. Adding is thread-safe; reading too.
template <class Base>
class Registry : public detail::ClassTable {
 public:
  using Factory = std::function<std::shared_ptr<Base>(const Json& config)>;

  static Registry& global();
  Registry() : ClassTable(Base::family, Base::module) {}

  /// `name` is a class name, "package>Name" for your own classes.
  void add(const std::string& name, Factory factory) { add_factory(name, std::move(factory)); }
  /// Adds a Configured class under its keras_name and that name's snake case.
  template <class Derived>
  void add_class() {
    add_with_alias(Derived::keras_name, &detail::make_from_config<Derived>);
  }
  /// Throws ValueError when no such class or alias is registered.
  std::shared_ptr<Base> make(const std::string& name, const Json& config = detail::empty_object()) const {
    return std::static_pointer_cast<Base>(make_any(name, config));
  }
  /// From a string or an object in JSON.
  std::shared_ptr<Base> make_from_json(const Json& json) const {
    return std::static_pointer_cast<Base>(make_any(json));
  }
};

/// Makes a class from its Config aggregate: the field list `Config::fields` is both reader and writer.
/// Derived has `static constexpr const char* keras_name` and a constructor from Config that checks its
/// arguments.
template <class Derived, class Base, class ConfigT>
class Configured : public Base {
 public:
  using Config = ConfigT;
  explicit Configured(Config&& config) : config_(std::move(config)) {}
  explicit Configured(const Config& config) : config_(config) {}

  std::string class_name() const override { return Derived::keras_name; }
  void write_config(ConfigWriter& writer) const override {
    detail::list_fields<Config>(const_cast<Config*>(&config_), writer);
  }
  const Config& config() const { return config_; }

  static std::shared_ptr<Base> from_config(const Json& json) {
    return share_object<Base>(new Derived(detail::read_config<Config>(json, Derived::keras_name)));
  }

 protected:
  Config config_;
};

/// A shared handle of an object that can also be given by its name ("glorot_uniform") or be none. Every
/// argument of a layer that takes one has its destructor and its copies: so they are compiled once for a
/// family.
template <class Base>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  Ref(const char* name);
  Ref(const std::string& name);
  template <class T>
  requires std::is_base_of_v<Base, T> Ref(T object) : Ref(make_object<Base, T>(std::move(object))) {}
  Ref(std::shared_ptr<Base> object);
  Ref(const Ref&);
  Ref(Ref&&) noexcept;
  Ref& operator=(const Ref&);
  Ref& operator=(Ref&&) noexcept;
  ~Ref();

  explicit operator bool() const { return object_ != nullptr; }
  Base* operator->() const { return object_.get(); }
  Base& operator*() const { return *object_; }
  const std::shared_ptr<Base>& share() const { return object_; }

 private:
  std::shared_ptr<Base> object_;
};

template <class Base>
Ref<Base>::Ref(const char* name) : Ref(std::string(name)) {}
template <class Base>
Ref<Base>::Ref(const std::string& name) : object_(Registry<Base>::global().make(name)) {}
template <class Base>
Ref<Base>::Ref(std::shared_ptr<Base> object) : object_(std::move(object)) {}
template <class Base>
Ref<Base>::Ref(const Ref&) = default;
template <class Base>
Ref<Base>::Ref(Ref&&) noexcept = default;
template <class Base>
Ref<Base>& Ref<Base>::operator=(const Ref&) = default;
template <class Base>
Ref<Base>& Ref<Base>::operator=(Ref&&) noexcept = default;
template <class Base>
Ref<Base>::~Ref() = default;

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
