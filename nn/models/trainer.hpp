#pragma once
/// @file trainer.hpp  The state of training: flat buffers of weights and gradients, optimizer, losses,
/// metrics.
#include <memory>
#include <string>
#include <vector>

#include "nn/models/model.hpp"
#include "nn/models/run_pool.hpp"
#include "nn/rng_state.hpp"

namespace rhyton {

/// One batch as the trainer sees it: tensors in the order of the model's inputs and outputs. Absent weights:
/// ones.
struct TrainingBatch {
  std::span<const ConstView> x, y, sample_weight;
};

/// Everything that `compile` adds to a model. One thread at a time.
class Trainer {
 public:
  /// Throws ValueError if losses, weights and metrics do not fit the model's outputs, or a layer between a
  /// trainable weight and a loss has no backward.
  Trainer(std::shared_ptr<GraphLayer> graph, const CompileArguments& arguments);
  ~Trainer();

  /// Forward, losses, backward, update. Returns the batch's total loss.
  double train_step(RunPool& pool, const KernelOptions& options, const TrainingBatch& batch);
  /// Forward and losses without training.
  double test_step(RunPool& pool, const KernelOptions& options, const TrainingBatch& batch);

  /// Means and metrics since `reset_metrics`: "loss", then `<output>_loss` where there are several outputs,
  /// then metrics in the order of compile.
  const Results& results();
  void reset_metrics();

  OptimizerBase& optimizer() { return *optimizer_; }
  /// Moves the trainable weights into the flat buffer and makes the optimizer's state; done by the first
  /// step, and by loaders before they set it.
  void bind(RunPool& pool);
  /// The optimizer, which has worked on these weights before, goes on where it is: compile changed losses or
  /// metrics alone. Without effect where its state does not fit the weights that are trained now.
  void keep_state();
  const std::vector<std::shared_ptr<Weight>>& variables() const { return variables_; }
  std::int64_t steps() const { return steps_; }
  /// Seed and number of steps: what each step's dropout follows from.
  RandomState random() const { return {seed_, static_cast<std::uint64_t>(steps_)}; }
  void set_random(const RandomState& state) {
    seed_ = state.seed;
    steps_ = static_cast<std::int64_t>(state.count);
  }
  /// The loss of the last batch alone.
  double last_loss() const { return last_loss_; }
  /// Outputs whose losses work on logits (RunOptions::wants_logits).
  const std::vector<bool>& wants_logits() const { return wants_logits_; }
  /// Throws NotSupported if a layer between a trainable weight and an output has no backward.
  void check_backward(const Plan& plan) const;

 private:
  struct Output {
    std::string name, loss_name;
    Loss loss;
    double loss_weight = 1.0;
    std::vector<Metric> metrics, weighted_metrics;
    std::vector<std::string> metric_names, weighted_names;
  };
  struct Mean {
    double sum = 0.0, weight = 0.0;
    void add(double value, double w) {
      sum += value * w;
      weight += w;
    }
    double value() const { return weight > 0.0 ? sum / weight : 0.0; }
  };

  /// Takes a variable's gradient to the optimizer while backward makes it.
  class Stream;

  double run_losses(Run& run, const TrainingBatch& batch, bool gradients);
  double penalties(bool gradients);
  void restore_state();
  void make_outputs(const CompileArguments& arguments);
  void find_idle(const Run& run);
  /// Ends the optimizer's step, which leaves idle variables as they are.
  void update();
  void resolve_metrics(const Run& run, const TrainingBatch& batch);
  RunPool::Lease lease(RunPool& pool, const KernelOptions& options, const TrainingBatch& batch,
                       bool training);

  std::shared_ptr<GraphLayer> graph_;
  Optimizer optimizer_;
  std::vector<Output> outputs_;
  std::vector<bool> wants_logits_;
  bool metrics_resolved_ = false;

  std::vector<std::shared_ptr<Weight>> variables_;
  std::vector<Tensor> kept_;
  Tensor gradients_;
  std::vector<View> gradient_views_;
  std::vector<std::unique_ptr<Stream>> streams_;  ///< one a variable; none where the optimizer cannot
  /// Variables on which no loss depends: Keras's optimizers never see them, so nothing decays them either.
  std::vector<std::pair<Weight*, Tensor>> idle_;
  bool bound_ = false;

  RunOptions train_options_, test_options_;
  Shapes shapes_;
  Results results_;
  Mean loss_;
  std::vector<Mean> output_losses_;
  double last_loss_ = 0.0;
  std::int64_t steps_ = 0;
  std::uint64_t seed_ = 0;
};

}  // namespace rhyton
