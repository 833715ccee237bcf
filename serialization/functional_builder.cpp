#include "serialization/functional_builder.hpp"

#include <algorithm>
#include <set>

#include "layers/core/input_layer.hpp"
#include "nn/late_masks.hpp"
#include "nn/raise.hpp"
#include "serialization/operation_json.hpp"

namespace rhyton {

FunctionalBuilder::FunctionalBuilder(const GraphDescription& graph,
                                     std::vector<std::shared_ptr<Layer>> layers, Dialect dialect)
    : graph_(graph), calls_(graph), layers_(std::move(layers)), dialect_(dialect), functions_(graph) {}

bool FunctionalBuilder::is_comparison(const TensorAddress& address, const TensorAddress& tensor,
                                      double number) const {
  const Key key = calls_.key_of(address);
  if (graph_.layers[key.first].class_name != "NotEqual") return false;
  const CallDescription& call = *calls_.call_of(key);
  return call.inputs == std::vector{tensor} && call.args.size() == 2 && call.args[1].is_number() &&
         call.args[1].get<double>() == number;
}

bool FunctionalBuilder::is_own_mask(TensorAddress tensor, const TensorAddress& mask) const {
  using Makes = MaskGraph::Makes;
  while (const CallDescription* call = calls_.call_of(calls_.key_of(tensor))) {
    const std::size_t number = calls_.key_of(tensor).first;
    const LayerDescription& layer = graph_.layers[number];
    const Makes makes = layers_[number]->mask_graph().makes;
    // Theirs take many operations, which nobody else would put together.
    if (makes == Makes::joined || makes == Makes::concatenated || layer.is_model) return true;
    if (layer.class_name == "Embedding") return is_comparison(mask, call->inputs[0], 0.0);
    if (layer.class_name == "Masking") {
      const Json& config = layer.object["config"];
      const double value = config.contains("mask_value") ? config["mask_value"].get<double>() : 0.0;
      return graph_.layers[calls_.key_of(mask).first].class_name == "Any" &&
             is_comparison(calls_.call_of(calls_.key_of(mask))->inputs.at(0), call->inputs[0], value);
    }
    const auto given = std::find(call->roles.begin(), call->roles.end(), "mask");
    if (given != call->roles.end())
      return call->inputs[static_cast<std::size_t>(given - call->roles.begin())] == mask;
    tensor = call->inputs[0];
  }
  return false;
}

// A mask's name says what it masks; a list of them goes with the list of inputs.
std::size_t FunctionalBuilder::masked_input(const CallDescription& call, std::size_t mask) {
  const std::string& role = call.roles[mask];
  if (const auto list = call.kwargs.find(role); list != call.kwargs.end() && list->is_array())
    for (std::size_t i = 0; i < list->size(); ++i)
      if ((*list)[i] == Json{{"$", mask}}) return i;
  if (role == "mask") return 0;
  const std::string argument = role.substr(0, role.find('_'));
  const auto named = std::find(call.roles.begin(), call.roles.end(), argument);
  if (named != call.roles.end()) return static_cast<std::size_t>(named - call.roles.begin());
  return argument == "query" ? 0 : argument == "value" ? 1 : 2;
}

bool FunctionalBuilder::is_carried(const LayerDescription& layer, const CallDescription& call,
                                   std::size_t mask) const {
  // Keras puts the mask that the query carries, if any, in the place of one that is given.
  if (layer.class_name == "MultiHeadAttention" && call.roles[mask] == "query_mask") return true;
  const std::size_t masked = masked_input(call, mask);
  if (masked >= call.inputs.size() || masked == mask) return false;
  const SymbolicTensor x = tensor(call.inputs[masked]);
  return x.mask_shape() && is_own_mask(call.inputs[masked], call.inputs[mask]);
}

// Depth first with a stack of its own: a chain of layers may be longer than the machine's stack.
void FunctionalBuilder::make(const TensorAddress& address) {
  struct Frame {
    Key key;
    std::size_t next = 0;
  };
  std::vector<Frame> stack{{calls_.key_of(address)}};
  std::set<Key> open{stack.back().key};
  while (!stack.empty()) {
    Frame& frame = stack.back();
    const CallDescription* described = made_.count(frame.key) != 0 ? nullptr : calls_.call_of(frame.key);
    if (described != nullptr && frame.next < described->inputs.size()) {
      const std::size_t input = frame.next++;
      if (calls_.is_automatic_mask(*described, input)) continue;
      const Key below = calls_.key_of(described->inputs[input]);
      if (made_.count(below) != 0) continue;
      if (!open.insert(below).second)
        raise<FormatError>("the graph has a loop through the layer '{}'.", graph_.layers[below.first].name);
      stack.push_back({below});
      continue;
    }
    if (made_.count(frame.key) == 0) call(frame.key);
    open.erase(frame.key);
    stack.pop_back();
  }
}

void FunctionalBuilder::call(const Key& key) {
  const LayerDescription& described = graph_.layers[key.first];
  auto& layer = layers_[key.first];
  if (const auto input = std::dynamic_pointer_cast<InputLayer>(layer)) {
    made_[key] = {input_tensor(input)};
    return;
  }
  if (is_keras2_function(described)) return call_function(key);
  const CallDescription& call = *calls_.call_of(key);
  SymbolicTensors inputs;
  std::vector<std::string> roles;
  for (const bool masks : {false, true})
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      if (calls_.is_automatic_mask(call, i) != masks) continue;
      masks_in_graph_ = masks_in_graph_ || masks;
      if (masks && is_carried(described, call, i)) continue;
      if (masks) make_mask(call.inputs[i]);
      inputs.push_back(tensor_for(call.inputs[i], key.first));
      const auto list = call.kwargs.find(call.roles[i]);
      const bool one_of_list = masks && list != call.kwargs.end() && list->is_array();
      if (one_of_list && masked_input(call, i) >= list_mask_roles.size())
        raise<FormatError>("the layer '{}' is called with too many masks.", described.name);
      roles.push_back(one_of_list ? list_mask_roles[masked_input(call, i)] : call.roles[i]);
    }
  if (inputs.empty()) raise<FormatError>("the layer '{}' is called on nothing.", described.name);
  named_first_ = named_first_ || !call.first_name.empty();
  masks_outside_graph_ = masks_outside_graph_ || (call.empty_mask && inputs[0].mask_shape());
  if (is_operation(described)) {
    layer = make_operation(operation_call(described, call));
    roles.assign(inputs.size(), "");
  }
  auto flags = call.flags;
  // Keras 3 lets the model's own flag take the place of a call's; Keras 2 does not.
  if (dialect_ == Dialect::keras3)
    std::erase_if(flags, [](const auto& flag) { return flag.first == "training"; });
  made_[key] = call_layer(LayerRef(layer), std::move(inputs), std::move(roles), std::move(flags)).outputs();
}

void FunctionalBuilder::call_function(const Key& key) {
  const LayerDescription& described = graph_.layers[key.first];
  const CallDescription& call = *calls_.call_of(key);
  std::vector<FunctionGraph::Input> inputs;
  for (const TensorAddress& address : call.inputs) {
    if (made_.count(calls_.key_of(address)) == 0) make_mask(address);
    const auto values = values_.find(calls_.key_of(address));
    const auto at = static_cast<std::size_t>(address.tensor);
    if (values != values_.end() && at < values->second.size()) {
      inputs.push_back({{}, &values->second[at]});
    } else {
      inputs.push_back({tensor(address), nullptr});
    }
  }
  if (inputs.empty()) raise<FormatError>("the layer '{}' is called on nothing.", described.name);
  auto made = functions_.call(described, call, inputs);
  for (const auto& layer : functions_.take_layers()) parts_[layer.get()] = key.first;
  if (!made.values.empty()) values_[key] = std::move(made.values);
  made_[key] = std::move(made.tensors);
}

SymbolicTensor FunctionalBuilder::tensor_for(const TensorAddress& address, std::size_t reader) {
  const auto values = values_.find(calls_.key_of(address));
  const auto at = static_cast<std::size_t>(address.tensor);
  if (values == values_.end() || at >= values->second.size()) return tensor(address);
  const SymbolicTensor made = functions_.tensor_of(values->second[at], address.layer);
  for (const auto& layer : functions_.take_layers()) parts_[layer.get()] = reader;
  return made;
}

void FunctionalBuilder::make_mask(const TensorAddress& address) {
  constexpr int deepest = 500;
  if (++masks_within_ > deepest)
    raise<FormatError>("more than {} masks are computed from one another.", deepest);
  make(address);
  --masks_within_;
}

SymbolicTensor FunctionalBuilder::tensor(const TensorAddress& address) const {
  const auto& outputs = made_.at(calls_.key_of(address));
  if (static_cast<std::size_t>(address.tensor) >= outputs.size())
    raise<FormatError>("the graph refers to output {} of the layer '{}', which has {}.", address.tensor,
                       address.layer, outputs.size());
  return outputs[static_cast<std::size_t>(address.tensor)];
}

// The operations that make masks deepen what they read, and weights are kept by this order.
std::vector<std::shared_ptr<Layer>> FunctionalBuilder::ordered(
    std::vector<std::shared_ptr<Layer>> layers) const {
  GraphCalls::Map map = calls_.map();
  std::map<const Layer*, std::size_t> number = parts_;
  for (std::size_t i = 0; i < layers_.size(); ++i)
    if (layers_[i]) number[layers_[i].get()] = i;
  // Several may stand for one of the file's.
  std::map<std::size_t, std::vector<std::shared_ptr<Layer>>> of;
  std::vector<std::size_t> order;
  for (const auto& layer : layers) {
    auto& parts = of[number.at(layer.get())];
    if (parts.empty()) {
      order.push_back(number.at(layer.get()));
      map.add_unread(order.back());
    }
    parts.push_back(layer);
  }
  map.sort(order);
  layers.clear();
  for (const std::size_t i : order) layers.insert(layers.end(), of[i].begin(), of[i].end());
  return layers;
}

std::shared_ptr<GraphLayer> FunctionalBuilder::build(bool trainable) {
  SymbolicTensors inputs, outputs;
  for (const auto& address : graph_.inputs) {
    if (graph_.layers[calls_.key_of(address).first].class_name != "InputLayer")
      raise<NotSupported>("the model's input '{}' is not an InputLayer.", address.layer);
    make({address.layer, 0, 0});
    inputs.push_back(tensor({address.layer, 0, 0}));
    functions_.set_reference(inputs[0]);
  }
  for (const auto& address : graph_.outputs) {
    make(address);
    outputs.push_back(tensor_for(address, calls_.key_of(address).first));
  }
  auto model = std::make_shared<Functional>(inputs, outputs, graph_.name, trainable);
  // The file's own: with the operations on masks that it has, and without any in Keras 2 and before
  // Keras 3.4; names that first arguments have there, they do not have here.
  if (masks_in_graph_ || masks_outside_graph_ || named_first_ || dialect_ == Dialect::keras2)
    model->set_layer_order(ordered(model->layers()),
                           dialect_ == Dialect::keras3 && masks_in_graph_ && !named_first_);
  model->input_structure = graph_.input_structure;
  model->output_structure = graph_.output_structure;
  model->input_keys = graph_.input_keys;
  model->output_keys = graph_.output_keys;
  return model;
}

}  // namespace rhyton
