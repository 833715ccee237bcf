#include "nn/models/graph_layer.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "nn/graph/order.hpp"
#include "nn/graph/plan_layers.hpp"

namespace rhyton {

std::vector<std::string> GraphLayer::output_names() const {
  std::vector<std::string> out;
  for (const auto& y : outputs_) out.push_back(y.node()->layer->name());
  return out;
}

std::vector<std::string> GraphLayer::input_names() const {
  std::vector<std::string> out;
  for (const auto& x : inputs_)
    out.push_back(x.node()->layer ? x.node()->layer->name() : std::string("input"));
  return out;
}

namespace {
/// x as the kind of number that a nested model's input declares, as Keras converts it. Real numbers stay as
/// they are: gradients are checked in double precision.
SymbolicTensor as_declared(const SymbolicTensor& x, DType declared) {
  const DType given = x.spec().dtype;
  const bool fits = given == declared || given == DType::string || declared == DType::string ||
                    (is_floating(given) && is_floating(declared));
  return fits ? x : LayerRef(detail::cast_layer(declared))(x);
}
}  // namespace

SymbolicTensors GraphLayer::compose(const SymbolicTensors& inputs, const CallSpec& spec) const {
  if (inputs.size() != inputs_.size())
    fail("expected {} inputs. Received {}.", inputs_.size(), inputs.size());
  std::map<std::pair<const Node*, int>, SymbolicTensor> now;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].shape().compatible(inputs_[i].shape()))
      fail("invalid shape for input {}. Expected shape {}. Received shape {}.", i,
           to_string(inputs_[i].shape()), to_string(inputs[i].shape()));
    now[{inputs_[i].node().get(), inputs_[i].index()}] = as_declared(inputs[i], inputs_[i].spec().dtype);
  }
  for (const auto& node : nodes_) {
    if (node->inputs.empty() || now.count({node.get(), 0})) continue;
    SymbolicTensors in;
    for (const auto& x : node->inputs) in.push_back(now.at({x.node().get(), x.index()}));
    auto flags = node->spec.flags;
    if (const auto training = spec.flag("training"); training && !node->spec.flag("training"))
      flags.emplace_back("training", *training);
    const auto out = call_layer(node->layer, std::move(in), node->spec.roles, std::move(flags)).outputs();
    for (std::size_t i = 0; i < out.size(); ++i) now[{node.get(), static_cast<int>(i)}] = out[i];
  }
  SymbolicTensors out;
  for (const auto& y : outputs_) out.push_back(now.at({y.node().get(), y.index()}));
  return out;
}

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> GraphLayer::sublayers() const {
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> out;
  for (const auto& layer : layers_) out.emplace_back(layer->name(), layer);
  return out;
}

void GraphLayer::set_graph(SymbolicTensors inputs, SymbolicTensors outputs) {
  GraphOrder order = graph_order(inputs, outputs);
  inputs_ = std::move(inputs);
  outputs_ = std::move(outputs);
  nodes_ = std::move(order.nodes);
  layers_ = std::move(order.layers);
  find_fronts();
}

void GraphLayer::find_fronts() {
  planned_inputs_ = inputs_;
  fronts_.assign(inputs_.size(), nullptr);
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    std::vector<const Node*> readers;
    for (const auto& node : nodes_)
      if (std::count(node->inputs.begin(), node->inputs.end(), inputs_[i])) readers.push_back(node.get());
    if (readers.size() != 1 || std::count(outputs_.begin(), outputs_.end(), inputs_[i])) continue;
    const Node& node = *readers[0];
    const auto* layer = dynamic_cast<const EagerLayer*>(node.layer.get());
    if (layer == nullptr || node.outputs[0].shape.from(1).is_known()) continue;
    fronts_[i] = layer;
    const auto own =
        std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& n) { return n.get() == &node; });
    planned_inputs_[i] = SymbolicTensor(*own, 0);
  }
}

Functional::Functional(SymbolicTensors inputs, SymbolicTensors outputs, std::string name, bool trainable)
    : GraphLayer(std::move(name), trainable, "") {
  if (inputs.empty() || outputs.empty()) fail("a model needs at least one input and one output.");
  for (const auto* tensors : {&inputs, &outputs})
    for (const auto& tensor : *tensors)
      if (!tensor)
        fail("received an empty SymbolicTensor; make inputs with Input, outputs by calling layers.");
  input_structure = inputs.size() == 1 ? Structure::single : Structure::list;
  output_structure = outputs.size() == 1 ? Structure::single : Structure::list;
  set_graph(std::move(inputs), std::move(outputs));
  std::set<std::string> names;
  for (const auto& layer : layers_)
    if (!names.insert(layer->name()).second)
      fail("the name \"{}\" is used by two layers; all names in a model must differ.", layer->name());
  CallSpec spec;
  for (const auto& x : inputs_) spec.inputs.push_back(x.spec());
  ensure_built(spec);
}

SequentialLayer::SequentialLayer(std::string name, bool trainable)
    : GraphLayer(std::move(name), trainable, "") {}

void SequentialLayer::add(const std::shared_ptr<Layer>& layer) { add(std::vector{layer}); }

void SequentialLayer::add(const std::vector<std::shared_ptr<Layer>>& layers) {
  const std::size_t before = layers_.size();
  std::set<const Layer*> used;
  std::set<std::string> names;
  for (const auto& other : layers_) {
    used.insert(other.get());
    names.insert(other->name());
  }
  try {
    for (const auto& layer : layers) {
      if (layer->class_name() == "InputLayer") {
        if (input_ || !layers_.empty()) fail("an Input must come first, and only once.");
        TensorSpec spec;
        spec.shape = layer->compute_output_shape({})[0];
        spec.dtype = dtype_from_string(layer->dtype());
        input_ = placeholder(spec, layer);
        continue;
      }
      if (!used.insert(layer.get()).second)
        fail("the layer '{}' was added twice; all layers must differ.", layer->name());
      if (!layer->name().empty() && !names.insert(layer->name()).second)
        fail("all layers should have unique names; two are named '{}'.", layer->name());
      layers_.push_back(layer);
    }
    if (input_ && layers_.size() > before) rebuild();
  } catch (...) {
    layers_.resize(before);
    throw;
  }
}

void SequentialLayer::pop() {
  if (layers_.empty()) fail("there are no layers to take off.");
  layers_.pop_back();
  outputs_.clear();
  if (input_ && !layers_.empty()) rebuild();
}

void SequentialLayer::make_graph(const std::vector<TensorSpec>& input_specs) {
  if (has_graph()) return;
  if (layers_.empty()) fail("the model has no layers yet; add some first.");
  if (!input_) {
    if (input_specs.size() != 1) fail("a Sequential model takes one input. Received {}.", input_specs.size());
    TensorSpec spec = input_specs[0];
    if (spec.shape.rank() > 0) spec.shape[0] = unknown;
    rebuild_from(placeholder(spec));
  } else {
    rebuild();
  }
}

void SequentialLayer::rebuild() { rebuild_from(input_); }

void SequentialLayer::rebuild_from(const SymbolicTensor& x) {
  const auto layers = layers_;
  SymbolicTensor y = x;
  for (const auto& layer : layers) y = LayerRef(layer)(y);
  set_graph({x}, {y});
  layers_ = layers;
  CallSpec spec;
  spec.inputs = {x.spec()};
  mark_built(spec);
}

}  // namespace rhyton
