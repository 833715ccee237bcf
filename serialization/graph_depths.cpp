#include "serialization/graph_depths.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "serialization/operation_json.hpp"

namespace rhyton {

namespace {

using NodeKey = std::pair<std::string, int>;

/// The calls whose tensors stand somewhere in `json`.
void collect(const Json& json, std::vector<NodeKey>& calls) {
  if (json.is_object() && json.value("class_name", Json()) == "__keras_tensor__") {
    const Json& history = json["config"]["keras_history"];
    calls.emplace_back(history[0].get<std::string>(), history[1].get<int>());
  } else if (json.is_structured()) {
    for (const auto& [key, item] : json.items()) collect(item, calls);
  }
}

}  // namespace

std::map<std::string, int> depths_of(const Json& config) {
  std::map<NodeKey, std::vector<NodeKey>> inputs;
  std::map<NodeKey, int> readers, depth;
  std::set<std::string> layers;
  for (const Json& layer : config["layers"]) {
    const std::string name = layer.value("name", "");
    if (!is_operation_object(layer) && layer.value("class_name", "") != "InputLayer") layers.insert(name);
    int call = 0;
    for (const Json& node : layer["inbound_nodes"]) collect(node, inputs[{name, call++}]);
  }
  // Calls of models may be counted from 1 here: what counts are the names.
  for (const auto& [call, from] : inputs)
    for (const NodeKey& input : from) ++readers[input];
  std::vector<NodeKey> open;
  for (const auto& [call, from] : inputs)
    if (readers.count(call) == 0) open.push_back(call);
  while (!open.empty()) {
    const NodeKey call = open.back();
    open.pop_back();
    const auto found = inputs.find(call);
    if (found == inputs.end()) continue;
    for (const NodeKey& input : found->second) {
      depth[input] = std::max(depth[input], depth[call] + 1);
      if (--readers[input] == 0) open.push_back(input);
    }
  }
  std::map<std::string, int> out;
  for (const auto& name : layers) out[name] = 0;
  for (const auto& [call, value] : depth)
    if (const auto layer = out.find(call.first); layer != out.end())
      layer->second = std::max(layer->second, value);
  return out;
}

bool same_order(const std::map<std::string, int>& before, const std::map<std::string, int>& after) {
  std::vector<std::pair<int, int>> pairs;
  for (const auto& [name, depth] : before) pairs.emplace_back(depth, after.at(name));
  std::sort(pairs.begin(), pairs.end());
  for (std::size_t i = 1; i < pairs.size(); ++i)
    if ((pairs[i - 1].first == pairs[i].first) != (pairs[i - 1].second == pairs[i].second) ||
        pairs[i - 1].second > pairs[i].second)
      return false;
  return true;
}

}  // namespace rhyton
