#pragma once
/// @file shape_values.hpp  What a graph of Keras 2 computes from shapes (`tf.shape(x)[0] * 4`): numbers, not
/// tensors, once the shapes are known.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nn/layer.hpp"

namespace rhyton {

/// One number, perhaps of a dimension that the file leaves open: the batch's size.
struct ShapeNumber {
  /// Its value, or one that stands for it: two that stand for the same dimension are equal. NaN if it is not
  /// known which it is.
  double value = 0;
  bool known = true;
  SymbolicTensor of = {};  ///< whose size along `axis` an open number is, if it is nothing else
  int axis = 0;
};

/// A number or an array of them.
struct ShapeValue {
  enum class Kind { whole, real, truth } kind = Kind::whole;
  Shape shape;
  std::vector<ShapeNumber> numbers;

  bool known() const;
  /// Nested lists; null for open numbers.
  Json json() const;
};

/// The type of a tensor of such numbers.
DType value_type(ShapeValue::Kind kind);

/// The argument of a call as such a value: {"$": i} is `inputs[i]`, which may be null for a tensor. Nothing
/// if it is none.
std::optional<ShapeValue> shape_value(const Json& argument, const std::vector<const ShapeValue*>& inputs);

/// Functions that are told from shapes alone: what `shape_function` has beside those of tensors.
bool gives_shapes(const std::string& function);
/// What a function of TensorFlow gives for such values: one value, or several (unstack). Nothing if it is not
/// among those that can be told.
std::optional<std::vector<ShapeValue>> shape_function(const std::string& function, const Json& args,
                                                      const Json& kwargs,
                                                      const std::vector<const ShapeValue*>& inputs);

}  // namespace rhyton
