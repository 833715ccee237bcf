#pragma once
/// @file cudnn_weights.hpp  Weights of Keras 2's CuDNNLSTM and CuDNNGRU, which are read as LSTM and as GRU
/// with `reset_after`: the same mathematics, in the layout of NVIDIA's library.
#include <string>

#include "serialization/hdf5_file.hpp"

namespace rhyton {

enum class CudnnPart { none, kernel, recurrent_kernel, bias };

/// The number of gates (4: LSTM, 3: GRU) if a layer with these weights gets a bias of the shape `bias` from
/// one of NVIDIA's layers, which have two of them in one row; otherwise 0.
Dim cudnn_gates(const Shape& recurrent_kernel, const Shape& expected_bias, const Shape& bias);

/// The dataset as the plain layer has it, whose shape `into` has.
void read_cudnn_weight(const Hdf5File& file, const std::string& path, CudnnPart part, Dim gates, View into);

}  // namespace rhyton
