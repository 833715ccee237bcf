#include "nn/training/metrics/accuracy.hpp"
#include "nn/training/metrics/confusion.hpp"
#include "nn/training/metrics/curves.hpp"
#include "nn/training/metrics/f_score.hpp"
#include "nn/training/metrics/mean.hpp"
#include "tests/training/golden.hpp"

using namespace rhyton;

TEST_CASE("metrics follow Keras: results after each batch, configurations") {
  const Golden golden("metrics");
  auto& registry = Registry<MetricBase>::global();
  for (const auto& [name, expected] : golden.json["cases"].items()) {
    CAPTURE(name);
    const auto metric = registry.make(expected["class_name"].get<std::string>(), expected["config"]);
    CHECK(same_json(metric->get_config(), expected["config"]));
    for (int round = 0; round < 2; ++round) {
      for (int s = 0; s < expected["updates"].get<int>(); ++s) {
        CAPTURE(s);
        const std::string step = std::to_string(s);
        const Tensor* weight = golden.find(name + "/sample_weight" + step);
        const ConstView w = weight ? weight->view() : ConstView();
        if (const Tensor* values = golden.find(name + "/values" + step))
          metric->update(*values, {}, w);
        else
          metric->update(golden.at(name + "/y_true" + step), golden.at(name + "/y_pred" + step), w);
        const std::vector<double> result = as_doubles(golden.at(name + "/result" + step));
        const std::vector<double> actual = metric->results();
        REQUIRE(actual.size() == result.size());
        for (std::size_t i = 0; i < result.size(); ++i) {
          CAPTURE(actual[i]);
          CAPTURE(result[i]);
          CHECK(close(actual[i], result[i]));
        }
      }
      metric->reset();
    }
  }
}

TEST_CASE("every metric of Keras is known by its names") {
  auto& registry = Registry<MetricBase>::global();
  for (const char* name : {"AUC",
                           "Accuracy",
                           "BinaryAccuracy",
                           "BinaryCrossentropy",
                           "BinaryIoU",
                           "CategoricalAccuracy",
                           "CategoricalCrossentropy",
                           "CategoricalHinge",
                           "ConcordanceCorrelation",
                           "CosineSimilarity",
                           "F1Score",
                           "FBetaScore",
                           "FalseNegatives",
                           "FalsePositives",
                           "Hinge",
                           "IoU",
                           "KLDivergence",
                           "LogCoshError",
                           "Mean",
                           "MeanAbsoluteError",
                           "MeanAbsolutePercentageError",
                           "MeanIoU",
                           "MeanMetricWrapper",
                           "MeanSquaredError",
                           "MeanSquaredLogarithmicError",
                           "OneHotIoU",
                           "OneHotMeanIoU",
                           "PearsonCorrelation",
                           "Poisson",
                           "Precision",
                           "PrecisionAtRecall",
                           "R2Score",
                           "Recall",
                           "RecallAtPrecision",
                           "RootMeanSquaredError",
                           "SensitivityAtSpecificity",
                           "SparseCategoricalAccuracy",
                           "SparseCategoricalCrossentropy",
                           "SparseTopKCategoricalAccuracy",
                           "SpecificityAtSensitivity",
                           "SquaredHinge",
                           "Sum",
                           "TopKCategoricalAccuracy",
                           "TrueNegatives",
                           "TruePositives"})
    CHECK_MESSAGE(registry.contains(name), name);
  for (const char* name : {"mse", "mae", "MSE", "mean_squared_error", "binary_accuracy", "kl_divergence",
                           "auc", "sparse_top_k_categorical_accuracy", "top_k_categorical_accuracy"})
    CHECK(Metric(name)->name() == name);
  CHECK(Metric("mse")->get_config()["name"] == "mse");
  CHECK(Metric("mse")->class_name() == "MeanSquaredError");
  // A class name that is typed is the key as well; an object has its own.
  CHECK(Metric("AUC")->name() == "AUC");
  CHECK(Metric(metrics::AUC())->name() == "auc");
  CHECK(Registry<MetricBase>::global().make_from_json("Precision")->name() == "Precision");
  CHECK(Registry<MetricBase>::global()
            .make_from_json(parse_json(R"({"class_name": "AUC", "config": {}})"))
            ->name() == "auc");
}

TEST_CASE("accuracy is chosen by the shapes, under the name that was typed") {
  auto chosen = [](const char* name, const Shape& y_true, const Shape& y_pred) {
    const Metric metric = resolve_metric(name, y_true, y_pred);
    CHECK(metric->name() == name);
    return metric->class_name();
  };
  CHECK(chosen("accuracy", {8, 1}, {8, 1}) == "BinaryAccuracy");
  CHECK(chosen("acc", {8}, {8, 3}) == "SparseCategoricalAccuracy");
  CHECK(chosen("accuracy", {8, 1}, {8, 3}) == "SparseCategoricalAccuracy");
  CHECK(chosen("accuracy", {8, 3}, {8, 3}) == "CategoricalAccuracy");
  CHECK(chosen("Accuracy", {8, 1}, {8, 1}) == "BinaryAccuracy");
  CHECK(chosen("mae", {8, 3}, {8, 3}) == "MeanAbsoluteError");
  const Metric mae("mae"), copy = resolve_metric(mae, {2, 1}, {2, 1});
  copy->update(Tensor({1, 1}, {1.0f}), Tensor({1, 1}, {3.0f}), {});
  CHECK(copy->result() == 2.0);
  CHECK(mae->result() == 0.0);
  CHECK_THROWS_AS(Metric("accuracy")->update(Tensor({1}), Tensor({1}), {}), Error);
}

TEST_CASE("a mask counts as weights") {
  const Tensor y_true({2, 2}, {1.0f, 2.0f, 3.0f, 4.0f}), y_pred({2, 2, 1}, {1.0f, 4.0f, 0.0f, 4.0f});
  Tensor mask({2, 2}, DType::boolean);
  mask.data<bool>()[0] = mask.data<bool>()[1] = true;
  const Metric mae("mae");
  mae->update(y_true.reshaped({2, 2, 1}), y_pred, mask);
  CHECK(mae->result() == doctest::Approx(1.0));
}

TEST_CASE("a threshold of 0 tells logits apart") {
  metrics::BinaryAccuracy accuracy({.threshold = 0.0});
  accuracy.update(Tensor({3, 1}, {1.0f, 0.0f, 1.0f}), Tensor({3, 1}, {0.2f, -3.0f, -0.1f}), {});
  CHECK(accuracy.result() == doctest::Approx(2.0 / 3.0));
}

TEST_CASE("wrappers of functions, as older files hold them") {
  const Json config =
      parse_json(R"({"name": "mean_absolute_error", "dtype": "float32", "fn": "mean_absolute_error"})");
  const auto metric = Registry<MetricBase>::global().make("MeanMetricWrapper", config);
  // Written as Keras 3 writes functions: it reads no mere name.
  const Json function = parse_json(
      R"({"module": "builtins", "class_name": "function", "config": "mean_absolute_error", "registered_name": "function"})");
  CHECK(metric->get_config()["fn"] == function);
  CHECK(Registry<MetricBase>::global().make("MeanMetricWrapper", metric->get_config())->get_config() ==
        metric->get_config());
  metric->update(Tensor({2, 1}, {1.0f, 2.0f}), Tensor({2, 1}, {2.0f, 4.0f}), {});
  CHECK(metric->result() == doctest::Approx(1.5));
}

TEST_CASE("wrong arguments of metrics are refused") {
  CHECK_THROWS_AS(metrics::Precision({.thresholds = 1.5}), ValueError);
  CHECK_THROWS_AS(metrics::AUC({.curve = "XY"}), ValueError);
  CHECK_THROWS_AS(metrics::F1Score({.average = "mean"}), ValueError);
  CHECK_THROWS_AS(Metric("mse")->update(Tensor({2, 3}), Tensor({2, 4}), {}), ValueError);
  CHECK_THROWS_AS(Metric("categorical_accuracy")->update(Tensor({2, 3}), Tensor({2, 4}), {}), ValueError);
}
