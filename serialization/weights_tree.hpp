#pragma once
/// @file weights_tree.hpp  A model's weights at the paths under which Keras 3's files keep them.
#include <memory>
#include <string>
#include <vector>

#include "nn/models/graph_layer.hpp"
#include "serialization/file_dialect.hpp"
#include "serialization/hdf5_file.hpp"
#include "serialization/load_report.hpp"
#include "serialization/npy.hpp"
#include "serialization/partial_model.hpp"
#include "serialization/weights_store.hpp"

namespace rhyton {

/// The variables of one layer or inner layer: "layers/dense_1" and its weights in the order of the file.
struct WeightGroup {
  std::string path;
  const Layer* layer = nullptr;
  std::vector<std::shared_ptr<Weight>> weights;
};

/// In the order of `model.layers`, each layer once. Paths count the classes in each model ("dense",
/// "dense_1", ...), inner layers have the names of Python's attributes ("forward_layer/cell").
std::vector<WeightGroup> weight_groups(const GraphLayer& model);
/// The same with the layers that have no weights.
std::vector<WeightGroup> layer_groups(const GraphLayer& model);

/// Fills the weights from the store: straight into their memory, or, if `staged`, only after everything was
/// read, so that a failure leaves them as they were. Missing, extra and mis-shaped variables all go to the
/// report, and nothing is read if there are any; with `skip_mismatch` those weights are left alone with a
/// note.
void read_weights(const WeightsStore& store, const GraphLayer& model, bool staged, bool skip_mismatch,
                  LoadReport& report);

/// Only judges: what is missing or mis-shaped among the weights of those layers that could be made, and what
/// belongs to no layer, goes to the report.
void judge_weights(const WeightsStore& store, const PartialModel& model, LoadReport& report);

/// Writes the groups of all weights, each with the name of its layer.
/// The path under which a dialect's readers look for a group.
std::string path_in(FileDialect dialect, const std::string& path);
void write_weights(Hdf5Writer& file, const GraphLayer& model, FileDialect dialect);

/// The same as arrays "layers/dense/vars/0", for `.npz` files.
NamedTensors named_weights(const GraphLayer& model);

/// The name of a layer's class in a path: "conv2d_transpose".
std::string path_name(const Layer& layer);

}  // namespace rhyton
