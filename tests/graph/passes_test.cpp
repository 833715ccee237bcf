// Passes put one step in place of several; what it computes is what they did.
#include <doctest/doctest.h>

#include <algorithm>

#include "nn/graph/run.hpp"
#include "nn/models/run_pool.hpp"
#include "rhyton.hpp"
#include "tests/layers/golden.hpp"

namespace rhyton::test {

namespace {

Tensor random(const Shape& shape, std::uint64_t seed) {
  Tensor out(shape);
  Rng(seed).fill_normal(out.view());
  return out;
}

struct Results {
  std::vector<Tensor> outputs, gradients;  ///< of the weights, then of the input
  std::vector<std::string> steps;
};

/// A forward pass and, with `gradients`, a backward one.
Results run(const Model& model, const Tensor& x, bool gradients, bool fuse, bool input_gradients = true) {
  RunOptions options;
  options.fuse = fuse;
  options.gradients = gradients;
  options.training = gradients;
  options.input_gradients = gradients && input_gradients;
  options.poison = true;
  Results results;
  GradientMap map;
  if (gradients)
    for (const auto& w : model.graph().trainable_weights()) {
      results.gradients.emplace_back(w->value.shape());
      map[w.get()] = {results.gradients.back().view()};
    }
  Run run(std::make_shared<const Plan>(model.runs().plan()), {x.shape()}, options, map);
  run.set_input(0, x);
  run.forward();
  results.steps = run.implementations();
  for (int i = 0; i < run.outputs(); ++i) results.outputs.emplace_back(run.output(i));
  if (!gradients) return results;
  for (int i = 0; i < run.outputs(); ++i) copy(random(run.output(i).shape(), 77), run.output_gradient(i));
  run.backward();
  if (input_gradients) results.gradients.emplace_back(run.input_gradient(0));
  return results;
}

/// Compares runs with and without passes, for prediction and for training.
void check_fused(const Model& model, const Shape& input, Tolerance tolerance = {}) {
  Tensor x = random(input, 5);
  for (const bool gradients : {false, true}) {
    CAPTURE(gradients);
    const Results plain = run(model, x, gradients, false), fused = run(model, x, gradients, true);
    for (std::size_t i = 0; i < plain.outputs.size(); ++i)
      CHECK(difference(fused.outputs[i], plain.outputs[i], tolerance) == "");
    REQUIRE(fused.gradients.size() == plain.gradients.size());
    for (std::size_t i = 0; i < plain.gradients.size(); ++i) {
      CAPTURE(i);
      CHECK(difference(fused.gradients[i], plain.gradients[i], tolerance) == "");
    }
  }
}

/// Steps of a fused run whose line holds `text`.
std::ptrdiff_t count(const Model& model, const Shape& input, bool gradients, const std::string& text) {
  const auto steps = run(model, random(input, 5), gradients, true, false).steps;
  return std::count_if(steps.begin(), steps.end(),
                       [&](const std::string& s) { return s.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("passes: a convolution takes in the pooling behind it") {
  set_random_seed(3);
  const Sequential model({Input({21, 27, 1}), Conv2D({.filters = 32, .kernel_size = 3, .activation = "relu"}),
                          MaxPooling2D(), Conv2D({.filters = 48, .kernel_size = 3, .padding = "same"}),
                          MaxPooling2D(), Flatten(), Dense({.units = 3})});
  check_fused(model, {4, 21, 27, 1});
  for (const bool gradients : {false, true}) {
    CHECK(count(model, {4, 21, 27, 1}, gradients, "vector:direct+pool") == 1);
    CHECK(count(model, {4, 21, 27, 1}, gradients, "+pool") == 2);
  }
}

TEST_CASE("passes: a pooling that is not side by side, or read otherwise, stays a step") {
  set_random_seed(4);
  const Sequential overlapping({Input({12, 12, 1}),
                                Conv2D({.filters = 16, .kernel_size = 3, .activation = "relu"}),
                                MaxPooling2D({.pool_size = 3, .strides = Sizes<2>(2)}), Flatten()});
  check_fused(overlapping, {3, 12, 12, 1});
  CHECK(count(overlapping, {3, 12, 12, 1}, true, "+pool") == 0);

  Input in({12, 12, 1});
  const SymbolicTensor features =
      LayerRef(Conv2D({.filters = 16, .kernel_size = 3, .activation = "relu"}))(in);
  const SymbolicTensor pooled = LayerRef(MaxPooling2D())(features);
  const Model both({in}, {features, pooled});
  check_fused(both, {3, 12, 12, 1});
  CHECK(count(both, {3, 12, 12, 1}, false, "+pool") == 0);
}

TEST_CASE("passes: normalization, activation and pooling behind a convolution become one step to predict") {
  set_random_seed(5);
  const Sequential model({Input({8, 8, 32}),
                          Conv2D({.filters = 32, .kernel_size = 3, .padding = "same", .use_bias = false}),
                          BatchNormalization(), ReLU(), MaxPooling2D()});
  check_fused(model, {2, 8, 8, 32});
  CHECK(count(model, {2, 8, 8, 32}, false, "") == 1);
}

TEST_CASE("passes: an activation layer goes into the product before it") {
  set_random_seed(6);
  const Sequential model({Input({6, 5}), Dense({.units = 8}), ReLU(), Dense({.units = 16}),
                          Activation("gelu"), Dense({.units = 4}), Softmax()});
  check_fused(model, {3, 6, 5});
  CHECK(run(model, random({3, 6, 5}, 5), false, true).steps.size() == 4);
  // gelu's gradient needs what came before it.
  CHECK(run(model, random({3, 6, 5}, 5), true, true).steps.size() == 5);
}

TEST_CASE("passes: a normalization undoes the relu behind it in training") {
  set_random_seed(7);
  const Sequential model({Input({6, 5, 3}), Conv2D({.filters = 8, .kernel_size = 3}), BatchNormalization(),
                          ReLU(), Conv2D({.filters = 4, .kernel_size = 3}),
                          BatchNormalization({.scale = false}), Activation("relu"), Flatten(),
                          Dense({.units = 3})});
  check_fused(model, {4, 6, 5, 3});
  CHECK(run(model, random({4, 6, 5, 3}, 5), true, true).steps.size() == 6);
}

TEST_CASE(
    "passes: a border of zeros goes into the convolution behind it, also where its last cells are not read") {
  set_random_seed(8);
  const Sequential model({Input({14, 15, 3}), ZeroPadding2D({.padding = 3}),
                          Conv2D({.filters = 8, .kernel_size = 7, .strides = 2}),
                          ZeroPadding2D({.padding = 1}),
                          Conv2D({.filters = 4, .kernel_size = 3, .strides = 2})});
  check_fused(model, {2, 14, 15, 3});
  CHECK(run(model, random({2, 14, 15, 3}, 5), false, true).steps.size() == 2);
}

}  // namespace rhyton::test
