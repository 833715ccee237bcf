#pragma once
/// @file lora_weights.hpp  Layers with LoRA in Keras 3's `.h5` files, where its matrices lie beside the
/// kernel. (In `.keras` and `.weights.h5` files the kernel has them added already.)
#include <string>
#include <vector>

#include "serialization/cudnn_weights.hpp"
#include "serialization/hdf5_file.hpp"

namespace rhyton {

/// A weight in a file: the dataset, plus the product of two others, a times b, times `scale` if they are
/// there; or a part of one of NVIDIA's layers.
struct LegacyWeight {
  std::string path;
  std::string lora_a = {}, lora_b = {};
  double scale = 1;
  CudnnPart cudnn = CudnnPart::none;
  Dim gates = 0;
};

/// The datasets of a layer's group, as the layer without LoRA lists its weights: LoRA freezes the kernel,
/// which moves it behind all that is trained.
std::vector<LegacyWeight> fold_lora(const Hdf5File& file, const std::vector<std::string>& paths);

void read_legacy_weight(const Hdf5File& file, const LegacyWeight& weight, View into);

}  // namespace rhyton
