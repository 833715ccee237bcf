#pragma once
/// @file run.hpp  One execution state of a plan for one set of input shapes: memory, kernels, forward and
/// backward.
#include <memory>
#include <string>
#include <vector>

#include "nn/graph/memory.hpp"
#include "nn/graph/program.hpp"

namespace rhyton {

/// Where the gradient of a weight goes: to the sink, if there is one and the weight's only step can stream
/// it, else to the view.
struct WeightGradient {
  View view;
  GradientSink* sink = nullptr;
};
/// One for each trainable weight; weights that are not listed get none.
using GradientMap = std::map<const Weight*, WeightGradient>;

/// What one step took, for profiles: sums of time, and the work of one execution.
struct StepProfile {
  struct Direction {
    double ms = 0;
    double flops = 0;  ///< of products and convolutions; backward: of the gradients that are computed
    double bytes = 0;  ///< of what is read and written: values, weights, gradients
  };
  std::string name, layer_class, implementation;
  Direction forward, backward;
};

/// Made once, used for many batches of the same shapes; a warm forward and backward allocate nothing. A Run
/// serves one thread at a time; any number of Runs may share a plan and its weights as long as nobody trains.
class Run {
 public:
  Run(std::shared_ptr<const Plan> plan, const Shapes& input_shapes, const RunOptions& options,
      const GradientMap& gradients = {});
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  const RunOptions& options() const { return options_; }
  const Shapes& input_shapes() const { return input_shapes_; }
  int inputs() const { return static_cast<int>(program_.inputs.size()); }
  int outputs() const { return static_cast<int>(program_.outputs.size()); }
  /// Shape and element type that input i must come in.
  const TensorSpec& input_spec(int i) const;
  const TensorSpec& output_spec(int i) const;

  /// Looks at the caller's memory until the next call; shape and dtype must be `input_spec`'s.
  void set_input(int i, ConstView data);
  /// Runs all steps. `seed` starts the random numbers of this pass.
  void forward(std::uint64_t seed = 0);
  ConstView output(int i) const;
  /// Absent if output i carries no mask.
  ConstView output_mask(int i) const;
  /// The losses that steps added in the last forward: activity regularization.
  double activity_loss() const;
  /// The values below output i's closing softmax or sigmoid; absent if there is none or nobody asked.
  ConstView logits(int i) const;
  ActivationKind logits_activation(int i) const {
    return program_.logits[static_cast<std::size_t>(i)].activation;
  }

  /// Where the loss writes its gradient with respect to the logits if there are any, else the output.
  View output_gradient(int i);
  /// Runs backward; weight gradients are assigned, or added to what is there.
  void backward(bool accumulate = false);
  /// The gradient with respect to input i (RunOptions::input_gradients).
  ConstView input_gradient(int i) const;
  /// Puts the weight updates of the last forward (moving statistics, states) into effect.
  void commit_updates();

  /// True when backward computes a gradient of this weight: some output depends on it differentiably.
  bool trains(const Weight& weight) const;

  /// Bytes of the arena, and the least that any layout would need.
  std::size_t arena_bytes() const { return memory_.bytes(); }
  std::size_t arena_lower_bound() const { return memory_.lower_bound(); }
  /// Forward and backward times of every step over the executions since `start_profile`.
  void start_profile();
  std::vector<StepProfile> profile() const;
  /// What every step runs, for tests: "conv2d: onednn:brgconv...".
  std::vector<std::string> implementations() const;

 private:
  struct Bindings;
  void prepare_steps();
  void plan_values();
  void plan_gradients(const GradientMap& gradients);
  void bind(const GradientMap& gradients);
  void bind_weights(const GradientMap& gradients);
  void refresh_weights();

  std::shared_ptr<const Plan> plan_;
  Shapes input_shapes_;
  RunOptions options_;
  detail::Program program_;
  detail::MemoryPlan memory_;
  std::unique_ptr<Bindings> bindings_;
  std::uint64_t epoch_ = 0;
  bool profiling_ = false;
  std::vector<StepProfile> profile_;
};

}  // namespace rhyton
