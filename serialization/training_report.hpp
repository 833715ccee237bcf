#pragma once
/// @file training_report.hpp  The curves of a training as one HTML page.
#include <filesystem>
#include <string>
#include <vector>

#include "nn/models/model.hpp"

namespace rhyton {

struct TrainingReportArguments {
  /// Default: the model's name.
  std::string title = {};
  /// The loss of every batch, if it was kept.
  std::vector<double> step_loss = {};
  /// Figures to show above the curves, for instance what `evaluate` returned.
  Results results = {};
};

/// Writes a page that needs no other file and no network: figures, one chart for each metric with its
/// validation curve, a table of the epochs and the model's summary. Throws Error if the file cannot be
/// written.
void write_training_report(const std::filesystem::path& path, const Model& model, const History& history,
                           const TrainingReportArguments& arguments = {});

}  // namespace rhyton
