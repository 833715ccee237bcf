#pragma once
/// @file random_data.hpp  Data that a model accepts, for measuring.
#include "nn/models/model.hpp"

namespace rhyton::cli {

/// One batch for each input. Indices stay inside the vocabularies of the Embeddings that read them; unknown
/// dimensions become 32.
std::vector<Tensor> random_inputs(const Model& model, Dim batch_size, std::uint64_t seed);

/// Targets for outputs of these shapes, of the kind that the model's losses want.
std::vector<Tensor> random_targets(const Model& model, const Shapes& outputs, std::uint64_t seed);

}  // namespace rhyton::cli
