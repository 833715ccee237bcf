#include "serialization/graph_depths.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "nn/graph/graph_map.hpp"
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
  using Map = GraphMap<NodeKey, std::string>;
  std::map<NodeKey, std::vector<NodeKey>> inputs;
  std::set<NodeKey> read;
  std::map<std::string, int> out;
  for (const Json& layer : config["layers"]) {
    const std::string name = layer.value("name", "");
    if (!is_operation_object(layer) && layer.value("class_name", "") != "InputLayer") out[name] = 0;
    int call = 0;
    for (const Json& node : layer["inbound_nodes"]) collect(node, inputs[{name, call++}]);
  }
  // Calls of models may be counted from 1 here: what counts are the names.
  for (const auto& [call, from] : inputs) read.insert(from.begin(), from.end());
  Map map;
  for (const auto& [call, from] : inputs)
    if (read.count(call) == 0)
      map.walk(call, [&](const NodeKey& node) {
        const auto found = inputs.find(node);
        return Map::Entry{node, node.first, found == inputs.end() ? std::vector<NodeKey>() : found->second};
      });
  map.measure([](const Map::Entry&, int) {});
  for (auto& [name, depth] : out)
    if (const auto found = map.layer_depth.find(name); found != map.layer_depth.end()) depth = found->second;
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
