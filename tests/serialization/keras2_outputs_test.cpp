// Several outputs in files of Keras 2: their names and metrics.
#include "serialization/keras2_outputs.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "rhyton.hpp"
#include "serialization/compile_config.hpp"
#include "serialization/hdf5_file.hpp"
#include "serialization/saving.hpp"

namespace rhyton::test {

TEST_CASE("dialects: what Keras 2 says of outputs by their counted names") {
  CompileArguments arguments;
  arguments.loss.named = {{"d", "mse"}, {"d_2", "mae"}};
  arguments.loss_weights.named = {{"d_1", 0.5}};
  arguments.metrics.named = {{"d_2", MetricList("mae")}};
  // The second name is another layer's: Keras 2 passes over it.
  outputs_from_keras2(arguments, {"d", "d_1", "d"});
  CHECK(arguments.loss.named.empty());
  REQUIRE(arguments.loss.list.size() == 3);
  CHECK(arguments.loss.list[0]->class_name() == "MeanSquaredError");
  CHECK(!arguments.loss.list[1]);
  CHECK(arguments.loss.list[2]->class_name() == "MeanAbsoluteError");
  CHECK(arguments.loss_weights.list == std::vector<double>{1.0, 0.5, 1.0});
  CHECK(arguments.metrics.list.at(2).metrics.size() == 1);
  // Names that are not repeated stay names.
  CompileArguments plain;
  plain.loss.named = {{"d", "mse"}};
  outputs_from_keras2(plain, {"d", "e"});
  CHECK(plain.loss.named.size() == 1);
}

TEST_CASE("dialects: a plain list of metrics belongs to every output of Keras 2's models") {
  CompileArguments arguments;
  arguments.metrics.list = {MetricList({"mae", "mse"})};
  outputs_from_keras2(arguments, {"a", "b"});
  REQUIRE(arguments.metrics.list.size() == 2);
  CHECK(arguments.metrics.list[1].metrics.size() == 2);
  // Given one each, as Keras 3 has it, they are written one each.
  CompileArguments back;
  back.metrics.list = {MetricList({"mae", "mse"})};
  outputs_to_keras2(back, {"a", "b"});
  REQUIRE(back.metrics.list.size() == 2);
  CHECK(back.metrics.list[0].metrics.size() == 1);
  CHECK(back.metrics.list[1].metrics[0]->name() == "mse");
}

TEST_CASE("dialects: metrics carry their output's name in Keras 2's .h5") {
  const SymbolicTensor x = Input(Shape{4});
  const auto a = Dense({.units = 3, .activation = "softmax", .name = "a"})(x);
  const auto b = Dense({.units = 1, .name = "b"})(x);
  Model model(x, {a, b});
  model.compile({.optimizer = "adam",
                 .loss = {{"a", "sparse_categorical_crossentropy"}, {"b", "mse"}},
                 .metrics = {{"a", {"mae", "accuracy"}}, {"b", {"acc", metrics::RootMeanSquaredError()}}},
                 .weighted_metrics = {{"b", {"acc"}}}});
  const std::string path = (std::filesystem::temp_directory_path() / "rhyton_output_names.h5").string();
  save_model(model, path, {.dialect = FileDialect::keras2});
  const Json training = Json::parse(Hdf5File(path).text("", "training_config"));
  std::vector<std::string> found;
  for (const char* key : {"metrics", "weighted_metrics"})
    for (const Json& list : training[key])
      for (const Json& metric : list)
        found.push_back(metric["config"].value("fn", metric["class_name"].get<std::string>()) + " " +
                        metric["config"]["name"].get<std::string>());
  CHECK(found == std::vector<std::string>{"MeanAbsoluteError a_mae", "sparse_categorical_accuracy a_accuracy",
                                          "binary_accuracy b_acc",
                                          "RootMeanSquaredError b_root_mean_squared_error",
                                          "binary_accuracy b_weighted_acc"});
  // Here they have their own names again.
  const Model again = load_model(path);
  std::filesystem::remove(path);
  const auto& found_again = again.compile_arguments().metrics.list;
  REQUIRE(found_again.size() == 2);
  CHECK(found_again[0].metrics[0]->name() == "mae");
  CHECK(found_again[0].metrics[1]->class_name() == "accuracy");
  CHECK(found_again[1].metrics[1]->name() == "root_mean_squared_error");
}

TEST_CASE("dialects: names that metrics of Keras 2's .h5 are read with") {
  const Json training = Json::parse(R"({"metrics": [[{"class_name": "MeanMetricWrapper", "config":
      {"name": "left_mae", "fn": "mean_absolute_error"}}, {"class_name": "AUC", "config": {"name": "left"}}],
      [{"class_name": "MeanMetricWrapper", "config": {"name": "left_1_accuracy", "fn": "binary_accuracy"}}]],
      "weighted_metrics": [[null], ["mse", {"class_name": "Precision", "config": {"name": "left_1_p"}}]]})");
  Json adapted = training;
  take_off_output_names(adapted, {"left", "left"});
  LoadReport report;
  const auto read = read_compile_config(adapted, report);
  report.check("x");
  CHECK(read.metrics.list.at(0).metrics.at(0)->name() == "mae");
  CHECK(read.metrics.list.at(0).metrics.at(1)->name() == "left");
  CHECK(read.metrics.list.at(1).metrics.at(0)->class_name() == "accuracy");
  CHECK(read.weighted_metrics.list.at(0).metrics.empty());
  CHECK(read.weighted_metrics.list.at(1).metrics.at(1)->name() == "p");
  // A list that is not one of each output's lists, and what is no metric at all, stay as they are.
  for (const char* odd :
       {R"({"metrics": ["left_mae"]})", R"({"metrics": [[3, {"config": 4}, {"config": {"name": 5}}], 7]})",
        R"([])", R"("metrics")"}) {
    Json same = Json::parse(odd);
    take_off_output_names(same, {"left", "right"});
    CHECK(same == Json::parse(odd));
  }
}

}  // namespace rhyton::test
