#pragma once
/// @file operation_layer.hpp  Operations on tensors in a functional graph (`x * 2 + y`, `ops.mean(x,
/// axis=1)`) as layers.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nn/layer.hpp"

namespace rhyton {

/// One operation as a graph holds it: Keras's class ("Multiply"), the constructor's arguments, and those of
/// its one call, in which the i-th tensor stands as {"$": i}.
struct OperationCall {
  std::string class_name, module, name;
  std::shared_ptr<const Json> config, args, kwargs;
};

/// Base of all operations. They have no weights, are called once, and drop masks. Numbers of all types go in
/// as they are, unless an operation computes in real ones only.
class OperationLayer : public Layer {
 public:
  std::string class_name() const override { return call_.class_name; }
  std::string keras_module() const override { return call_.module; }
  void write_config(ConfigWriter& writer) const override;
  std::shared_ptr<const Json> call_arguments() const override;
  bool takes(DType dtype) const override { return dtype != DType::string; }
  const OperationCall& operation() const { return call_; }

 protected:
  explicit OperationLayer(OperationCall&& call);
  OperationCall call_;
};

/// The arguments of an operation by name: from its constructor, its call's keywords, or their positions in
/// the call.
class OperationArguments {
 public:
  /// `positions`: the names of the call's positional arguments in order, "x, axis"; it must outlive this.
  OperationArguments(const OperationCall& call, const char* positions) : call_(call), positions_(positions) {}
  /// Null if it was not given or is Python's None.
  const Json* find(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t fallback) const;
  double number(std::string_view name, double fallback) const;
  bool boolean(std::string_view name, bool fallback) const;
  std::string text(std::string_view name, const char* fallback) const;
  /// One integer or a list of them; empty if it was not given.
  std::vector<std::int64_t> integers(std::string_view name) const;
  /// The number of the tensor that stands for an argument; -1 if a constant or nothing does.
  int tensor(std::string_view name) const;

 private:
  const OperationCall& call_;
  std::string_view positions_;
};

/// Makes the layer of an operation. Throws NotSupported that names it if there is none, ValueError on wrong
/// arguments.
std::shared_ptr<Layer> make_operation(OperationCall&& call);
/// Classes that `make_operation` knows.
std::vector<std::string> operation_names();

namespace detail {
using OperationFactory = std::shared_ptr<Layer> (*)(OperationCall&&);
using OperationTable = std::vector<std::pair<const char*, OperationFactory>>;
/// Cold: compiled for size, with the constructor, beside loops that are not.
template <class L>
[[gnu::cold]] std::shared_ptr<Layer> make_plain(OperationCall&& call) {
  return make_object<Layer, L>(std::move(call));
}
void add_unary_operations(OperationTable& table);
void add_casts(OperationTable& table);
void add_binary_operations(OperationTable& table);
void add_reductions(OperationTable& table);
void add_movements(OperationTable& table);
void add_get_item(OperationTable& table);
void add_joins(OperationTable& table);
void add_products(OperationTable& table);
void add_where(OperationTable& table);
void add_scans(OperationTable& table);
void add_sorts(OperationTable& table);
void add_lookups(OperationTable& table);
void add_fourier(OperationTable& table);
void add_linear_algebra(OperationTable& table);
void add_selections(OperationTable& table);
void add_einsum(OperationTable& table);
void add_composed_sums(OperationTable& table);
void add_composed_products(OperationTable& table);
void add_composed_movements(OperationTable& table);
void add_composed_networks(OperationTable& table);
void add_composed_images(OperationTable& table);
void add_composed_windows(OperationTable& table);
void add_convolutions(OperationTable& table);
}  // namespace detail

}  // namespace rhyton
