#pragma once
/// @file optimizer_file.hpp  An optimizer's state in files.
#include "nn/models/model.hpp"
#include "serialization/keras_file.hpp"

namespace rhyton {

/// Sets the optimizer's state from the file if it has one. State of another number or shape is left out with
/// a note, as in Keras: training then goes on with fresh state. The model must be compiled.
void read_optimizer_state(const KerasFile& file, Model& model, LoadReport& report);
/// "optimizer/vars/0", ... in Keras 3's order. `graph` is the model as it is written: its weights may have
/// another order there.
void write_optimizer_state(Hdf5Writer& file, Model& model, const GraphLayer& graph, FileDialect dialect);
/// "optimizer_weights", as whole-model `.h5` files of Keras 2 have it.
void write_legacy_optimizer_state(Hdf5Writer& file, Model& model, const GraphLayer& graph);

}  // namespace rhyton
