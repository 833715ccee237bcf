#include "nn/graph/order.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace rhyton {

namespace {

struct Walk {
  const SymbolicTensors& inputs;
  std::vector<NodePtr> post_order;
  std::map<const Layer*, int> visits;
  std::vector<std::shared_ptr<Layer>> seen;
  std::set<const Node*> finished;

  bool is_input(const SymbolicTensor& t) const {
    return std::find(inputs.begin(), inputs.end(), t) != inputs.end();
  }

  void enter(const NodePtr& node) {
    if (visits.emplace(node->layer.get(), static_cast<int>(visits.size())).second)
      seen.push_back(node->layer);
  }

  // An explicit stack, so that a chain of many thousand layers cannot overflow the machine's.
  void visit(const SymbolicTensor& start) {
    struct Frame {
      SymbolicTensor tensor;
      std::size_t next = 0;
    };
    std::vector<Frame> stack{{start}};
    if (finished.count(start.node().get())) return;
    enter(start.node());
    while (!stack.empty()) {
      Frame& frame = stack.back();
      const NodePtr node = frame.tensor.node();
      const bool leaf = is_input(frame.tensor);
      if (!leaf && node->inputs.empty())
        throw ValueError("The graph is disconnected: the output of " + node->layer->label() +
                         " is needed, but it is not among the model's inputs.");
      if (!leaf && frame.next < node->inputs.size()) {
        const SymbolicTensor child = node->inputs[frame.next++];
        if (!finished.count(child.node().get())) {
          enter(child.node());
          stack.push_back({child});
        }
        continue;
      }
      if (finished.insert(node.get()).second) post_order.push_back(node);
      stack.pop_back();
    }
  }
};

}  // namespace

GraphOrder graph_order(const SymbolicTensors& inputs, const SymbolicTensors& outputs) {
  Walk walk{inputs, {}, {}, {}, {}};
  for (const auto& y : outputs) walk.visit(y);

  std::map<const Node*, int> node_depth;
  std::map<const Layer*, int> layer_depth;
  std::map<const Node*, std::size_t> met;
  for (auto it = walk.post_order.rbegin(); it != walk.post_order.rend(); ++it) {
    const Node& node = **it;
    met.emplace(&node, met.size());
    const int depth = std::max(node_depth[&node], layer_depth[node.layer.get()]);
    node_depth[&node] = layer_depth[node.layer.get()] = depth;
    for (const auto& x : node.inputs) {
      int& below = node_depth[x.node().get()];
      below = std::max(below, depth + 1);
      met.emplace(x.node().get(), met.size());
    }
  }
  for (const auto& x : inputs) {
    const auto& layer = x.node()->layer;
    if (walk.visits.emplace(layer.get(), -1).second) {
      layer_depth[layer.get()] = 0;
      walk.seen.push_back(layer);
      walk.post_order.insert(walk.post_order.begin(), x.node());
    }
  }
  // Keras runs deeper nodes first, and those of one depth as it met them. That shows in what the calls of a
  // shared layer leave behind (moving statistics); elsewhere one branch after the other needs less memory.
  const auto earlier = [&](const NodePtr& a, const NodePtr& b) {
    const int da = node_depth[a.get()], db = node_depth[b.get()];
    return da != db ? da > db : met[a.get()] < met[b.get()];
  };
  std::map<const Layer*, NodePtr> last_call;
  bool differs = false;
  for (const NodePtr& node : walk.post_order) {
    if (node->inputs.empty()) continue;
    NodePtr& last = last_call[node->layer.get()];
    differs = differs || (last && earlier(node, last));
    last = node;
  }
  if (differs) std::stable_sort(walk.post_order.begin(), walk.post_order.end(), earlier);
  GraphOrder order;
  order.nodes = std::move(walk.post_order);
  order.layers = std::move(walk.seen);
  std::stable_sort(order.layers.begin(), order.layers.end(), [&](const auto& a, const auto& b) {
    const int da = layer_depth[a.get()], db = layer_depth[b.get()];
    return da != db ? da > db : walk.visits[a.get()] < walk.visits[b.get()];
  });
  return order;
}

}  // namespace rhyton
