#pragma once
/// @file keras2_functions.hpp  The functions of TensorFlow that Keras 2 has in its graphs, as operations of
/// Keras 3.
#include <string>

namespace rhyton {

struct Keras2Function {
  const char* name;       ///< TensorFlow's: "math.multiply"
  const char* operation;  ///< Keras 3's class: "Multiply"
  /// TensorFlow's and Keras 3's names of the arguments, the call's first one first: "input=x, axis".
  const char* arguments;
};

/// Null if there is none.
const Keras2Function* find_keras2_function(const std::string& name);
/// The first that does what this class of Keras 3 does; null if there is none.
const Keras2Function* keras2_function_for(const std::string& operation);

}  // namespace rhyton
