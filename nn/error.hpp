#pragma once
/// @file error.hpp  Everything that Rhyton throws.
#include <stdexcept>
#include <string>

namespace rhyton {

/// Base of all errors: the text names the layer, what was expected, what came, and how to fix it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A wrong argument, shape or identifier given by the caller.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// A file that is not what it claims to be; the text says where inside it.
class FormatError : public Error {
 public:
  using Error::Error;
};

/// Something valid in Keras that this library does not do; the text names it.
class NotSupported : public Error {
 public:
  using Error::Error;
};

}  // namespace rhyton
