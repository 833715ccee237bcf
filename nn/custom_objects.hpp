#pragma once
/// @file custom_objects.hpp  Classes of your own for some files only: Keras's `custom_objects` and
/// `custom_object_scope`.
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "nn/activations/activation_fn.hpp"
#include "nn/object.hpp"

namespace rhyton {

/// Layers, initializers, regularizers, constraints, losses, metrics, optimizers, schedules and activations by
/// the names under which files know them: "package>Name", or the class name alone. They go before the
/// library's own of the same name, so that a class of your own can stand for a refused one ("Lambda").
///
///     load_model("m.keras", {.custom_objects = CustomObjects().add_class<Swish>()});
class CustomObjects {
 public:
  /// A class made by a Config aggregate, under `Derived::keras_name` or another name.
  template <class Derived>
  CustomObjects& add_class(const std::string& name = Derived::keras_name) {
    using Base = typename decltype(Derived::from_config(std::declval<const Json&>()))::element_type;
    return add<Base>(name, &Derived::from_config);
  }
  template <class Base>
  CustomObjects& add(const std::string& name, typename Registry<Base>::Factory factory) {
    return add_factory(Base::family, name, std::move(factory));
  }
  /// Under its own name.
  CustomObjects& add_activation(CustomActivation activation);

 private:
  friend const void* detail::find_custom(const std::string& family, const std::string& name);
  CustomObjects& add_factory(const std::string& family, const std::string& name,
                             detail::ObjectFactory factory);
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const void>> objects_;
};

/// While it lives, whatever this thread makes from a configuration finds these objects; those of outer scopes
/// too. Other threads and later loads know nothing of them.
class CustomObjectScope {
 public:
  explicit CustomObjectScope(const CustomObjects& objects);
  ~CustomObjectScope();
  CustomObjectScope(const CustomObjectScope&) = delete;
  CustomObjectScope& operator=(const CustomObjectScope&) = delete;

 private:
  friend const void* detail::find_custom(const std::string& family, const std::string& name);
  CustomObjects objects_;
  CustomObjectScope* outer_;
};

}  // namespace rhyton
