#pragma once
/// @file command.hpp  What the subcommands share: how a model is named and opened, and what counts as wrong
/// usage.
#include <string>

#include "cli/options.hpp"
#include "nn/models/model.hpp"

namespace rhyton::cli {

/// Wrong usage that shows only once the model or the data is known: exit code 2, like the parser's errors.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// MODEL and the options that every subcommand has.
struct ModelOptions {
  std::string model, weights;
  std::optional<std::int64_t> threads;  ///< default: one for each core
  std::string precision = "standard";
};
void add_model_options(Command& command, ModelOptions& options);

/// Whether a subcommand needs the optimizer, losses and metrics that a file has: where it does not, a loss of
/// the user's own stands in nobody's way.
enum class Training { needed, ignored };

/// Reads the model and its weights, and applies threads and precision.
Model open_model(const ModelOptions& options, Training training = Training::needed);

/// Throws UsageError unless `save` can write a file of this name.
void check_save_path(const std::string& path);
/// `.keras` or `.h5`; `.weights.h5`: the weights alone.
void save(const Model& model, const std::string& path);

/// Names come out of files: what a terminal would take for a command must not reach it. `lines`: line breaks
/// may.
std::string printable(std::string text, bool lines = false);

// One file each.
void add_summary(CLI::App& app);
void add_predict(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_train(CLI::App& app);
void add_verify(CLI::App& app);
void add_bench(CLI::App& app);
void add_inspect(CLI::App& app);
void add_convert(CLI::App& app);
void add_diff(CLI::App& app);

}  // namespace rhyton::cli
