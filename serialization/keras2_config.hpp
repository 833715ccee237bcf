#pragma once
/// @file keras2_config.hpp  Configurations as Keras 2 (tf.keras) writes and reads them.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nn/config.hpp"

namespace rhyton {

/// A model's object of Keras 3 (`model_object`) in the terms of Keras 2.11 and later. Arguments that Keras 2
/// does not know go where they are at their defaults. Adds what cannot be said there to `problems`, with the
/// layer's name.
Json to_keras2(const Json& model, std::vector<std::string>& problems);

/// The same, in the form that Keras 3 reads as well. Further tensors among a call's arguments, operations
/// that no layer stands for, and models that are outputs and go on as well are problems: the two write or
/// number them differently.
Json to_portable(const Json& model, std::vector<std::string>& problems);

/// A compile or training configuration of Keras 3 in the terms of Keras 2, or of both.
Json compile_config_to_keras2(const Json& config, bool portable, std::vector<std::string>& problems);

/// One layer's object, and what is inside it; not the layers of a nested model.
Json layer_to_keras2(const Json& layer, std::vector<std::string>& problems);

}  // namespace rhyton
