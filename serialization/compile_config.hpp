#pragma once
/// @file compile_config.hpp  What `compile` was given, as files hold it.
#include "nn/load_scope.hpp"
#include "nn/models/model.hpp"
#include "serialization/load_report.hpp"

namespace rhyton {

/// Reads "compile_config" (.keras) or "training_config" (.h5) of any dialect. What cannot be read goes to the
/// report, and the result must not be used then. Call within a LoadScope of the dialect.
CompileArguments read_compile_config(const Json& config, LoadReport& report);

/// Keras 3's "compile_config".
Json write_compile_config(const CompileArguments& arguments);
/// Keras 3's "training_config" of `.h5` files.
Json write_training_config(const CompileArguments& arguments);

}  // namespace rhyton
