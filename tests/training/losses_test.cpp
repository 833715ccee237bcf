#include <numeric>

#include "nn/training/losses/crossentropy.hpp"
#include "nn/training/losses/regression.hpp"
#include "nn/training/metrics/metric.hpp"
#include "tests/support/allocations.hpp"
#include "tests/training/golden.hpp"

using namespace rhyton;

namespace {

/// Arguments that Keras's get_config forgets stand in the case's name.
Json config_of(const std::string& name, const Json& written) {
  Json config = written;
  const std::string loss = name.substr(0, name.find('-'));
  auto add = [&](const char* key) {
    const auto at = name.find(std::string("-") + key + "=");
    if (at == std::string::npos) return;
    const std::string value = name.substr(at + std::string(key).size() + 2);
    config[key] = parse_json(value.substr(0, value.find('-')));
  };
  if (loss == "Huber") add("delta");
  if (loss == "CosineSimilarity" || loss == "SparseCategoricalCrossentropy") add("axis");
  return config;
}

View view_of(Tensor& t) { return t.view(); }

}  // namespace

TEST_CASE("losses follow Keras: values, gradients, configurations") {
  const Golden golden("losses");
  for (const auto& [name, expected] : golden.json["cases"].items()) {
    CAPTURE(name);
    const Json config = config_of(name, expected["config"]);
    const auto loss = Registry<LossBase>::global().make(expected["class_name"].get<std::string>(), config);
    CHECK(same_json(loss->get_config(), config));
    const Tensor& y_pred = golden.at(name + "/y_pred");
    const Tensor& y_true = golden.at(name + "/y_true");
    LossInputs inputs{.y_true = y_true, .y_pred = y_pred};
    if (const Tensor* weight = golden.find(name + "/sample_weight")) inputs.sample_weight = *weight;
    if (const Tensor* mask = golden.find(name + "/mask")) inputs.mask = *mask;
    Tensor gradient = Tensor::full(y_pred.shape(), std::nan(""));
    const double value = loss->evaluate(inputs, gradient.view());
    const std::vector<double> expected_value = as_doubles(golden.at(name + "/value"));
    if (loss->reduction() == "none" && expected_value.size() == loss->values().size()) {
      for (std::size_t i = 0; i < expected_value.size(); ++i) {
        CAPTURE(i);
        CHECK(close(loss->values()[i] * loss->factors()[i], expected_value[i]));
      }
    } else {
      CHECK(close(value, std::accumulate(expected_value.begin(), expected_value.end(), 0.0)));
    }
    check_close(gradient, as_doubles(golden.at(name + "/dy_pred")));
    CHECK(loss->evaluate(inputs) == value);

    // The same in double, its gradient against central differences.
    Tensor x = y_pred.cast(DType::float64), dx(x.shape(), DType::float64);
    inputs.y_pred = x;
    loss->evaluate(inputs, view_of(dx));
    for (Dim i = 0; i < x.size(); i += 5) {
      const double kept = x.data<double>()[i], step = 1e-6;
      x.data<double>()[i] = kept + step;
      const double above = loss->evaluate(inputs);
      x.data<double>()[i] = kept - step;
      const double below = loss->evaluate(inputs);
      x.data<double>()[i] = kept;
      CAPTURE(i);
      CHECK(close(dx.data<double>()[i], (above - below) / (2 * step), 1e-5, 1e-6));
    }
  }
}

TEST_CASE("crossentropies take the logits where they are given") {
  const Tensor y_true({1, 3}, {1.0f, 0.0f, 0.0f}), logits({1, 3}, {-100.0f, 0.0f, -200.0f});
  const Tensor y_pred({1, 3}, {0.0f, 1.0f, 0.0f}), label({1}, {std::int64_t{0}});
  for (auto [loss, target] : {std::pair<Loss, const Tensor*>{"categorical_crossentropy", &y_true},
                              {"sparse_categorical_crossentropy", &label}}) {
    LossInputs inputs{
        .y_true = *target, .y_pred = y_pred, .logits = logits, .logits_activation = ActivationKind::softmax};
    Tensor gradient({1, 3});
    CHECK(close(loss->evaluate(inputs, gradient.view()), 100.0));
    check_close(gradient, {-1, 1, 0});
    inputs.logits_activation = ActivationKind::sigmoid;
    CHECK_FALSE(loss->takes_logits(inputs));
    CHECK(close(loss->evaluate(inputs), -std::log(1e-7)));
  }
  const Loss binary("bce");
  const Tensor one({1, 1}, {1.0f}), x({1, 1}, {-50.0f}), p({1, 1}, {0.0f});
  CHECK(close(binary->evaluate({.y_true = one, .y_pred = p}), 16.118095));
  CHECK(close(binary->evaluate(
                  {.y_true = one, .y_pred = p, .logits = x, .logits_activation = ActivationKind::sigmoid}),
              50.0));
}

TEST_CASE("the gradient is that of the logits even where the loss does not use them") {
  const Tensor x({1, 2}, {0.5f, -1.0f}), y_true({1, 2}, {1.0f, 0.0f});
  Tensor y_pred({1, 2}), direct({1, 2}), through({1, 2});
  const ActivationSpec softmax{.kind = ActivationKind::softmax};
  activation_forward(softmax, x, y_pred.view());
  Loss("bce")->evaluate({.y_true = y_true, .y_pred = y_pred}, direct.view());
  activation_backward(softmax, x, y_pred, direct, direct.view());
  Loss("bce")->evaluate(
      {.y_true = y_true, .y_pred = y_pred, .logits = x, .logits_activation = ActivationKind::softmax},
      through.view());
  check_close(through, as_doubles(direct));
}

TEST_CASE("the largest of CategoricalHinge's wrong classes share its gradient") {
  const Tensor y_true({1, 4}, {0.0f, 1.0f, 0.0f, 0.0f}), y_pred({1, 4}, {0.3f, 0.2f, 0.1f, 0.3f});
  Tensor gradient({1, 4});
  CHECK(
      close(Loss("categorical_hinge")->evaluate({.y_true = y_true, .y_pred = y_pred}, gradient.view()), 1.1));
  CHECK(gradient.values() == std::vector<float>{0.5f, -1.0f, 0.0f, 0.5f});
}

TEST_CASE("CategoricalFocalCrossentropy weighs each class where `alpha` is a list") {
  const Tensor y_true({2, 3}, {1.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f});
  const Tensor y_pred({2, 3}, {0.5f, 0.3f, 0.2f, 0.1f, 0.8f, 0.1f});
  losses::CategoricalFocalCrossentropy loss({.alpha = {0.2, 0.3, 0.5}, .gamma = 1.5});
  Tensor gradient({2, 3});
  const double expected =
      -0.5 * (0.2 * std::pow(0.5, 1.5) * std::log(0.5) + 0.5 * std::pow(0.9, 1.5) * std::log(0.1));
  CHECK(close(loss.evaluate({.y_true = y_true, .y_pred = y_pred}, gradient.view()), expected));
  // Each row is that of one number, of its class.
  for (const auto& [row, alpha] : {std::pair(0, 0.2), std::pair(1, 0.5)}) {
    Tensor alone({1, 3});
    losses::CategoricalFocalCrossentropy({.alpha = alpha, .gamma = 1.5})
        .evaluate({.y_true = y_true.rows(row, row + 1), .y_pred = y_pred.rows(row, row + 1)}, alone.view());
    for (Dim i = 0; i < 3; ++i) CHECK(close(2 * gradient.at({row, i}), alone.at({0, i})));
  }
  const Json written = loss.get_config();
  CHECK(written["alpha"] == Json::parse("[0.2, 0.3, 0.5]"));
  CHECK(Registry<LossBase>::global().make("CategoricalFocalCrossentropy", written)->get_config() == written);
  CHECK_THROWS_AS(losses::CategoricalFocalCrossentropy({.alpha = {0.2, 0.3}})
                      .evaluate({.y_true = y_true, .y_pred = y_pred}),
                  ValueError);
}

TEST_CASE("targets of another rank or type fit") {
  const Tensor y_pred({3, 1}, {0.5f, 1.0f, 2.0f});
  const Tensor flat({3}, {std::int32_t{1}, std::int32_t{1}, std::int32_t{1}});
  CHECK(close(Loss("mse")->evaluate({.y_true = flat, .y_pred = y_pred}), (0.25 + 0.0 + 1.0) / 3));
  const Tensor labels({2, 1}, {std::uint8_t{0}, std::uint8_t{1}}), scores({2, 2}, {0.9f, 0.1f, 0.2f, 0.8f});
  CHECK(close(Loss("sparse_categorical_crossentropy")->evaluate({.y_true = labels, .y_pred = scores}),
              -(std::log(0.9) + std::log(0.8)) / 2));
  CHECK_THROWS_AS(Loss("mse")->evaluate({.y_true = Tensor({2, 3}), .y_pred = Tensor({2, 4})}), ValueError);
  CHECK_THROWS_AS(Loss("mse")->evaluate(
                      {.y_true = Tensor({2, 3}), .y_pred = Tensor({2, 3}), .sample_weight = Tensor({5})}),
                  ValueError);
}

TEST_CASE("targets of size 1 stand for all of an axis where Keras works number by number") {
  const Tensor y_true({2, 1}, {1.0f, -1.0f}), y_pred({2, 2}, {0.5f, 2.0f, 0.5f, -3.0f});
  // By Keras 3, the same on each backend.
  for (const auto& [name, value] : {std::pair{"mse", 1.875},
                                    {"mae", 1.25},
                                    {"mape", 125.0},
                                    {"hinge", 0.5},
                                    {"squared_hinge", 0.625},
                                    {"huber", 0.78125}}) {
    CAPTURE(name);
    const Loss loss(name);
    CHECK((*loss)(y_true, y_pred) == doctest::Approx(value));
    CHECK((*loss)(y_true.cast(DType::int32), y_pred) == doctest::Approx(value));
  }
  Tensor gradient({2, 2});
  Loss("mse")->evaluate({.y_true = y_true, .y_pred = y_pred}, gradient.view());
  CHECK(gradient.values() == std::vector<float>{-0.25f, 0.5f, 0.75f, -1.0f});
  // Not where a row is taken as one, nor from whatever else does not fit.
  CHECK_THROWS_AS((*Loss("binary_crossentropy"))(y_true, y_pred), ValueError);
  CHECK_THROWS_AS((*Loss("mse"))(Tensor({2, 3}), y_pred), ValueError);
  CHECK_THROWS_AS((*Loss("mse"))(y_pred, y_true), ValueError);
}

TEST_CASE("crossentropy is chosen by the shapes") {
  const Tensor scores({2, 2}, {0.9f, 0.1f, 0.2f, 0.8f}), one({2, 1}, {0.9f, 0.2f});
  const Tensor labels({2}, {std::int32_t{0}, std::int32_t{1}}), hot({2, 2}, {1.0f, 0.0f, 0.0f, 1.0f});
  const Tensor binary({2, 1}, {1.0f, 0.0f});
  auto same = [](const char* name, const Tensor& y_true, const Tensor& y_pred) {
    return close(Loss("crossentropy")->evaluate({.y_true = y_true, .y_pred = y_pred}),
                 Loss(name)->evaluate({.y_true = y_true, .y_pred = y_pred}));
  };
  CHECK(same("binary_crossentropy", binary, one));
  CHECK(same("sparse_categorical_crossentropy", labels, scores));
  CHECK(same("categorical_crossentropy", hot, scores));
  CHECK(Loss("ce")->wants_logits());
}

TEST_CASE("warm losses and metrics allocate nothing") {
  const Tensor y_true = Tensor::full({8, 4}, 0.25), y_pred = Tensor::full({8, 4}, 0.25),
               weight = Tensor::full({8}, 0.5);
  const Tensor labels({8}, DType::int32);
  for (const std::string& name : Registry<LossBase>::global().names()) {
    if (name == "CTC" || name == "Circle") continue;
    CAPTURE(name);
    const Loss loss(name);
    const bool sparse =
        name == "SparseCategoricalCrossentropy" || name == "CategoricalGeneralizedCrossEntropy";
    Tensor gradient({8, 4});
    const LossInputs inputs{
        .y_true = sparse ? labels.view() : y_true.view(), .y_pred = y_pred, .sample_weight = weight};
    loss->evaluate(inputs, gradient.view());
    const test::CountAllocations count;
    loss->evaluate(inputs, gradient.view());
    CHECK(count.so_far() == 0);
  }
  for (const char* name :
       {"mean_absolute_error", "categorical_accuracy", "binary_accuracy", "Precision", "AUC",
        "root_mean_squared_error", "top_k_categorical_accuracy", "cosine_similarity"}) {
    CAPTURE(name);
    const Metric metric(name);
    metric->update(y_true, y_pred, weight);
    const test::CountAllocations count;
    metric->update(y_true, y_pred, weight);
    CHECK(count.so_far() == 0);
  }
}

TEST_CASE("every loss of Keras is known by its names") {
  auto& registry = Registry<LossBase>::global();
  CHECK(registry.names().size() == 23);  // Keras's 22, and "crossentropy"
  for (const char* name :
       {"mse", "mean_squared_error", "MAE", "kl_divergence", "binary_crossentropy", "log_cosh",
        "categorical_generalized_cross_entropy", "sparse_categorical_crossentropy", "huber", "ctc", "dice",
        "circle", "tversky", "squared_hinge", "poisson", "cosine_similarity"})
    CHECK_MESSAGE(registry.contains(name), name);
  const Json keras2 = parse_json(
      R"({"reduction": "auto", "name": "sparse_categorical_crossentropy", "from_logits": true, "ignore_class": null,
          "fn": "sparse_categorical_crossentropy"})");
  CHECK(registry.make("SparseCategoricalCrossentropy", keras2)->get_config()["reduction"] ==
        "sum_over_batch_size");
  CHECK_THROWS_AS(losses::MeanSquaredError({.reduction = "average"}), ValueError);
}

TEST_CASE("whole predictions: losses make them real, metrics make the targets whole, as in Keras") {
  // keras.losses.MeanSquaredError and keras.metrics.MeanSquaredError of 3.15.1 give 1.125 and 1.0.
  const Tensor y_true({2, 2}, std::vector<float>{0.5f, 2.0f, -1.5f, 4.0f});
  const Tensor y_pred = Tensor({2, 2}, std::vector<float>{1.0f, 1.0f, 0.0f, 3.0f}).cast(DType::int32);
  losses::MeanSquaredError loss;
  CHECK(loss.evaluate({.y_true = y_true, .y_pred = y_pred}) == doctest::Approx((0.25 + 1 + 2.25 + 1) / 4));
  const Metric metric("mean_squared_error");
  metric->update(y_true, y_pred, {});
  CHECK(metric->result() == doctest::Approx((1 + 1 + 1 + 1) / 4.0));
}
