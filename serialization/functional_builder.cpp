#include "serialization/functional_builder.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "layers/core/input_layer.hpp"
#include "nn/error.hpp"
#include "nn/graph/graph_map.hpp"
#include "nn/late_masks.hpp"
#include "nn/load_scope.hpp"
#include "serialization/operation_json.hpp"

namespace rhyton {

bool is_operation(const LayerDescription& layer) {
  if (layer.class_name == "InputLayer") return false;  // whatever module it names
  if (layer.module.find(".ops.") != std::string::npos || layer.class_name == "TFOpLambda" ||
      layer.class_name == "SlicingOpLambda" || layer.class_name == "TensorFlowOpLayer")
    return true;
  if (!layer.module.empty() || layer.is_model) return false;
  // Keras 3 leaves modules out of `.h5` files. Operations share some names with layers, but have no arguments
  // of layers, and take their tensors one by one.
  const Json& config = layer.object["config"];
  if (!config.is_object() || config.contains("trainable") || layer.calls.empty()) return false;
  if (!knows_operation(layer)) return false;
  if (!Registry<Layer>::global().contains(layer.class_name)) return true;
  return !config.contains("dtype") && (layer.calls[0].args.size() > 1 || config.contains("newshape"));
}

FunctionalBuilder::FunctionalBuilder(const GraphDescription& graph,
                                     std::vector<std::shared_ptr<Layer>> layers, Dialect dialect,
                                     LoadReport& report)
    : graph_(graph), layers_(std::move(layers)), dialect_(dialect), report_(report) {
  for (std::size_t i = 0; i < graph_.layers.size(); ++i) index_[graph_.layers[i].name] = i;
}

FunctionalBuilder::Key FunctionalBuilder::key_of(const TensorAddress& address) const {
  const auto found = index_.find(address.layer);
  if (found == index_.end())
    throw FormatError("the graph refers to a layer '" + address.layer + "' that the model does not have.");
  return {found->second, address.call};
}

const CallDescription* FunctionalBuilder::call_of(const Key& key) const {
  const auto& layer = graph_.layers[key.first];
  // An input layer is its own and only call.
  if (layer.class_name == "InputLayer") return nullptr;
  if (static_cast<std::size_t>(key.second) >= layer.calls.size())
    throw FormatError("the graph refers to call " + std::to_string(key.second) + " of the layer '" +
                      layer.name + "', which is called " + std::to_string(layer.calls.size()) + " times.");
  return &layer.calls[static_cast<std::size_t>(key.second)];
}

bool FunctionalBuilder::is_automatic_mask(const CallDescription& call, std::size_t input) const {
  const std::string& role = call.roles[input];
  return (role == "mask" || role == "query_mask" || role == "value_mask" || role == "key_mask") &&
         is_operation(graph_.layers[key_of(call.inputs[input]).first]);
}

bool FunctionalBuilder::is_comparison(const TensorAddress& address, const TensorAddress& tensor,
                                      double number) const {
  const Key key = key_of(address);
  if (graph_.layers[key.first].class_name != "NotEqual") return false;
  const CallDescription& call = *call_of(key);
  return call.inputs == std::vector{tensor} && call.args.size() == 2 && call.args[1].is_number() &&
         call.args[1].get<double>() == number;
}

bool FunctionalBuilder::is_own_mask(TensorAddress tensor, const TensorAddress& mask) const {
  using Makes = MaskGraph::Makes;
  while (const CallDescription* call = call_of(key_of(tensor))) {
    const std::size_t number = key_of(tensor).first;
    const LayerDescription& layer = graph_.layers[number];
    const Makes makes = layers_[number]->mask_graph().makes;
    // Theirs take many operations, which nobody else would put together.
    if (makes == Makes::joined || makes == Makes::concatenated || layer.is_model) return true;
    if (layer.class_name == "Embedding") return is_comparison(mask, call->inputs[0], 0.0);
    if (layer.class_name == "Masking") {
      const Json& config = layer.object["config"];
      const double value = config.contains("mask_value") ? config["mask_value"].get<double>() : 0.0;
      return graph_.layers[key_of(mask).first].class_name == "Any" &&
             is_comparison(call_of(key_of(mask))->inputs.at(0), call->inputs[0], value);
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
  std::vector<Frame> stack{{key_of(address)}};
  std::set<Key> open{stack.back().key};
  while (!stack.empty()) {
    Frame& frame = stack.back();
    const CallDescription* described = made_.count(frame.key) != 0 ? nullptr : call_of(frame.key);
    if (described != nullptr && frame.next < described->inputs.size()) {
      const std::size_t input = frame.next++;
      if (is_automatic_mask(*described, input)) continue;
      const Key below = key_of(described->inputs[input]);
      if (made_.count(below) != 0) continue;
      if (!open.insert(below).second)
        throw FormatError("the graph has a loop through the layer '" + graph_.layers[below.first].name +
                          "'.");
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
  const CallDescription& call = *call_of(key);
  SymbolicTensors inputs;
  std::vector<std::string> roles;
  for (const bool masks : {false, true})
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      if (is_automatic_mask(call, i) != masks) continue;
      masks_in_graph_ = masks_in_graph_ || masks;
      if (masks && is_carried(described, call, i)) continue;
      if (masks) make_mask(call.inputs[i]);
      inputs.push_back(tensor(call.inputs[i]));
      const auto list = call.kwargs.find(call.roles[i]);
      const bool one_of_list = masks && list != call.kwargs.end() && list->is_array();
      if (one_of_list && masked_input(call, i) >= list_mask_roles.size())
        throw FormatError("the layer '" + described.name + "' is called with too many masks.");
      roles.push_back(one_of_list ? list_mask_roles[masked_input(call, i)] : call.roles[i]);
    }
  if (inputs.empty()) throw FormatError("the layer '" + described.name + "' is called on nothing.");
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

void FunctionalBuilder::make_mask(const TensorAddress& address) {
  constexpr int deepest = 500;
  if (++masks_within_ > deepest)
    throw FormatError("more than " + std::to_string(deepest) + " masks are computed from one another.");
  make(address);
  --masks_within_;
}

SymbolicTensor FunctionalBuilder::tensor(const TensorAddress& address) const {
  const auto& outputs = made_.at(key_of(address));
  if (static_cast<std::size_t>(address.tensor) >= outputs.size())
    throw FormatError("the graph refers to output " + std::to_string(address.tensor) + " of the layer '" +
                      address.layer + "', which has " + std::to_string(outputs.size()) + ".");
  return outputs[static_cast<std::size_t>(address.tensor)];
}

// All that are missing, where building would stop at the first. What only masks need does not count.
void FunctionalBuilder::report_unknown_operations() {
  std::set<std::size_t> reached;
  std::vector<std::size_t> open;
  for (const auto& output : graph_.outputs) open.push_back(key_of(output).first);
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (!reached.insert(at).second) continue;
    const LayerDescription& layer = graph_.layers[at];
    if (is_operation(layer) && !knows_operation(layer)) {
      const bool lost = layer.class_name == "TFOpLambda" && operation_name(layer) == "einsum";
      report_.unsupported("the operation " + operation_name(layer) + " ('" + layer.name +
                          (lost
                               ? "'): Keras 2 does not write what it is applied to, and cannot read the file "
                                 "itself. Build the model with an EinsumDense layer or with matrix products."
                               : "') is not supported here."));
    }
    for (const auto& call : layer.calls)
      for (std::size_t i = 0; i < call.inputs.size(); ++i)
        if (!is_automatic_mask(call, i)) open.push_back(key_of(call.inputs[i]).first);
  }
}

// Arguments without a name come first, then the others by name where Keras sorts them.
std::vector<std::size_t> FunctionalBuilder::followed(const CallDescription& call) {
  std::vector<std::size_t> numbers(call.inputs.size());
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  const auto name_of = [&](std::size_t i) -> const std::string& {
    return call.roles[i].empty() ? call.first_name : call.roles[i];
  };
  if (LoadScope::follows_alphabet())
    std::stable_sort(numbers.begin(), numbers.end(),
                     [&](std::size_t a, std::size_t b) { return name_of(a) < name_of(b); });
  return numbers;
}

// Keras's order (see graph_order) of the graph with the operations that make masks: these deepen what they
// read, and weights are kept by this order.
std::vector<std::shared_ptr<Layer>> FunctionalBuilder::ordered(
    std::vector<std::shared_ptr<Layer>> layers) const {
  using Map = GraphMap<Key, std::size_t>;
  Map map;
  for (const auto& output : graph_.outputs)
    map.walk(key_of(output), [&](const Key& key) {
      Map::Entry entry{key, key.first, {}};
      if (const CallDescription* call = call_of(key))
        for (const std::size_t i : followed(*call)) entry.inputs.push_back(key_of(call->inputs[i]));
      return entry;
    });
  map.measure([](const Map::Entry&, int) {});
  std::map<const Layer*, std::size_t> number;
  for (std::size_t i = 0; i < layers_.size(); ++i) number[layers_[i].get()] = i;
  std::vector<std::size_t> order;
  for (const auto& layer : layers) {
    order.push_back(number.at(layer.get()));
    map.add_unread(order.back());
  }
  map.sort(order);
  for (std::size_t i = 0; i < order.size(); ++i) layers[i] = layers_[order[i]];
  return layers;
}

std::shared_ptr<GraphLayer> FunctionalBuilder::build(bool trainable) {
  const std::size_t problems = report_.problems.size();
  report_unknown_operations();
  if (report_.problems.size() != problems) return nullptr;
  SymbolicTensors inputs, outputs;
  for (const auto& address : graph_.inputs) {
    if (graph_.layers[key_of(address).first].class_name != "InputLayer")
      throw NotSupported("the model's input '" + address.layer + "' is not an InputLayer.");
    make({address.layer, 0, 0});
    inputs.push_back(tensor({address.layer, 0, 0}));
  }
  for (const auto& address : graph_.outputs) {
    make(address);
    outputs.push_back(tensor(address));
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
