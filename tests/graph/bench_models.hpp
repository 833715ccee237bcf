#pragma once
/// @file bench_models.hpp  The models that the benchmarks measure (bench/models.py), built here: real ones,
/// of many layers, where memory plans have something to do.
#include <string>
#include <vector>

#include "nn/models/model.hpp"

namespace rhyton::test {

struct BenchModel {
  std::string name;
  Model model;  ///< compiled with Adam and sparse categorical crossentropy
};

/// mlp, lenet, lstm, conv, transformer, mobilenetv2, efficientnetb0 and resnet50.
std::vector<BenchModel> bench_models();

}  // namespace rhyton::test
