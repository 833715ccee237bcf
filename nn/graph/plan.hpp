#pragma once
/// @file plan.hpp  A model's graph, sorted once and flattened: nested models and layers made of layers become
/// steps.
#include <memory>
#include <string>
#include <vector>

#include "nn/layer.hpp"

namespace rhyton {

/// One call of a layer that is not made of layers. Values are numbered within the plan.
struct PlanStep {
  std::shared_ptr<const Layer> layer;
  CallSpec spec;            ///< shapes as known when the graph was defined
  std::vector<int> inputs;  ///< values
  std::vector<int> outputs;
};

/// What there is to execute, independent of batch size, mode and engine.
class Plan {
 public:
  Plan(const SymbolicTensors& inputs, const SymbolicTensors& outputs);

  const std::vector<PlanStep>& steps() const { return steps_; }
  const std::vector<int>& inputs() const { return inputs_; }
  const std::vector<int>& outputs() const { return outputs_; }
  const std::vector<TensorSpec>& input_specs() const { return input_specs_; }
  int values() const { return values_; }

 private:
  int add_step(std::shared_ptr<const Layer> layer, const TensorSpec& spec, int input);
  /// y with the mask of x.
  int add_mask(const TensorSpec& spec, int y, const TensorSpec& masked, int x);
  /// Whole numbers again where a layer that was given real ones in their place declared such outputs.
  void add_casts_back(const Node& node, const CallSpec& seen, std::vector<int>& values);
  void add_graph(const SymbolicTensors& inputs, const std::vector<int>& values,
                 const SymbolicTensors& outputs, std::vector<int>& output_values);

  std::vector<PlanStep> steps_;
  std::vector<int> inputs_, outputs_;
  std::vector<TensorSpec> input_specs_;
  int values_ = 0;
};

}  // namespace rhyton
