#pragma once
/// @file model_state.hpp  What the handles of one model share.
#include <atomic>

#include "nn/models/model.hpp"
#include "nn/models/run_pool.hpp"
#include "nn/models/trainer.hpp"

namespace rhyton {

struct Model::State {
  std::shared_ptr<GraphLayer> graph;
  KernelOptions options;
  std::mutex mutex;
  std::unique_ptr<RunPool> pool;  ///< made with the plan, when the graph is known
  std::optional<CompileArguments> compile;
  std::unique_ptr<Trainer> trainer;
  std::atomic<bool> stop{false};

  /// The pool of the model's plan; makes both at the first use.
  RunPool& runs();
  /// Makes the graph of a Sequential that waited for data.
  void know_inputs(const std::vector<const Tensor*>& x);
  RunOptions run_options() const;
};

}  // namespace rhyton
