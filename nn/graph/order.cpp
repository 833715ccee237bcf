#include "nn/graph/order.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "nn/graph/graph_map.hpp"
#include "nn/graph/lost_masks.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

/// A call's inputs as Keras follows them: those without a name, then the others by name. Files of Keras 2
/// name all arguments of attention but the first.
SymbolicTensors followed(const Node& node, bool keras2) {
  std::vector<std::pair<std::string, std::size_t>> order;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) order.emplace_back(node.spec.roles[i], i);
  if (keras2 && node.layer->takes_inputs_singly())
    for (auto& [role, i] : order) {
      if (role == "query")
        role.clear();
      else if (role.empty() && i > 0)
        role = i == 1 ? "value" : "key";
    }
  std::sort(order.begin(), order.end());
  SymbolicTensors out;
  for (const auto& [role, i] : order) out.push_back(node.inputs[i]);
  return out;
}

using Map = GraphMap<NodePtr, std::shared_ptr<Layer>>;

/// The operations that Keras 3 makes for masks are no nodes here; this puts what they read as deep as they
/// would. Each `reader` is the depth of what reads a mask: the operation that makes it lies one deeper.
class MaskDepths {
 public:
  explicit MaskDepths(std::map<NodePtr, int>& node_depth) : node_depth_(node_depth) {}

  /// For a layer at its final depth: Keras hands it the masks of its inputs if its call has an argument for
  /// them.
  void read_by(const Node& node, int depth) {
    if (node.inputs.empty()) return;  // a placeholder may have no layer
    const MaskGraph::Reads reads = node.layer->mask_graph().reads;
    if (reads == MaskGraph::Reads::all || (reads == MaskGraph::Reads::single && node.inputs.size() == 1))
      for (const auto& x : node.inputs) read(x, depth);
  }

 private:
  void raise(const SymbolicTensor& x, int depth) {
    int& now = node_depth_[x.node()];
    now = std::max(now, depth);
  }

  void read(const SymbolicTensor& tensor, int reader) {
    if (!tensor.mask_shape()) return;
    int& known = readers_.emplace(std::pair{tensor.node().get(), tensor.index()}, -1).first->second;
    if (known >= reader) return;  // also keeps a chain of joins from being walked exponentially often
    known = reader;
    const Node& node = *tensor.node();
    if (node.inputs.empty()) return;
    using Makes = MaskGraph::Makes;
    const MaskGraph graph = node.layer->mask_graph();
    const auto& inputs = node.inputs;
    const auto explicit_mask = std::find(node.spec.roles.begin(), node.spec.roles.end(), "mask");
    if (explicit_mask != node.spec.roles.end()) {
      raise(inputs[static_cast<std::size_t>(explicit_mask - node.spec.roles.begin())], reader + 1);
    } else if (graph.makes == Makes::compared) {
      raise(inputs[0], reader + 1 + graph.comparing);
    } else if (graph.makes == Makes::concatenated) {  // any, concatenate
      for (const auto& x : inputs) {
        if (!x.mask_shape()) {  // ones_like
          raise(x, reader + 4);
        } else if (x.mask_shape()->rank() < x.shape().rank()) {  // logical_or of expand_dims and zeros_like
          raise(x, reader + 5);
          read(x, reader + 4);
        } else {
          read(x, reader + 2);
        }
      }
    } else if (graph.makes == Makes::joined) {  // logical_or of the first two, of that and the third, ...
      const int count = static_cast<int>(inputs.size());
      for (int i = 0; i < count; ++i)
        read(inputs[static_cast<std::size_t>(i)], reader + count - 1 - std::max(i - 1, 0));
    } else {
      for (const auto& x : inputs)
        if (x.mask_shape()) return read(x, reader);
    }
  }

  std::map<NodePtr, int>& node_depth_;
  std::map<std::pair<const Node*, int>, int> readers_;
};

}  // namespace

GraphOrder graph_order(const SymbolicTensors& inputs, const SymbolicTensors& outputs, Dialect dialect) {
  const bool keras2 = dialect == Dialect::keras2;
  Map map;
  const auto look_up = [&](const NodePtr& node) {
    Map::Entry entry{node, node->layer, {}, false};
    for (const auto& x : followed(*node, keras2)) entry.inputs.push_back(x.node());
    entry.leaf = std::any_of(inputs.begin(), inputs.end(), [&](const auto& x) { return x.node() == node; });
    if (!entry.leaf && entry.inputs.empty())
      raise<ValueError>(
          "The graph is disconnected: the output of {} is needed, but it is not among the model's inputs.",
          node->layer->label());
    return entry;
  };
  for (const auto& y : outputs) map.walk(y.node(), look_up);

  MaskDepths masks(map.node_depth);
  std::map<NodePtr, std::size_t> met;
  map.measure([&](const Map::Entry& entry, int depth) {
    met.emplace(entry.node, met.size());
    for (const NodePtr& input : entry.inputs) met.emplace(input, met.size());
    if (!keras2) masks.read_by(*entry.node, depth);
  });

  GraphOrder order;
  for (const auto& entry : map.post_order) order.nodes.push_back(entry.node);
  for (const auto& [layer, visit] : map.visits) order.layers.push_back(layer);
  for (const auto& x : inputs) {
    if (!map.add_unread(x.node()->layer)) continue;
    order.nodes.insert(order.nodes.begin(), x.node());
    order.layers.push_back(x.node()->layer);
  }
  map.sort(order.layers);
  // Keras runs deeper nodes first, and those of one depth as it met them. That shows in what the calls of a
  // shared layer leave behind (moving statistics), and in masks that a layer takes away; elsewhere one branch
  // after the other needs less memory.
  const auto earlier = [&](const NodePtr& a, const NodePtr& b) {
    const int da = map.node_depth[a], db = map.node_depth[b];
    return da != db ? da > db : met[a] < met[b];
  };
  std::map<const Layer*, NodePtr> last_call;
  bool differs = false;
  for (const NodePtr& node : order.nodes) {
    if (node->inputs.empty()) continue;
    NodePtr& last = last_call[node->layer.get()];
    differs = differs || (last && earlier(node, last)) || detail::takes_masks(*node);
    last = node;
  }
  if (differs) std::stable_sort(order.nodes.begin(), order.nodes.end(), earlier);
  return order;
}

}  // namespace rhyton
