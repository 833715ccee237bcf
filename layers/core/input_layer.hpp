#pragma once
/// @file input_layer.hpp  keras.Input and keras.layers.InputLayer
#include <optional>

#include "nn/layer.hpp"

namespace rhyton {

/// A DType, or Keras's name of one: `DType::string` or "string".
struct DTypeArgument {
  DTypeArgument(DType dtype) : value(dtype) {}
  /// Throws ValueError on names that are none.
  DTypeArgument(const char* name) : value(dtype_from_string(name)) {}
  DTypeArgument(const std::string& name) : value(dtype_from_string(name)) {}
  operator DType() const { return value; }
  DType value;
};

struct InputConfig {
  /// Without the batch dimension; `unknown` where it may vary.
  Shape shape = {};
  std::optional<std::int64_t> batch_size = {};
  DTypeArgument dtype = DType::float32;
  std::string name = {};
};

/// Where a model's data comes in. Made by `Input`.
class InputLayer final : public Layer {
 public:
  static constexpr const char* keras_name = "InputLayer";
  /// `declared`: Keras's name of a dtype that is held in another one.
  InputLayer(const Shape& batch_shape, DType dtype, std::string name, std::string declared = {});

  std::string class_name() const override { return keras_name; }
  void write_config(ConfigWriter& writer) const override;
  static std::shared_ptr<Layer> from_config(const Json& json);

  const Shape& batch_shape() const { return batch_shape_; }
  DType input_dtype() const { return input_dtype_; }
  Shapes compute_output_shape(const Shapes& input_shapes) const override;

 private:
  Shape batch_shape_;
  DType input_dtype_;
};

/// The tensor of an input layer: stands first in a Sequential's list, or begins a functional graph.
class Input : public SymbolicTensor {
 public:
  /// `Input({28, 28, 1})`: shape without the batch dimension.
  Input(const Shape& shape);
  /// `Input({.shape = {28, 28, 1}, .name = "image"})`
  Input(const InputConfig& config);
};

/// The tensor of an existing input layer.
SymbolicTensor input_tensor(const std::shared_ptr<InputLayer>& layer);

}  // namespace rhyton
