#pragma once
/// @file function_call.hpp  A function of TensorFlow in a graph of Keras 2, said in operations of Keras 3.
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "layers/operations/composition.hpp"

namespace rhyton {

/// What the calls of one graph have in common.
struct FunctionScope {
  std::set<std::string> names;  ///< of all layers, to which those made here are added
  std::uint64_t numbers = 0;    ///< constants that were made
  /// Throws NotSupported if there would be too many.
  void spend(std::uint64_t count);
};

/// One call while a graph is read: its arguments by TensorFlow's names, and the means to call operations in
/// its place. Every argument that is given has to be asked for.
class FunctionCall {
 public:
  using Operand = detail::Operand;

  struct Source {
    std::string function, layer;
    Json args, kwargs;  ///< tensors as {"$": i}
    SymbolicTensors inputs;
  };
  /// `first`: the name of the first argument.
  FunctionCall(Source source, std::string first, FunctionScope& scope);

  const std::string& function() const { return source_.function; }
  /// Whether an argument is there that is not None.
  bool has(const char* name) const;
  /// The argument as it stands; null if there is none.
  Json json(const char* name);
  /// A tensor of the graph, or a constant in its place.
  Operand operand(const char* name);
  /// Throws NotSupported unless it is a tensor of the graph.
  SymbolicTensor tensor(const char* name);
  SymbolicTensors tensors(const char* name);
  /// Throw NotSupported if it is of another type, or missing without a fallback.
  std::int64_t integer(const char* name);
  std::int64_t integer(const char* name, std::int64_t fallback) {
    return has(name) ? integer(name) : fallback;
  }
  double number(const char* name, double fallback);
  bool flag(const char* name, bool fallback);
  std::string text(const char* name, std::string_view fallback);
  /// A number of an axis, or of axes.
  int axis(const char* name, int fallback);
  /// A list of whole numbers, or one.
  std::vector<std::int64_t> integers(const char* name);

  /// Pairs of numbers that are not negative, one for each axis of the first argument.
  Json widths(const char* name);
  /// A constant as a tensor of the graph, which `like` is one of.
  SymbolicTensor constant(const Json& value, const SymbolicTensor& like);
  SymbolicTensor zero(DType dtype, const SymbolicTensor& like);

  /// A step on the way, and the last one, which has the layer's name. `config` as the class of Keras 3 takes
  /// it.
  using Operands = std::initializer_list<Operand>;
  SymbolicTensor call(const char* operation, Operands operands);
  SymbolicTensor call(const char* operation, Operands operands, Json config);
  SymbolicTensor result(const char* operation, Operands operands);
  SymbolicTensor result(const char* operation, Operands operands, Json config);
  /// The same of one list of tensors.
  SymbolicTensor joined(const char* operation, const SymbolicTensors& list, Json config);
  /// A layer without weights, under the layer's name.
  SymbolicTensor layer(const char* class_name, const SymbolicTensor& x, Json config);
  SymbolicTensor reduce(const char* operation, const SymbolicTensor& x, Json axis, bool keepdims);
  SymbolicTensor cast(const SymbolicTensor& x, DType dtype);
  /// x[..., start:stop, ...] along some axes.
  struct Part {
    int axis;
    std::int64_t start, stop;
  };
  SymbolicTensor sliced(const SymbolicTensor& x, const std::vector<Part>& parts, bool last = true);

  /// The size of an axis that must be known.
  Dim size(const SymbolicTensor& x, int axis) const;
  /// Before a constant of so many numbers is made.
  void spend(Dim rows, Dim columns) const;
  [[noreturn]] void refuse(std::string_view what) const;
  [[noreturn]] void refuse_argument(std::string_view name, const Json& value) const;
  /// Throws NotSupported if an argument is left that says something.
  void finish() const;
  /// Layers that were made, in order.
  const std::vector<std::shared_ptr<Layer>>& layers() const { return layers_; }

 private:
  const Json* find(const char* name) const;
  SymbolicTensor made(const char* operation, const std::string& name, Operands operands, Json config);
  SymbolicTensor note(SymbolicTensor x);
  std::string step_name();

  Source source_;
  std::string first_;
  FunctionScope& scope_;
  int steps_ = 0;
  std::set<std::string> asked_;
  std::vector<std::shared_ptr<Layer>> layers_;
};

/// What a function is made of: its results.
using FunctionExpansion = SymbolicTensors (*)(FunctionCall&);
struct ExpandedFunction {
  const char* first;  ///< the name of the first argument
  FunctionExpansion expand;
};
/// Null if there is none of this name.
const ExpandedFunction* find_expanded_function(const std::string& name);

namespace detail {
using ExpansionTable = std::vector<std::pair<const char*, ExpandedFunction>>;
const ExpansionTable& array_expansions();
const ExpansionTable& image_expansions();
const ExpansionTable& movement_expansions();
const ExpansionTable& network_expansions();
const ExpansionTable& resizing_expansions();
}  // namespace detail

}  // namespace rhyton
