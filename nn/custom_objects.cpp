#include "nn/custom_objects.hpp"

namespace rhyton {

namespace {
thread_local CustomObjectScope* innermost_custom_objects = nullptr;
}

CustomObjects& CustomObjects::add_factory(const std::string& family, const std::string& name,
                                          detail::ObjectFactory factory) {
  objects_[{family, name}] = std::make_shared<const detail::ObjectFactory>(std::move(factory));
  return *this;
}
CustomObjects& CustomObjects::add_activation(CustomActivation activation) {
  const std::string name = activation.name;
  objects_[{"activation", name}] = std::make_shared<const CustomActivation>(std::move(activation));
  return *this;
}

CustomObjectScope::CustomObjectScope(const CustomObjects& objects)
    : objects_(objects), outer_(innermost_custom_objects) {
  innermost_custom_objects = this;
}
CustomObjectScope::~CustomObjectScope() { innermost_custom_objects = outer_; }

namespace detail {
const void* find_custom(const std::string& family, const std::string& name) {
  for (const auto* scope = innermost_custom_objects; scope != nullptr; scope = scope->outer_) {
    const auto found = scope->objects_.objects_.find({family, name});
    if (found != scope->objects_.objects_.end()) return found->second.get();
  }
  return nullptr;
}
}  // namespace detail

}  // namespace rhyton
