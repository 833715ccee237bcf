#pragma once
/// @file dialect.hpp  What older Keras wrote differently, rewritten as Keras 3 writes it.
#include <string>
#include <vector>

#include "nn/config.hpp"
#include "nn/load_scope.hpp"

namespace rhyton {

/// Who wrote a model's configuration. `version` is the file's keras_version, or empty; without it, the form
/// of the configuration tells.
Dialect detect_dialect(const Json& model, const std::string& version);

/// Rewrites one layer's object {"class_name", "config", ...} and those of the layers inside it (wrappers,
/// cells; not the layers of a nested model) in the terms of Keras 3. Whatever was dropped although it was
/// there for a reason leaves a note; what cannot be expressed throws NotSupported naming it, or goes to
/// `problems` if they are given.
void modernize_layer(Json& layer, Dialect dialect, std::vector<std::string>& notes,
                     std::vector<std::string>* problems = nullptr);

}  // namespace rhyton
