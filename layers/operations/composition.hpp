#pragma once
/// @file composition.hpp  Operations that are said in terms of others: their gradients come from these.
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <span>

#include "layers/operations/operation_layer.hpp"

namespace rhyton::detail {

/// A tensor, or a constant in its place.
struct Operand {
  Operand(SymbolicTensor t) : tensor(std::move(t)) {}
  Operand(Json j) : constant(std::move(j)) {}
  Operand(double number) : constant(number) {}
  SymbolicTensor tensor;
  Json constant;
};

/// Calls an operation whose positional arguments are `operands`; those of `call` are filled in.
SymbolicTensor call_operation(OperationCall&& call, std::span<const Operand> operands);
/// The same with one list of tensors.
SymbolicTensor call_operation(OperationCall&& call, const SymbolicTensors& list);

/// One call of a composed operation: its arguments, and the means to call others.
class Composition {
 public:
  Composition(const OperationLayer& owner, const SymbolicTensors& inputs, const char* positions)
      : arguments(owner.operation(), positions), owner_(owner), inputs_(inputs) {}

  const OperationArguments arguments;
  const SymbolicTensors& inputs() const { return inputs_; }
  /// The tensor that stands for an argument, or the constant; throws ValueError if it is missing.
  Operand operand(std::string_view name) const;
  /// The same as a tensor: a constant becomes zero plus it.
  SymbolicTensor tensor(std::string_view name) const;
  int rank(std::string_view name) const { return tensor(name).shape().rank(); }
  /// A dimension that must be known.
  Dim size(const SymbolicTensor& x, int axis) const;

  /// Calls an operation; `config` as its constructor takes it.
  SymbolicTensor call(std::string_view operation, std::initializer_list<Operand> operands) const;
  SymbolicTensor call(std::string_view operation, std::initializer_list<Operand> operands, Json config) const;
  /// Calls an operation on one list of tensors.
  SymbolicTensor join(std::string_view operation, const SymbolicTensors& tensors, Json config) const;
  /// Calls a layer without weights.
  SymbolicTensor layer(std::string_view class_name, const SymbolicTensor& x, Json config) const;
  SymbolicTensor reshape(const SymbolicTensor& x, const Shape& shape) const;
  SymbolicTensor transpose(const SymbolicTensor& x, const std::vector<int>& axes) const;
  SymbolicTensor reduce(std::string_view operation, const SymbolicTensor& x, Json axis, bool keepdims) const;
  SymbolicTensor cast(const SymbolicTensor& x, DType dtype) const;
  [[noreturn]] void fail(std::string_view text) const;
  /// The text is made like `fmt::format`'s.
  template <class... Values>
  [[noreturn]] void fail(fmt::format_string<Values...> format, Values&&... values) const
      requires(sizeof...(Values) != 0) {
    fail_with(format, fmt::make_format_args(values...));
  }
  /// Throws NotSupported naming the operation and what it asks for.
  [[noreturn]] void refuse(std::string_view what) const;

  const OperationLayer& owner() const { return owner_; }
  std::string part_name(std::string_view operation) const;

 private:
  OperationCall part(std::string_view operation, Json config) const;
  [[noreturn]] void fail_with(fmt::string_view format, fmt::format_args values) const;
  const OperationLayer& owner_;
  const SymbolicTensors& inputs_;
  mutable int parts_ = 0;
};

using Composer = SymbolicTensors (*)(const Composition&);

/// Adds an operation; `positions`: the names of its positional arguments.
struct ComposedEntry {
  const char *name, *positions;
  Composer compose;
};
std::shared_ptr<Layer> make_composed(OperationCall&& call, std::span<const ComposedEntry> entries);
void add_entries(OperationTable& table, std::span<const ComposedEntry> entries, OperationFactory factory);

}  // namespace rhyton::detail
