#include "layers/core/input_layer.hpp"

#include "nn/raise.hpp"

namespace rhyton {

namespace {
Shape with_batch(const InputConfig& config) {
  return Shape{config.batch_size.value_or(unknown)}.concat(config.shape);
}
}  // namespace

InputLayer::InputLayer(const Shape& batch_shape, DType dtype, std::string name, std::string declared)
    : Layer(std::move(name), true, declared.empty() ? std::string(to_string(dtype)) : std::move(declared)),
      batch_shape_(batch_shape),
      input_dtype_(dtype) {
  if (batch_shape.empty()) fail("the batch shape must have at least the batch dimension. Received: ().");
  ensure_built({});
}

void InputLayer::write_config(ConfigWriter& writer) const {
  writer("batch_shape", batch_shape_)("dtype", dtype())("sparse", false)("ragged", false)("name", name());
}

std::shared_ptr<Layer> InputLayer::from_config(const Json& json) {
  ConfigReader reader(json, keras_name);
  DTypePolicy dtype{"float32"};
  std::string name;
  std::optional<Shape> shape, keras2_shape, own_shape;
  std::optional<std::int64_t> batch_size;
  std::optional<bool> sparse, ragged, optional, trainable;
  reader("batch_shape", shape)("batch_input_shape", keras2_shape)("shape", own_shape)("batch_size",
                                                                                      batch_size);
  reader("dtype", dtype)("name", name)("sparse", sparse)("ragged", ragged)("optional", optional)("trainable",
                                                                                                 trainable);
  reader.finish();
  if (sparse.value_or(false)) raise<NotSupported>("InputLayer '{}': sparse inputs", name);
  if (ragged.value_or(false)) raise<NotSupported>("InputLayer '{}': ragged inputs", name);
  if (!shape) shape = keras2_shape;
  if (!shape && own_shape) shape = Shape{batch_size.value_or(unknown)}.concat(*own_shape);
  if (!shape) raise<FormatError>("InputLayer '{}': no batch_shape. Give batch_shape or shape.", name);
  if (dtype.name.starts_with("mixed_")) dtype.name = "float32";
  return std::make_shared<InputLayer>(*shape, dtype_from_string(dtype.name), name, dtype.name);
}

Shapes InputLayer::compute_output_shape(const Shapes&) const { return {batch_shape_}; }

SymbolicTensor input_tensor(const std::shared_ptr<InputLayer>& layer) {
  return placeholder({layer->batch_shape(), layer->input_dtype()}, layer);
}

Input::Input(const Shape& shape) : Input(InputConfig{.shape = shape}) {}

Input::Input(const InputConfig& config)
    : SymbolicTensor(
          input_tensor(std::make_shared<InputLayer>(with_batch(config), config.dtype, config.name))) {}

}  // namespace rhyton
