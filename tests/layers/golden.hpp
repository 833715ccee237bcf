#pragma once
/// @file golden.hpp  The cases of a layer (tests/cases) with what real Keras answers (tests/golden).
#include <functional>
#include <nlohmann/json.hpp>

#include "nn/adaptable.hpp"
#include "nn/eager.hpp"
#include "nn/graph/check_gradient.hpp"
#include "serialization/npy.hpp"

namespace rhyton::test {

/// One case: what the layer is made of and called on, and Keras's answers.
struct Case {
  std::string layer, stem, name;
  Json spec;   ///< as in tests/cases
  Json facts;  ///< as in tests/golden
  NamedTensors arrays;

  bool has_inputs() const { return spec.contains("inputs") && !spec["inputs"].empty(); }
  bool training() const { return spec.value("training", false); }
  bool fixed_batch() const { return spec.value("fixed_batch", false); }
  /// "x0", "dw1", ...; null if the case has none.
  const Tensor* array(const std::string& key) const { return find(arrays, key); }
};

/// Keras's output i.
Tensor expected_output(const Case& c, int i);

struct ErrorCase {
  std::string layer, stem, name;
  Json spec;
};

struct LayerCases {
  std::string layer;
  std::vector<Case> cases;
  std::vector<ErrorCase> errors;
};

/// The cases of a registered class; fails the test if there is no cases file or nothing recorded for it.
LayerCases load_cases(const std::string& layer);

/// The case's layer, made by the registry from its configuration, and what it is called on.
struct Instance {
  LayerRef layer;
  CallSpec call;  ///< with the batch size unknown, unless the case fixes it
  std::shared_ptr<const Plan> plan;
  std::vector<Tensor> inputs;  ///< of the plan: inputs and masks
};
LayerRef make_layer(const std::string& class_name, Json config, const std::string& name);
/// Adapted where the case says so, built, with the case's weights.
Instance make_instance(const Case& c);
/// An input of a cases file: its values, or zeros.
Tensor input_tensor(const Json& input);
/// What the case's layer learns from by adapt.
Tensor adapt_data(const Case& c);
/// How the layer is called in an error case.
CallSpec error_call(const ErrorCase& c, bool unknown_batch);
/// What it is called on: the case's numbers, else zeros.
std::vector<Tensor> error_inputs(const ErrorCase& c);

/// One execution state of an instance.
struct Execution {
  Execution(const Instance& instance, RunOptions options, const std::vector<Tensor>* other_inputs = nullptr);
  /// Forward, dy, backward.
  void step(const Case& c, bool accumulate = false);
  void forward() { run->forward(0); }

  std::vector<Tensor> gradients;  ///< of the trainable weights, in order
  std::unique_ptr<Run> run;
};
/// NaN lies in all memory that a step is to write.
RunOptions predict_options();
RunOptions training_options(bool training);

struct Tolerance {
  double relative = 1e-5, absolute = 1e-6;
};
/// Empty if both have one shape and dtype and close numbers, else the worst pair. The absolute tolerance
/// counts in units of the largest expected number above 1: rounding errors of sums grow with their terms.
std::string difference(ConstView actual, ConstView expected, Tolerance tolerance = {});

/// Calls `f` for every registered class, each a doctest subcase of that name (`--subcase=Conv2D`).
void for_each_layer(const std::function<void(const LayerCases&)>& f);
/// True for an EagerLayer whose output's shape does not follow from its input's.
bool sized_by_values(const Case& c);
/// Also for every case that calls its layer in a Run; the case's name stands in the messages.
void for_each_call(const std::function<void(const Case&)>& f);

}  // namespace rhyton::test
