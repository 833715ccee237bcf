// Whole graphs of real Keras: layer order, predictions and gradients, with and without fused steps.
#include <doctest/doctest.h>

#include "layers/core/input_layer.hpp"
#include "layers/normalization/unit_normalization.hpp"
#include "nn/graph/run.hpp"
#include "nn/models/run_pool.hpp"
#include "serialization/saving.hpp"
#include "tests/layers/golden.hpp"
#include "tests/models/golden_model.hpp"

namespace rhyton::test {

TEST_CASE("models: order of layers and weights is Keras's") {
  for (const GoldenModel& golden : golden_models("models")) {
    CAPTURE(golden.name);
    const Model model = golden.make();
    std::vector<std::string> names;
    for (const auto& layer : model.layers())  // Keras does not count operations
      if (!layer->call_arguments()) names.push_back(layer->name());
    CHECK(names == golden.facts["layers"].get<std::vector<std::string>>());
    CHECK(model.count_params() == golden.facts["parameters"]["total"].get<std::int64_t>());
    const auto weights = model.get_weights();
    const Json& expected = golden.facts["weights"];
    REQUIRE(weights.size() == expected.size());
    for (std::size_t i = 0; i < weights.size(); ++i)
      CHECK(to_string(weights[i].shape()) == to_string(Shape(expected[i]["shape"].get<std::vector<Dim>>())));
  }
}

TEST_CASE("models: predictions and gradients equal Keras's") {
  for (const GoldenModel& golden : golden_models("models"))
    for (const bool fuse : {true, false}) {
      CAPTURE(golden.name);
      CAPTURE(fuse);
      const Model model = golden.make();
      const auto x = golden.list("x"), y = golden.list("y"), dy = golden.list("dy");
      Shapes shapes;
      for (const Tensor& t : x) shapes.push_back(t.shape());
      const Plan& plan = model.runs().plan();

      RunOptions predict;
      predict.fuse = fuse;
      Run run(std::make_shared<const Plan>(plan), shapes, predict);
      for (std::size_t i = 0; i < x.size(); ++i) run.set_input(static_cast<int>(i), x[i]);
      run.forward();
      for (std::size_t k = 0; k < y.size(); ++k) {
        CAPTURE(k);
        CHECK(difference(run.output(static_cast<int>(k)), y[k]) == "");
      }

      RunOptions train = predict;
      train.gradients = train.input_gradients = true;
      GradientMap map;
      std::vector<Tensor> gradients;
      const auto weights = model.graph().trainable_weights();
      for (const auto& w : weights) gradients.emplace_back(w->value.shape());
      for (std::size_t i = 0; i < weights.size(); ++i) map[weights[i].get()] = {gradients[i].view()};
      Run backward(std::make_shared<const Plan>(plan), shapes, train, map);
      for (std::size_t i = 0; i < x.size(); ++i) backward.set_input(static_cast<int>(i), x[i]);
      backward.forward();
      for (std::size_t k = 0; k < dy.size(); ++k)
        if (View target = backward.output_gradient(static_cast<int>(k))) copy(dy[k], target);
      backward.backward();
      const auto dw = golden.list("dw");
      REQUIRE(dw.size() == gradients.size());
      for (std::size_t i = 0; i < dw.size(); ++i) {
        CAPTURE(i);
        CHECK(difference(gradients[i], dw[i]) == "");
      }
      for (std::size_t i = 0; i < x.size(); ++i)
        if (const Tensor* dx = find(golden.arrays, "dx" + std::to_string(i)))
          CHECK(difference(backward.input_gradient(static_cast<int>(i)), *dx) == "");
    }
}

}  // namespace rhyton::test

TEST_CASE("models: the least norm of UnitNormalization is that of the Keras that wrote the model") {
  using namespace rhyton;
  const Tensor x({1, 2}, {3e-8f, 4e-8f});
  const Tensor y = Sequential({Input({2}), UnitNormalization()}).predict(x);
  CHECK(y.at({0, 0}) == doctest::Approx(0.6));
  CHECK(y.at({0, 1}) == doctest::Approx(0.8));
  const Tensor old = model_from_json(R"({"class_name": "Sequential", "keras_version": "2.15.0", "config":
      {"name": "s", "layers": [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 2], "dtype": "float32", "name": "i"}},
        {"class_name": "UnitNormalization", "config":
          {"name": "u", "trainable": true, "dtype": "float32", "axis": -1}}]}})")
                         .predict(x);
  CHECK(old.at({0, 0}) == doctest::Approx(0.03));
  CHECK(old.at({0, 1}) == doctest::Approx(0.04));
}
