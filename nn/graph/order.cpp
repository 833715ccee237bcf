#include "nn/graph/order.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "nn/graph/lost_masks.hpp"

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

struct Walk {
  const SymbolicTensors& inputs;
  bool keras2;
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
      SymbolicTensors children;
      std::size_t next = 0;
    };
    std::vector<Frame> stack;
    const auto push = [&](const SymbolicTensor& tensor) {
      enter(tensor.node());
      stack.push_back({tensor, followed(*tensor.node(), keras2)});
    };
    if (finished.count(start.node().get())) return;
    push(start);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      const NodePtr node = frame.tensor.node();
      const bool leaf = is_input(frame.tensor);
      if (!leaf && node->inputs.empty())
        throw ValueError("The graph is disconnected: the output of " + node->layer->label() +
                         " is needed, but it is not among the model's inputs.");
      if (!leaf && frame.next < frame.children.size()) {
        const SymbolicTensor child = frame.children[frame.next++];
        if (!finished.count(child.node().get())) push(child);
        continue;
      }
      if (finished.insert(node.get()).second) post_order.push_back(node);
      stack.pop_back();
    }
  }
};

/// The operations that Keras 3 makes for masks are no nodes here; this puts what they read as deep as they
/// would. Each `reader` is the depth of what reads a mask: the operation that makes it lies one deeper.
class MaskDepths {
 public:
  explicit MaskDepths(std::map<const Node*, int>& node_depth) : node_depth_(node_depth) {}

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
    int& now = node_depth_[x.node().get()];
    now = std::max(now, depth);
  }

  void read(const SymbolicTensor& tensor, int reader) {
    if (!tensor.mask_shape()) return;
    int& known = readers_.emplace(std::pair{tensor.node().get(), tensor.index()}, -1).first->second;
    if (known >= reader) return;  // also keeps a chain of joins from being walked exponentially often
    known = reader;
    const Node& node = *tensor.node();
    if (node.inputs.empty()) return;
    const MaskGraph graph = node.layer->mask_graph();
    const auto& inputs = node.inputs;
    const auto explicit_mask = std::find(node.spec.roles.begin(), node.spec.roles.end(), "mask");
    if (explicit_mask != node.spec.roles.end()) {
      raise(inputs[static_cast<std::size_t>(explicit_mask - node.spec.roles.begin())], reader + 1);
    } else if (graph.makes == MaskGraph::Makes::compared) {
      raise(inputs[0], reader + 1 + graph.comparing);
    } else if (graph.makes == MaskGraph::Makes::concatenated) {  // any, concatenate
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
    } else if (graph.makes ==
               MaskGraph::Makes::joined) {  // logical_or of the first two, of that and the third, ...
      const int count = static_cast<int>(inputs.size());
      for (int i = 0; i < count; ++i)
        read(inputs[static_cast<std::size_t>(i)], reader + count - 1 - std::max(i - 1, 0));
    } else {
      for (const auto& x : inputs)
        if (x.mask_shape()) return read(x, reader);
    }
  }

  std::map<const Node*, int>& node_depth_;
  std::map<std::pair<const Node*, int>, int> readers_;
};

}  // namespace

GraphOrder graph_order(const SymbolicTensors& inputs, const SymbolicTensors& outputs, Dialect dialect) {
  const bool keras2 = dialect == Dialect::keras2;
  Walk walk{inputs, keras2, {}, {}, {}, {}};
  for (const auto& y : outputs) walk.visit(y);

  std::map<const Node*, int> node_depth;
  std::map<const Layer*, int> layer_depth;
  std::map<const Node*, std::size_t> met;
  MaskDepths masks(node_depth);
  for (auto it = walk.post_order.rbegin(); it != walk.post_order.rend(); ++it) {
    const Node& node = **it;
    met.emplace(&node, met.size());
    const int depth = std::max(node_depth[&node], layer_depth[node.layer.get()]);
    node_depth[&node] = layer_depth[node.layer.get()] = depth;
    for (const auto& x : followed(node, keras2)) {
      int& below = node_depth[x.node().get()];
      below = std::max(below, depth + 1);
      met.emplace(x.node().get(), met.size());
    }
    if (!keras2) masks.read_by(node, depth);
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
  // shared layer leave behind (moving statistics), and in masks that a layer takes away; elsewhere one branch
  // after the other needs less memory.
  const auto earlier = [&](const NodePtr& a, const NodePtr& b) {
    const int da = node_depth[a.get()], db = node_depth[b.get()];
    return da != db ? da > db : met[a.get()] < met[b.get()];
  };
  std::map<const Layer*, NodePtr> last_call;
  bool differs = false;
  for (const NodePtr& node : walk.post_order) {
    if (node->inputs.empty()) continue;
    NodePtr& last = last_call[node->layer.get()];
    differs = differs || (last && earlier(node, last)) || detail::takes_masks(*node);
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
