#pragma once
/// @file graph_layer.hpp  Models as layers: a graph with inputs and outputs. `Model` is the user's handle of
/// one.
#include <memory>
#include <string>
#include <vector>

#include "nn/eager.hpp"
#include "nn/graph/plan.hpp"
#include "nn/layer.hpp"

namespace rhyton {

/// How a functional model's inputs or outputs were given, so that files say the same: one tensor, a list, or
/// names.
enum class Structure { single, list, dictionary };

/// What Functional and Sequential have in common. A call of a model replays its graph, so nested models
/// flatten.
class GraphLayer : public Layer {
 public:
  /// `model.layers`, in the order of Keras: what files and weight lists follow. A Sequential does not list
  /// its Input.
  const std::vector<std::shared_ptr<Layer>>& layers() const { return layers_; }
  const SymbolicTensors& inputs() const { return inputs_; }
  const SymbolicTensors& outputs() const { return outputs_; }
  /// Nodes in an order of execution.
  const std::vector<std::shared_ptr<const Node>>& nodes() const { return nodes_; }
  /// What a Run starts from: the inputs, or what the EagerLayers behind them make of them.
  const SymbolicTensors& planned_inputs() const { return planned_inputs_; }
  /// The layer that is run on input i before sizes are planned; null for most.
  const EagerLayer* front(std::size_t i) const { return fronts_[i]; }
  /// True when the graph is known: a Sequential without Input waits for data.
  bool has_graph() const { return !outputs_.empty(); }
  /// Makes the graph of a model that waits for shapes; throws ValueError if it cannot.
  virtual void make_graph(const std::vector<TensorSpec>& input_specs) = 0;
  /// Names by which losses, metrics and data refer to outputs and inputs: of the layers that make them, or
  /// the keys of a dictionary.
  virtual std::vector<std::string> output_names() const;
  virtual std::vector<std::string> input_names() const;

  bool is_composite() const override { return true; }
  bool supports_masking() const override { return true; }
  MaskGraph mask_graph() const override { return {.reads = MaskGraph::Reads::all}; }
  SymbolicTensors compose(const SymbolicTensors& inputs, const CallSpec& spec) const override;
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override;

 protected:
  using Layer::Layer;
  void set_graph(SymbolicTensors inputs, SymbolicTensors outputs);

  SymbolicTensors inputs_, outputs_;
  std::vector<std::shared_ptr<const Node>> nodes_;
  std::vector<std::shared_ptr<Layer>> layers_;

 private:
  void find_fronts();
  SymbolicTensors planned_inputs_;
  std::vector<const EagerLayer*> fronts_;
};

/// keras.Model(inputs, outputs)
class Functional final : public GraphLayer {
 public:
  static constexpr const char* keras_name = "Functional";
  /// Throws ValueError if an output does not depend on the inputs alone, or two layers have one name.
  Functional(SymbolicTensors inputs, SymbolicTensors outputs, std::string name = {}, bool trainable = true);

  std::string class_name() const override { return keras_name; }
  /// The graph as Keras 3 writes it (functional_config.cpp).
  void write_config(ConfigWriter& writer) const override;
  std::string keras_module() const override { return "keras.src.models.functional"; }
  void make_graph(const std::vector<TensorSpec>&) override {}
  std::vector<std::string> output_names() const override {
    return output_keys.empty() ? GraphLayer::output_names() : output_keys;
  }
  std::vector<std::string> input_names() const override {
    return input_keys.empty() ? GraphLayer::input_names() : input_keys;
  }

  /// The order that a file's graph gives its layers, where that has operations on masks that are not nodes
  /// here, or is of a Keras that counts otherwise: then `newest` is false.
  void set_layer_order(std::vector<std::shared_ptr<Layer>> layers, bool newest) {
    layers_ = std::move(layers);
    newest_order_ = newest;
  }
  bool newest_order() const { return newest_order_; }

  Structure input_structure = Structure::single, output_structure = Structure::single;
  std::vector<std::string> input_keys, output_keys;  ///< of dictionaries

 private:
  bool newest_order_ = true;
};

/// keras.Sequential(layers)
class SequentialLayer final : public GraphLayer {
 public:
  static constexpr const char* keras_name = "Sequential";
  explicit SequentialLayer(std::string name = {}, bool trainable = true);

  std::string class_name() const override { return keras_name; }
  void write_config(ConfigWriter& writer) const override;
  std::string keras_module() const override { return "keras"; }
  void build(const CallSpec& spec) override { make_graph(spec.inputs); }
  void make_graph(const std::vector<TensorSpec>& input_specs) override;

  /// An InputLayer may come first; throws ValueError on a second use of a layer or a name.
  void add(const std::shared_ptr<Layer>& layer);
  /// The same for many, without making the graph after each.
  void add(const std::vector<std::shared_ptr<Layer>>& layers);
  void pop();
  /// The tensor of the InputLayer that was added, if one was.
  const SymbolicTensor& input_tensor() const { return input_; }

 private:
  void rebuild();
  void rebuild_from(const SymbolicTensor& x);
  SymbolicTensor input_;
};

}  // namespace rhyton
