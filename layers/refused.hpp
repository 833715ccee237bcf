#pragma once
/// @file refused.hpp  Classes of Keras that are no layers here, and why.
#include <span>
#include <string_view>

namespace rhyton {

struct RefusedLayer {
  const char* class_name;
  const char* reason;  ///< reads on after "Lambda layer 'f': "
};

std::span<const RefusedLayer> refused_layers();
/// Null for all other classes.
const RefusedLayer* find_refused(std::string_view class_name);

}  // namespace rhyton
