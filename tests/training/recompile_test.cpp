// What an optimizer knows of the weights, and keeps when the model is compiled again.
#include <doctest/doctest.h>

#include "layers/layers.hpp"
#include "nn/models/model.hpp"
#include "nn/models/trainer.hpp"
#include "nn/training/optimizers/optimizer.hpp"
#include "tests/layers/golden.hpp"

namespace rhyton::test {

namespace {

const Tensor x({2, 3}, std::vector<float>{1, 2, -1, 0.5f, -2, 1});
const Tensor y({2, 2}, std::vector<float>{1, 0, 0, 1});

Sequential network() {
  return Sequential({Input({3}), Dense({.units = 4, .kernel_initializer = "ones", .name = "first"}),
                     Dense({.units = 2, .kernel_initializer = "ones", .name = "second"})});
}

}  // namespace

TEST_CASE("optimizer: variables are named by layer and weight") {
  Sequential model = network();
  model.compile({.optimizer = "adam", .loss = "mean_squared_error"});
  model.train_on_batch(x, y);
  std::vector<std::string> names;
  for (const auto& state : model.optimizer().state()) names.push_back(state.name);
  CHECK(std::find(names.begin(), names.end(), "adam/first_kernel_momentum") != names.end());
  CHECK(std::find(names.begin(), names.end(), "adam/second_bias_velocity") != names.end());
}

TEST_CASE("optimizer: its state outlives a compile with other metrics") {
  Sequential once = network(), twice = network();
  for (Sequential* model : {&once, &twice}) {
    model->compile({.optimizer = "adam", .loss = "mean_squared_error"});
    model->train_on_batch(x, y);
  }
  CompileArguments arguments = twice.compile_arguments();
  arguments.metrics = "mean_absolute_error";
  twice.compile(arguments);
  CHECK(twice.optimizer().steps() == 1);
  for (Sequential* model : {&once, &twice}) model->train_on_batch(x, y);
  CHECK(difference(twice.predict(x), once.predict(x)) == "");
  // A fresh optimizer begins anew.
  twice.compile({.optimizer = "adam", .loss = "mean_squared_error"});
  twice.train_on_batch(x, y);
  CHECK(twice.optimizer().steps() == 1);
}

}  // namespace rhyton::test
