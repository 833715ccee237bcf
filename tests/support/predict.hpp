#pragma once
/// @file predict.hpp  Runs a graph on arrays x_0, x_1, ... and compares with y_0, y_1, ...
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "nn/error.hpp"
#include "nn/graph/run.hpp"
#include "nn/models/graph_layer.hpp"
#include "serialization/npy.hpp"

namespace rhyton::test {

inline std::vector<Tensor> predict(const GraphLayer& graph, const NamedTensors& arrays) {
  const auto plan = std::make_shared<const Plan>(graph.inputs(), graph.outputs());
  std::vector<Tensor> inputs;
  Shapes shapes;
  for (std::size_t i = 0; i < plan->inputs().size(); ++i) {
    const Tensor* x = find(arrays, "x_" + std::to_string(i));
    if (x == nullptr) throw Error("no array x_" + std::to_string(i));
    inputs.push_back(x->cast(plan->input_specs()[i].dtype));
    shapes.push_back(x->shape());
  }
  Run run(plan, shapes, RunOptions{});
  for (std::size_t i = 0; i < inputs.size(); ++i) run.set_input(static_cast<int>(i), inputs[i]);
  run.forward();
  std::vector<Tensor> outputs;
  for (int i = 0; i < run.outputs(); ++i) outputs.emplace_back(run.output(i));
  return outputs;
}

/// The largest |a - b| / (1e-6 + 1e-5 |b|) over all outputs: at most 1 is equal. Infinity if shapes differ.
inline double worst_error(const std::vector<Tensor>& outputs, const NamedTensors& arrays,
                          const std::string& prefix = "y_") {
  double worst = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor* expected = find(arrays, prefix + std::to_string(i));
    if (expected == nullptr || expected->shape() != outputs[i].shape()) return INFINITY;
    const Tensor got = outputs[i].cast(DType::float64), want = expected->cast(DType::float64);
    for (Dim k = 0; k < want.size(); ++k) {
      const double b = want.data<double>()[k], difference = std::abs(got.data<double>()[k] - b);
      worst = std::max(worst, std::isnan(difference) ? INFINITY : difference / (1e-6 + 1e-5 * std::abs(b)));
    }
  }
  return worst;
}

}  // namespace rhyton::test
