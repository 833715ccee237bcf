#pragma once
/// @file model_state.hpp  What the handles of one model share.
#include <atomic>

#include "nn/models/data_set.hpp"
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
  DataSet batch;  ///< of train_on_batch

  /// The pool of the model's plan; makes both at the first use.
  RunPool& runs();
  RunOptions run_options() const;
};

}  // namespace rhyton
