#pragma once
/// @file compiling.hpp  Optimizer, loss and metrics from the command line, over what the model's file
/// carries.
#include "cli/command.hpp"

namespace rhyton::cli {

struct CompileOptions {
  std::string optimizer, loss, metrics;
  std::optional<double> learning_rate;
};
void add_loss_options(Command& command, CompileOptions& options);
void add_optimizer_options(Command& command, CompileOptions& options);

/// Compiles the model where a flag asks for something else than it carries. Throws UsageError if there is no
/// loss.
void compile(Model& model, const CompileOptions& options);

}  // namespace rhyton::cli
