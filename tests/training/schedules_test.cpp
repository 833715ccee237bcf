#include "nn/training/schedules/schedule.hpp"
#include "tests/training/golden.hpp"

using namespace rhyton;

TEST_CASE("schedules follow Keras") {
  const Golden golden("schedules", false);
  for (const auto& [name, expected] : golden.json["cases"].items()) {
    CAPTURE(name);
    const auto schedule =
        Registry<ScheduleBase>::global().make(expected["class_name"].get<std::string>(), expected["config"]);
    CHECK(schedule->get_config() == expected["config"]);
    for (std::size_t step = 0; step < expected["values"].size(); ++step) {
      CAPTURE(step);
      const double value = expected["values"][step].get<double>();
      CHECK(close((*schedule)(static_cast<std::int64_t>(step)), value, 1e-5, 1e-7));
    }
  }
}

TEST_CASE("wrong arguments of schedules are refused") {
  CHECK_THROWS_AS(ExponentialDecay({.initial_learning_rate = 0.1, .decay_rate = 0.5}), ValueError);
  CHECK_THROWS_AS(PiecewiseConstantDecay({.boundaries = {1.0}, .values = {0.1}}), ValueError);
}
