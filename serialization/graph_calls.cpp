#include "serialization/graph_calls.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "nn/load_scope.hpp"
#include "nn/positions.hpp"
#include "nn/raise.hpp"
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

GraphCalls::GraphCalls(const GraphDescription& graph) : graph_(graph) {
  for (std::size_t i = 0; i < graph_.layers.size(); ++i) index_[graph_.layers[i].name] = i;
}

GraphCalls::Key GraphCalls::key_of(const TensorAddress& address) const {
  const auto found = index_.find(address.layer);
  if (found == index_.end())
    raise<FormatError>("the graph refers to a layer '{}' that the model does not have.", address.layer);
  return {found->second, address.call};
}

const CallDescription* GraphCalls::call_of(const Key& key) const {
  const auto& layer = graph_.layers[key.first];
  // An input layer is its own and only call.
  if (layer.class_name == "InputLayer") return nullptr;
  if (static_cast<std::size_t>(key.second) >= layer.calls.size())
    raise<FormatError>("the graph refers to call {} of the layer '{}', which is called {} times.", key.second,
                       layer.name, layer.calls.size());
  return &layer.calls[static_cast<std::size_t>(key.second)];
}

bool GraphCalls::is_automatic_mask(const CallDescription& call, std::size_t input) const {
  const std::string& role = call.roles[input];
  return (role == "mask" || role == "query_mask" || role == "value_mask" || role == "key_mask") &&
         is_operation(graph_.layers[key_of(call.inputs[input]).first]);
}

// Arguments without a name come first, then the others by name where Keras sorts them.
std::vector<std::size_t> GraphCalls::followed(const CallDescription& call) {
  std::vector<std::size_t> numbers(call.inputs.size());
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  const auto name_of = [&](std::size_t i) -> const std::string& {
    return call.roles[i].empty() ? call.first_name : call.roles[i];
  };
  if (LoadScope::follows_alphabet())
    sort_positions(numbers, [&](std::size_t a, std::size_t b) { return name_of(a) < name_of(b); });
  return numbers;
}

GraphCalls::Map GraphCalls::map() const {
  Map map;
  for (const auto& output : graph_.outputs)
    map.walk(key_of(output), [&](const Key& key) {
      Map::Entry entry{key, key.first, {}};
      if (const CallDescription* call = call_of(key))
        for (const std::size_t i : followed(*call)) entry.inputs.push_back(key_of(call->inputs[i]));
      return entry;
    });
  map.measure([](const Map::Entry&, int) {});
  return map;
}

std::vector<const LayerDescription*> GraphCalls::unknown_operations() const {
  std::vector<const LayerDescription*> out;
  std::set<std::size_t> reached;
  std::vector<std::size_t> open;
  for (const auto& output : graph_.outputs) open.push_back(key_of(output).first);
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (!reached.insert(at).second) continue;
    const LayerDescription& layer = graph_.layers[at];
    if (is_operation(layer) && !knows_operation(layer)) out.push_back(&layer);
    for (const auto& call : layer.calls)
      for (std::size_t i = 0; i < call.inputs.size(); ++i)
        if (!is_automatic_mask(call, i)) open.push_back(key_of(call.inputs[i]).first);
  }
  return out;
}

}  // namespace rhyton
