// Whole trainings by `fit` and what `evaluate` says after them, equal to real Keras's.
#include "nn/models/callbacks/monitor.hpp"
#include "tests/models/golden_model.hpp"
#include "tests/training/golden.hpp"

using namespace rhyton;
using test::GoldenModel;

namespace {

// Many epochs multiply rounding errors.
constexpr double relative = 1e-4, absolute = 1e-5;

template <class C>
std::shared_ptr<Callback> make_callback(const Json& arguments) {
  typename C::Config config;
  ConfigReader reader(arguments, "callback");
  config.fields(reader);
  reader.finish();
  return std::make_shared<C>(config);
}

FitArguments fit_arguments(const GoldenModel& golden) {
  const Json& fit = golden.facts["fit"];
  FitArguments arguments{.batch_size = fit.value("batch_size", std::int64_t{32}),
                         .epochs = fit["epochs"].get<std::int64_t>(),
                         .verbose = 0,
                         .validation_split = fit.value("validation_split", 0.0),
                         .shuffle = false,
                         .initial_epoch = fit.value("initial_epoch", std::int64_t{0}),
                         .validation_freq = fit.value("validation_freq", std::int64_t{1})};
  if (fit["validation"].get<bool>())
    arguments.validation_data = {golden.list("x", "_val"), golden.list("y", "_val")};
  if (fit["weights"].get<bool>()) arguments.sample_weight = *find(golden.arrays, "sample_weight");
  if (fit.contains("class_weight"))
    for (const auto& [label, weight] : fit["class_weight"].items())
      arguments.class_weight[std::stoll(label)] = weight.get<double>();
  for (const Json& callback : fit["callbacks"])
    arguments.callbacks.push_back(callback["class_name"] == "EarlyStopping"
                                      ? make_callback<EarlyStopping>(callback["arguments"])
                                      : make_callback<ReduceLROnPlateau>(callback["arguments"]));
  return arguments;
}

}  // namespace

TEST_CASE("fit and evaluate report what Keras's do") {
  for (const GoldenModel& golden : test::golden_models("histories")) {
    CAPTURE(golden.name);
    Model model = golden.make();
    model.compile(test::compile_arguments(golden.facts["compile"]));
    const History history = model.fit(golden.list("x"), golden.list("y"), fit_arguments(golden));
    CHECK(history.epoch == golden.facts["epochs"].get<std::vector<std::int64_t>>());
    CHECK(history.history.size() == golden.facts["history"].size());
    for (const auto& [key, values] : golden.facts["history"].items()) {
      CAPTURE(key);
      const std::vector<double>& actual = history[key];
      REQUIRE(actual.size() == values.size());
      for (std::size_t i = 0; i < actual.size(); ++i)
        CHECK(close(actual[i], values[i].get<double>(), relative, absolute));
    }
    CHECK(close(model.optimizer().learning_rate(), golden.facts["learning_rate"].get<double>()));
    CHECK(model.optimizer().iterations() == golden.facts["iterations"].get<std::int64_t>());
    const auto weights = model.get_weights(), expected = golden.list("w", "_after");
    REQUIRE(weights.size() == expected.size());
    for (std::size_t i = 0; i < weights.size(); ++i)
      check_close(weights[i], as_doubles(expected[i]), relative, absolute);
    const Results results =
        model.evaluate(golden.list("x", "_val"), golden.list("y", "_val"), {.batch_size = 10});
    REQUIRE(results.size() == golden.facts["evaluate"].size());
    for (const auto& [key, value] : results) {
      CAPTURE(key);
      REQUIRE(golden.facts["evaluate"].contains(key));
      CHECK(close(value, golden.facts["evaluate"][key].get<double>(), relative, absolute));
    }
  }
}
