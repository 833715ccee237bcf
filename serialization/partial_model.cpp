#include "serialization/partial_model.hpp"

#include <map>

#include "layers/core/input_layer.hpp"
#include "nn/error.hpp"
#include "serialization/function_graph.hpp"
#include "serialization/graph_calls.hpp"
#include "serialization/operation_json.hpp"

namespace rhyton {

namespace {

/// What a call makes, as far as that is known: nothing if `tensors` is empty.
struct Outputs {
  SymbolicTensors tensors;
  bool sure = false;  ///< the model would have these if it could be made
};

/// What Keras 3 states of the input of a layer that has only one.
std::optional<TensorSpec> stated_input(const Json& object) {
  try {
    const auto shape = built_shape(object);
    return shape ? std::optional(TensorSpec{*shape, DType::float32}) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

Outputs outputs_of(const PartialModel& model) {
  CallSpec spec;
  spec.inputs = model.outputs;
  return {spec.inputs.empty() ? SymbolicTensors() : placeholders(spec), false};
}

/// Calls a layer or an operation, and so builds it. `sure`: of the inputs.
Outputs call(const PartialLayer& part, bool sure, SymbolicTensors inputs, std::vector<std::string> roles,
             std::vector<std::pair<std::string, bool>> flags, LoadReport& report) {
  try {
    const auto y = call_layer(LayerRef(part.layer), std::move(inputs), std::move(roles), std::move(flags));
    return {y.outputs(), sure && part.sure};
  } catch (const Error& error) {
    // A file that lists calls without end must not be followed to it.
    if (LoadScope::current() != nullptr && LoadScope::current()->out_of_calls()) throw;
    if (sure && part.sure) report.add(error, "");
    return {};
  }
}

class FunctionalInference {
 public:
  FunctionalInference(const GraphDescription& graph, std::vector<PartialLayer> layers, Dialect dialect,
                      LoadReport& report)
      : graph_(graph),
        calls_(graph),
        layers_(std::move(layers)),
        dialect_(dialect),
        report_(report),
        functions_(graph) {}

  std::shared_ptr<PartialModel> infer() {
    GraphCalls::Map map = calls_.map();
    for (const auto& entry : map.post_order) made_[entry.node] = make(entry.node);
    for (const auto& input : graph_.inputs) map.add_unread(calls_.key_of(input).first);
    auto model = std::make_shared<PartialModel>();
    for (const auto& address : graph_.outputs) {
      const auto& made = made_[calls_.key_of(address)].tensors;
      const auto i = static_cast<std::size_t>(address.tensor);
      if (i < made.size()) model->outputs.push_back(made[i].spec());
    }
    if (model->outputs.size() != graph_.outputs.size()) model->outputs.clear();
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < layers_.size(); ++i)
      if (map.visits.count(i) != 0 && !is_operation(graph_.layers[i])) order.push_back(i);
    map.sort(order);
    for (const std::size_t i : order) model->layers.push_back(std::move(layers_[i]));
    return model;
  }

 private:
  /// The input, and whether it is sure; an empty tensor if nothing is known of it.
  std::pair<SymbolicTensor, bool> input(const LayerDescription& layer, const CallDescription& call,
                                        std::size_t number) const {
    const TensorAddress& address = call.inputs[number];
    const auto made = made_.find(calls_.key_of(address));
    const auto at = static_cast<std::size_t>(address.tensor);
    const bool known = made != made_.end() && at < made->second.tensors.size();
    if (known && made->second.sure) return {made->second.tensors[at], true};
    auto stated = call.stated[number];
    if (!stated && call.inputs.size() == 1 && !is_operation(layer)) stated = stated_input(layer.object);
    if (stated) return {placeholder(*stated), false};
    return {known ? made->second.tensors[at] : SymbolicTensor(), false};
  }

  Outputs make(const GraphCalls::Key& key) {
    const LayerDescription& described = graph_.layers[key.first];
    PartialLayer part = layers_[key.first];
    if (const auto layer = std::dynamic_pointer_cast<InputLayer>(part.layer)) {
      functions_.set_reference(input_tensor(layer));
      return {{input_tensor(layer)}, part.sure};
    }
    const CallDescription* call = calls_.call_of(key);
    if (part.model) return outputs_of(*part.model);
    if (call == nullptr || call->inputs.empty()) return {};
    const bool operation = is_operation(described);
    if (is_keras2_function(described)) return function(key, described, *call);
    if (operation ? !knows_operation(described) : part.layer == nullptr) return {};
    SymbolicTensors inputs;
    std::vector<std::string> roles;
    bool sure = true;
    for (std::size_t i = 0; i < call->inputs.size(); ++i) {
      // Weights' shapes do not depend on masks.
      if (calls_.is_automatic_mask(*call, i)) continue;
      const auto [tensor, known] = input(described, *call, i);
      if (!tensor) return {};
      sure = sure && known;
      inputs.push_back(tensor);
      roles.push_back(operation ? "" : call->roles[i]);
    }
    if (operation) return this->operation(described, *call, sure, std::move(inputs));
    auto flags = call->flags;
    if (dialect_ == Dialect::keras3)
      std::erase_if(flags, [](const auto& flag) { return flag.first == "training"; });
    return rhyton::call(part, sure, std::move(inputs), std::move(roles), std::move(flags), report_);
  }

  Outputs function(const GraphCalls::Key& key, const LayerDescription& described,
                   const CallDescription& call) {
    std::vector<FunctionGraph::Input> inputs;
    bool sure = true;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      const auto values = values_.find(calls_.key_of(call.inputs[i]));
      const auto at = static_cast<std::size_t>(call.inputs[i].tensor);
      if (values != values_.end() && at < values->second.first.size()) {
        inputs.push_back({{}, &values->second.first[at]});
        sure = sure && values->second.second;
        continue;
      }
      const auto [tensor, known] = input(described, call, i);
      if (!tensor) return {};
      sure = sure && known;
      inputs.push_back({tensor, nullptr});
    }
    try {
      auto made = functions_.call(described, call, inputs);
      if (!made.values.empty()) values_[key] = {std::move(made.values), sure};
      return {std::move(made.tensors), sure};
    } catch (const Error&) {
      if (LoadScope::current() != nullptr && LoadScope::current()->out_of_calls()) throw;
      return {};
    }
  }

  /// One that cannot be made shows when the rest is known: some serve masks alone, and are never made.
  Outputs operation(const LayerDescription& described, const CallDescription& call, bool sure,
                    SymbolicTensors inputs) const {
    PartialLayer part{described.name, described.class_name};
    try {
      part.layer = make_operation(operation_call(described, call));
    } catch (const Error&) {
      return {};
    }
    LoadReport unread;
    return rhyton::call(part, sure, std::move(inputs), {}, {}, unread);
  }

  const GraphDescription& graph_;
  const GraphCalls calls_;
  std::vector<PartialLayer> layers_;
  Dialect dialect_;
  LoadReport& report_;
  std::map<GraphCalls::Key, Outputs> made_;
  FunctionGraph functions_;
  std::map<GraphCalls::Key, std::pair<std::vector<ShapeValue>, bool>> values_;  ///< and whether they are sure
};

}  // namespace

PartialModel partial_model(const GraphLayer& model) {
  PartialModel out;
  for (const auto& layer : model.layers()) out.layers.push_back({layer->name(), layer->class_name(), layer});
  return out;
}

std::shared_ptr<PartialModel> infer_functional(const GraphDescription& graph,
                                               std::vector<PartialLayer> layers, Dialect dialect,
                                               LoadReport& report) {
  return FunctionalInference(graph, std::move(layers), dialect, report).infer();
}

std::shared_ptr<PartialModel> infer_sequential(const Json& list, std::vector<PartialLayer> layers,
                                               const std::optional<TensorSpec>& input, LoadReport& report) {
  auto model = std::make_shared<PartialModel>();
  Outputs x;
  if (input) x = {{placeholder(*input)}, true};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    PartialLayer& part = layers[i];
    if (part.class_name == "InputLayer") {
      if (const auto layer = std::dynamic_pointer_cast<InputLayer>(part.layer))
        x = {{input_tensor(layer)}, part.sure};
      continue;
    }
    if (!x.sure)
      if (const auto stated = stated_input(list[i])) x = {{placeholder(*stated)}, false};
    if (part.model) {
      x = outputs_of(*part.model);
    } else if (part.layer && !x.tensors.empty()) {
      x = call(part, x.sure, {x.tensors[0]}, {}, {}, report);
    } else {
      x = {};
    }
    model->layers.push_back(std::move(part));
  }
  if (!x.tensors.empty()) model->outputs = {x.tensors[0].spec()};
  return model;
}

}  // namespace rhyton
