#pragma once
/// @file legacy_weights.hpp  Weights as Keras kept them in `.h5` files before Keras 3: one group a layer of
/// the model, with lists of names.
#include <string>

#include "nn/models/graph_layer.hpp"
#include "serialization/hdf5_file.hpp"
#include "serialization/load_report.hpp"
#include "serialization/partial_model.hpp"

namespace rhyton {

struct LegacyOptions {
  /// Layers get the weights under their own name; layers and groups without partner are left alone. Otherwise
  /// the k-th layer that has weights gets the k-th group that has some.
  bool by_name = false;
  bool skip_mismatch = false;
  /// See `read_weights`.
  bool staged = false;
};

/// Whether `group` ("" is the root) has such weights.
bool has_legacy_weights(const Hdf5File& file, const std::string& group);
void read_legacy_weights(const Hdf5File& file, const std::string& group, const GraphLayer& model,
                         const LegacyOptions& options, LoadReport& report);
/// As `judge_weights`: layers and groups are matched by name, as in every file of a whole model.
void judge_legacy_weights(const Hdf5File& file, const std::string& group, const PartialModel& model,
                          LoadReport& report);
void write_legacy_weights(Hdf5Writer& file, const std::string& group, const GraphLayer& model,
                          const std::string& keras_version);

}  // namespace rhyton
