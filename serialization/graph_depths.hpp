#pragma once
/// @file graph_depths.hpp  How far the layers of a written graph are from its outputs: Keras orders them by
/// it.
#include <map>
#include <string>

#include "nn/config.hpp"

namespace rhyton {

/// Of the layers of a functional model's configuration in Keras 3's terms, without inputs and operations.
std::map<std::string, int> depths_of(const Json& config);
/// Whether layers that are in the first come in the same order in both.
bool same_order(const std::map<std::string, int>& before, const std::map<std::string, int>& after);

}  // namespace rhyton
