#pragma once
/// @file graph_map.hpp  Depths of nodes and layers, as Keras finds them (`ops/function.py: map_graph`).
#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace rhyton {

/// A call of a layer in some graph: `Node` and `LayerKey` are whatever names calls and layers there.
template <class Node, class LayerKey>
struct MappedCall {
  Node node;
  LayerKey layer;
  std::vector<Node> inputs;  ///< the calls that it reads, in the order in which Keras follows its arguments
  bool leaf = false;         ///< what lies behind is not part of the graph
};

template <class Node, class LayerKey>
struct GraphMap {
  using Entry = MappedCall<Node, LayerKey>;

  std::vector<Entry> post_order;   ///< inputs first
  std::map<LayerKey, int> visits;  ///< layers by their first visit from the outputs
  std::map<Node, int> node_depth;  ///< greater towards the inputs
  std::map<LayerKey, int> layer_depth;

  /// Adds what `output` depends on; `look_up(node)` makes a node's entry. With a stack of its own: a chain of
  /// layers may be longer than the machine's.
  template <class LookUp>
  void walk(const Node& output, LookUp look_up) {
    struct Frame {
      Entry entry;
      std::size_t next = 0;
    };
    std::vector<Frame> stack;
    const auto enter = [&](const Node& node) {
      if (!entered_.insert(node).second) return;
      Entry entry = look_up(node);
      visits.emplace(entry.layer, static_cast<int>(visits.size()));
      stack.push_back({std::move(entry)});
    };
    enter(output);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (!frame.entry.leaf && frame.next < frame.entry.inputs.size()) {
        enter(Node(frame.entry.inputs[frame.next++]));
        continue;
      }
      post_order.push_back(std::move(frame.entry));
      stack.pop_back();
    }
  }

  /// Finds the depths; `deepen(entry, depth)` may raise those of nodes that lie behind.
  template <class Deepen>
  void measure(Deepen deepen) {
    for (auto it = post_order.rbegin(); it != post_order.rend(); ++it) {
      const int depth = std::max(node_depth[it->node], layer_depth[it->layer]);
      node_depth[it->node] = layer_depth[it->layer] = depth;
      for (const Node& input : it->inputs) node_depth[input] = std::max(node_depth[input], depth + 1);
      deepen(*it, depth);
    }
  }

  /// For an input that nothing reads: it lies as deep as an output, before the others. False when something
  /// does.
  bool add_unread(const LayerKey& layer) {
    layer_depth.emplace(layer, 0);
    return visits.emplace(layer, -1).second;
  }

  /// Puts layers into the order of `model.layers`: deeper ones first, those of one depth by their visits.
  void sort(std::vector<LayerKey>& layers) const {
    std::sort(layers.begin(), layers.end(), [&](const LayerKey& a, const LayerKey& b) {
      const int da = layer_depth.at(a), db = layer_depth.at(b);
      return da != db ? da > db : visits.at(a) < visits.at(b);
    });
  }

 private:
  std::set<Node> entered_;
};

}  // namespace rhyton
