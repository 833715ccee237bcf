#pragma once
/// @file model_diff.hpp  What is different between two models.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nn/models/model.hpp"
#include "serialization/weights_store.hpp"

namespace rhyton::cli {

/// Values agree when |a - b| <= atol + rtol |b|; infinities and NaN agree with themselves.
struct Tolerance {
  double rtol = 0.0, atol = 0.0;
};

/// One thing that differs. `a` and `b` are JSON: what each model has there, null where it has nothing.
struct ConfigDifference {
  std::string where, key;
  Json a, b;
};

/// An array that differs: in shape, by being in one model only (the other's shape is empty text), or in
/// values.
struct ArrayDifference {
  std::string where;
  std::string a_shape, b_shape;
  std::int64_t values = 0, of = 0;  ///< that many values differ
  double largest = 0.0;             ///< absolute difference
};

struct ModelDiff {
  std::vector<ConfigDifference> architecture, training;
  std::vector<ArrayDifference> weights, optimizer;
  std::int64_t layers = 0, arrays = 0;  ///< that many were compared

  bool equal() const {
    return architecture.empty() && training.empty() && weights.empty() && optimizer.empty();
  }
};

/// Layers are paired by name, those left over by class in their order.
void diff_architecture(const Model& a, const Model& b, ModelDiff& diff);
/// By the paths under which Keras 3's files have them.
void diff_weights(const Model& a, const Model& b, const Tolerance& tolerance, ModelDiff& diff);
/// Optimizer, loss, metrics, and the optimizer's state.
void diff_training(const Model& a, const Model& b, const Tolerance& tolerance, ModelDiff& diff);
/// Files that hold weights alone.
void diff_stores(const WeightsStore& a, const WeightsStore& b, const Tolerance& tolerance, ModelDiff& diff);

}  // namespace rhyton::cli
