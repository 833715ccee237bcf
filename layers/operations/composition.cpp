#include "layers/operations/composition.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nn/raise.hpp"

namespace rhyton::detail {

namespace {

class ComposedOperation final : public OperationLayer {
 public:
  ComposedOperation(OperationCall&& call, const ComposedEntry& entry)
      : OperationLayer(std::move(call)), entry_(entry) {}

  bool is_composite() const override { return true; }
  SymbolicTensors compose(const SymbolicTensors& inputs, const CallSpec&) const override {
    return entry_.compose(Composition(*this, inputs, entry_.positions));
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    std::vector<TensorSpec> out;
    for (const SymbolicTensor& y : compose(placeholders(spec), spec)) out.push_back(y.spec());
    return out;
  }

 private:
  const ComposedEntry& entry_;
};

SymbolicTensor run_operation(OperationCall&& call, Json args, SymbolicTensors inputs) {
  if (inputs.empty())
    raise<ValueError>("the operation {} needs a tensor of the graph among its operands.", call.class_name);
  call.args = std::make_shared<const Json>(std::move(args));
  std::vector<std::string> roles(inputs.size());
  return call_layer(LayerRef(make_operation(std::move(call))), std::move(inputs), std::move(roles), {});
}

}  // namespace

std::shared_ptr<Layer> make_composed(OperationCall&& call, std::span<const ComposedEntry> entries) {
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const ComposedEntry& e) { return e.name == call.class_name; });
  return make_object<Layer, ComposedOperation>(std::move(call), *entry);
}

void add_entries(OperationTable& table, std::span<const ComposedEntry> entries, OperationFactory factory) {
  for (const ComposedEntry& entry : entries) table.emplace_back(entry.name, factory);
}

SymbolicTensor call_operation(OperationCall&& call, std::span<const Operand> operands) {
  Json args = Json::array();
  SymbolicTensors inputs;
  for (const Operand& operand : operands) {
    if (operand.tensor) {
      args.push_back({{"$", inputs.size()}});
      inputs.push_back(operand.tensor);
    } else {
      args.push_back(operand.constant);
    }
  }
  return run_operation(std::move(call), std::move(args), std::move(inputs));
}

SymbolicTensor call_operation(OperationCall&& call, const SymbolicTensors& list) {
  Json places = Json::array();
  for (std::size_t i = 0; i < list.size(); ++i) places.push_back({{"$", i}});
  return run_operation(std::move(call), Json::array({std::move(places)}), list);
}

Operand Composition::operand(std::string_view name) const {
  if (const int i = arguments.tensor(name); i >= 0) return inputs_.at(static_cast<std::size_t>(i));
  const Json* json = arguments.find(name);
  if (!json) fail("the argument `{}` is missing.", name);
  return *json;
}

SymbolicTensor Composition::tensor(std::string_view name) const {
  const Operand found = operand(name);
  if (found.tensor) return found.tensor;
  const SymbolicTensor zero = call("ZerosLike", {reduce("Sum", inputs_.at(0), Json(), false)});
  return call("Add", {zero, found.constant});
}

Dim Composition::size(const SymbolicTensor& x, int axis) const {
  const Dim d = x.shape()[axis];
  if (d < 0) fail("the size of axis {} must be known.", axis);
  return d;
}

std::string Composition::part_name(std::string_view operation) const {
  return fmt::format("{}/{}_{}", owner_.name(), snake_case(operation), parts_++);
}

OperationCall Composition::part(std::string_view operation, Json config) const {
  return {std::string(operation),
          "keras.src.ops.numpy",
          part_name(operation),
          std::make_shared<const Json>(std::move(config)),
          nullptr,
          nullptr};
}

SymbolicTensor Composition::call(std::string_view operation, std::initializer_list<Operand> operands) const {
  return call(operation, operands, Json::object());
}
SymbolicTensor Composition::call(std::string_view operation, std::initializer_list<Operand> operands,
                                 Json config) const {
  return call_operation(part(operation, std::move(config)), operands);
}

SymbolicTensor Composition::join(std::string_view operation, const SymbolicTensors& tensors,
                                 Json config) const {
  return call_operation(part(operation, std::move(config)), tensors);
}

SymbolicTensor Composition::layer(std::string_view class_name, const SymbolicTensor& x, Json config) const {
  config["name"] = part_name(class_name);
  return LayerRef(Registry<Layer>::global().make(std::string(class_name), config))(x);
}

SymbolicTensor Composition::reshape(const SymbolicTensor& x, const Shape& shape) const {
  Json sizes = Json::array();
  for (Dim d : shape) sizes.push_back(d);
  return call("Reshape", {x}, {{"newshape", sizes}});
}

SymbolicTensor Composition::transpose(const SymbolicTensor& x, const std::vector<int>& axes) const {
  return call("Transpose", {x}, {{"axes", axes}});
}

SymbolicTensor Composition::reduce(std::string_view operation, const SymbolicTensor& x, Json axis,
                                   bool keepdims) const {
  return call(operation, {x}, {{"axis", std::move(axis)}, {"keepdims", keepdims}});
}

SymbolicTensor Composition::cast(const SymbolicTensor& x, DType dtype) const {
  return call("Cast", {x}, {{"dtype", std::string(to_string(dtype))}});
}

void Composition::fail(std::string_view text) const { raise<ValueError>("{}: {}", owner_.label(), text); }
void Composition::fail_with(fmt::string_view format, fmt::format_args values) const {
  fail(fmt::vformat(format, values));
}
void Composition::refuse(std::string_view what) const {
  raise<NotSupported>("{} ({}): {}", owner_.label(), owner_.class_name(), what);
}

}  // namespace rhyton::detail
