#pragma once
/// @file spellings.hpp  The names by which Keras finds losses and metrics: not all of ours are known to both.
#include <string>

#include "serialization/file_dialect.hpp"

namespace rhyton {

/// Whether who reads that dialect (both Kerases, if it is portable) finds a loss under this name. True of
/// names that are nobody's: they are the user's own.
bool finds_loss(const std::string& name, FileDialect dialect);
/// The same of metrics.
bool finds_metric(const std::string& name, FileDialect dialect);

}  // namespace rhyton
