#pragma once
/// @file golden_model.hpp  Whole models with what real Keras made of them (tests/golden/models, trajectories,
/// histories).
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nn/models/model.hpp"
#include "serialization/npy.hpp"

namespace rhyton::test {

struct GoldenModel {
  std::string name;
  Json facts;
  NamedTensors arrays;

  /// The model with its weights before training.
  Model make() const;
  /// "x0", "x1", ...: all arrays of a kind.
  std::vector<Tensor> list(const std::string& kind, const std::string& suffix = "") const;
};

/// All of a folder of tests/golden, by name.
std::vector<GoldenModel> golden_models(const std::string& folder);

/// The arguments of compile from Keras's JSON.
CompileArguments compile_arguments(const Json& json);

}  // namespace rhyton::test
