#pragma once
/// @file function_graph.hpp  Calls of TensorFlow while a graph of Keras 2 is read: most are one operation of
/// Keras 3, some several, and those that ask for shapes are numbers.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "serialization/function_call.hpp"
#include "serialization/graph_json.hpp"
#include "serialization/shape_values.hpp"

namespace rhyton {

class FunctionGraph {
 public:
  /// What a call gives: tensors, or numbers that came of shapes.
  struct Made {
    SymbolicTensors tensors;
    std::vector<ShapeValue> values;
  };
  /// One input of a call: a tensor, else a value.
  struct Input {
    SymbolicTensor tensor;
    const ShapeValue* value = nullptr;
  };

  explicit FunctionGraph(const GraphDescription& graph);
  /// The model's first input: what constants are added to where a tensor is needed.
  void set_reference(SymbolicTensor input) { reference_ = std::move(input); }
  /// Throws NotSupported that names function and layer for what cannot be said.
  Made call(const LayerDescription& layer, const CallDescription& call, const std::vector<Input>& inputs);
  /// A value where a tensor is needed.
  SymbolicTensor tensor_of(const ShapeValue& value, const std::string& layer,
                           const std::string& function = "shape");
  /// Layers made since the last time.
  std::vector<std::shared_ptr<Layer>> take_layers() { return std::exchange(layers_, {}); }

 private:
  ShapeValue shape_of(const SymbolicTensor& x);
  /// The shape with numbers in the place of open dimensions; empty if they cannot be found.
  Shape numbered_shape(const SymbolicTensor& x);
  void number(const std::shared_ptr<const Node>& node);
  /// The layers that a call made.
  void keep(const FunctionCall& call);
  SymbolicTensors open_call(FunctionCall& call, const std::vector<ShapeNumber>& open);
  SymbolicTensor open_range(FunctionCall& call, const ShapeNumber& length);
  SymbolicTensor open_reshape(FunctionCall& call, const std::vector<ShapeNumber>& open);
  /// Zeros of a shape whose first size is open.
  SymbolicTensor batch_of_zeros(FunctionCall& call, const ShapeNumber& batch, int rank, DType dtype);

  FunctionScope scope_;
  SymbolicTensor reference_;
  std::vector<std::shared_ptr<Layer>> layers_;
  std::map<std::shared_ptr<const Node>, std::vector<Shape>> numbered_;
  int free_axes_ = 0;
};

}  // namespace rhyton
