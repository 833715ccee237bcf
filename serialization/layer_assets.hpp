#pragma once
/// @file layer_assets.hpp  What layers keep beside their weights, at Keras's places in a `.keras` archive.
#include "nn/models/graph_layer.hpp"
#include "serialization/hdf5_file.hpp"
#include "serialization/load_report.hpp"
#include "serialization/weights_store.hpp"
#include "serialization/zip_archive.hpp"

namespace rhyton {

/// Gives every layer of the model its files "assets/<path>/..." and its named variables.
void read_assets(const ZipReader& archive, const WeightsStore& store, const GraphLayer& model,
                 LoadReport& report);
/// The files, and beside the weights the variables.
void write_asset_files(ZipWriter& archive, const GraphLayer& model);
void write_asset_variables(Hdf5Writer& weights, const GraphLayer& model);

}  // namespace rhyton
