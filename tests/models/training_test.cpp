// Training equal to real Keras's: losses step by step, weights and optimizer state after 20 steps, histories
// of fit.
#include <doctest/doctest.h>

#include "nn/models/trainer.hpp"
#include "rhyton.hpp"
#include "tests/layers/golden.hpp"
#include "tests/models/golden_model.hpp"

namespace rhyton::test {

namespace {

// 20 steps multiply rounding errors; Keras on another backend differs from the recorded one by as much.
constexpr Tolerance after_training{1e-4, 2e-6};

Tensor rows(const Tensor& t, Dim first, Dim count) { return t.rows(first, first + count); }

}  // namespace

TEST_CASE("training: trajectories equal Keras's") {
  for (const GoldenModel& golden : golden_models("trajectories")) {
    CAPTURE(golden.name);
    Model model = golden.make();
    model.compile(compile_arguments(golden.facts["compile"]));
    const auto x = golden.list("x"), y = golden.list("y");
    const Dim batch = golden.facts["batch_size"].get<Dim>();
    const Tensor* losses = find(golden.arrays, "loss");
    REQUIRE(losses);
    for (Dim step = 0; step < losses->size(); ++step) {
      const Dim first = step * batch % x[0].shape()[0];
      std::vector<Tensor> bx, by;
      for (const Tensor& t : x) bx.push_back(rows(t, first, batch));
      for (const Tensor& t : y) by.push_back(rows(t, first, batch));
      const double loss = model.train_on_batch(bx, by)[0].second;
      CAPTURE(step);
      CHECK(loss == doctest::Approx(losses->at({step})).epsilon(2e-5));
    }
    const auto weights = model.get_weights(), expected = golden.list("w", "_after");
    REQUIRE(weights.size() == expected.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      CAPTURE(i);
      CHECK(difference(weights[i], expected[i], after_training) == "");
    }
    const auto state = model.optimizer().state();
    const Json& variables = golden.facts["optimizer_variables"];
    REQUIRE(state.size() == variables.size());
    for (std::size_t i = 0; i < state.size(); ++i) {
      CAPTURE(variables[i]["name"].get<std::string>());
      const Tensor* v = find(golden.arrays, "v" + std::to_string(i));
      REQUIRE(v);
      const Tensor actual = Tensor(state[i].view).cast(v->dtype());
      CHECK(difference(actual, *v, after_training) == "");
    }
  }
}

TEST_CASE("training: a scaled loss leaves every step as it is, penalties of activities and weights too") {
  const Tensor x({2, 3}, {0.5f, -1.0f, 2.0f, 1.5f, 0.25f, -0.5f}), y({2, 2}, {1.0f, 0.0f, -1.0f, 0.5f});
  const auto trained = [&](const Optimizer& optimizer) {
    set_random_seed(4);
    Sequential model({Input({3}),
                      Dense({.units = 4,
                             .activation = "tanh",
                             .kernel_regularizer = regularizers::L2({.l2 = 0.1}),
                             .activity_regularizer = regularizers::L1({.l1 = 0.2})}),
                      Dense({.units = 2})});
    model.compile({.optimizer = optimizer, .loss = "mse"});
    for (int step = 0; step < 3; ++step) model.train_on_batch({x}, {y});
    return model.get_weights();
  };
  const auto plain = trained(SGD({.learning_rate = 0.1}));
  const auto check = [&](const Optimizer& optimizer) {
    const auto weights = trained(optimizer);
    for (std::size_t i = 0; i < plain.size(); ++i) CHECK(difference(weights[i], plain[i]) == "");
  };
  check(SGD({.learning_rate = 0.1, .loss_scale_factor = 128.0}));
  check(LossScaleOptimizer({.inner_optimizer = SGD({.learning_rate = 0.1}), .initial_scale = 1024.0}));
}

}  // namespace rhyton::test
