#include "nn/custom_objects.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "layers/core/dense.hpp"
#include "layers/core/input_layer.hpp"
#include "nn/constraints/constraint.hpp"
#include "nn/error.hpp"
#include "nn/models/model.hpp"
#include "nn/training/losses/regression.hpp"
#include "nn/training/metrics/loss_metrics.hpp"
#include "nn/training/optimizers/sgd.hpp"
#include "serialization/json_text.hpp"
#include "serialization/saving.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::TemporaryFolder;

namespace {

struct FactorConfig {
  double factor = 3.0;
  RHYTON_LAYER_ARGUMENTS;
  void fields(ConfigFields& f) { f("factor", factor); }
};

/// y = factor x.
class Scaled final : public LayerOf<Scaled, FactorConfig> {
 public:
  static constexpr const char* keras_name = "files>Scaled";
  explicit Scaled(Config config = {}) : LayerOf(std::move(config)) {}
  void call(Call& c) const override {
    for (Dim i = 0; i < c.input().size(); ++i)
      c.output().data<float>()[i] = static_cast<float>(config_.factor) * c.input().data<float>()[i];
  }
  void backward(Backward& b) const override {
    for (Dim i = 0; b.dx() && i < b.dy().size(); ++i)
      b.dx().data<float>()[i] = static_cast<float>(config_.factor) * b.dy().data<float>()[i];
  }
};

/// A class of no package.
class Plain final : public LayerOf<Plain, FactorConfig> {
 public:
  static constexpr const char* keras_name = "Plain";
  explicit Plain(Config config = {}) : LayerOf(std::move(config)) {}
  void call(Call& c) const override { copy(c.input(), c.output()); }
  void backward(Backward& b) const override {
    if (b.dx()) copy(b.dy(), b.dx());
  }
};

struct NoConfig {
  void fields(ConfigFields&) {}
};

class Fives : public Configured<Fives, InitializerBase, NoConfig> {
 public:
  static constexpr const char* keras_name = "files>Fives";
  explicit Fives(Config config = {}) : Configured(config) {}
  void operator()(View out, Rng&) const override { fill(out, 5.0); }
};

class Free : public Configured<Free, RegularizerBase, NoConfig> {
 public:
  static constexpr const char* keras_name = "files>Free";
  explicit Free(Config config = {}) : Configured(config) {}
  double value(ConstView) const override { return 7.0; }
  void add_gradient(ConstView, View, double) const override {}
};

class Anything : public Configured<Anything, ConstraintBase, NoConfig> {
 public:
  static constexpr const char* keras_name = "files>Anything";
  explicit Anything(Config config = {}) : Configured(config) {}
  void apply(View) const override {}
};

class Distance : public losses::MeanLoss<Distance> {
 public:
  static constexpr const char *keras_name = "files>Distance", *default_name = "distance";
  explicit Distance(Config config = {}) : MeanLoss(std::move(config)) {}
  template <class T>
  T value(T t, T p) const {
    return (p - t) * (p - t);
  }
  template <class T>
  T slope(T t, T p) const {
    return T(2) * (p - t);
  }
};

struct CountConfig {
  std::string name = "count";
  void fields(ConfigFields& v) { v("name", name); }
};
class Count : public Configured<Count, MetricBase, CountConfig> {
 public:
  static constexpr const char* keras_name = "files>Count";
  explicit Count(Config config = {}) : Configured(std::move(config)) {}
  void reset() override { count_ = 0; }
  void update(ConstView y_true, ConstView, ConstView) override {
    count_ += static_cast<double>(y_true.shape()[0]);
  }
  double result() const override { return count_; }
  std::string name() const override { return config_.name; }

 private:
  double count_ = 0;
};

/// SGD under a name of its own, of the package that tf.keras uses for its own optimizers.
class Descent : public SGD {
 public:
  static constexpr const char* keras_name = "Custom>Descent";
  explicit Descent(Config config = {}) : SGD(std::move(config)) {}
  std::string class_name() const override { return keras_name; }
  static std::shared_ptr<OptimizerBase> from_config(const Json& json) {
    ConfigReader reader(json, keras_name);
    Config config;
    config.fields(reader);
    reader.finish();
    return std::make_shared<Descent>(std::move(config));
  }
};

CustomActivation doubled() {
  return {"files>doubled",
          [](ConstView x, View y) {
            for (Dim i = 0; i < x.size(); ++i) y.data<float>()[i] = 2 * x.data<float>()[i];
          },
          [](ConstView, ConstView, ConstView dy, View dx) {
            for (Dim i = 0; i < dy.size(); ++i) dx.data<float>()[i] = 2 * dy.data<float>()[i];
          }};
}

CustomObjects all_objects() {
  CustomObjects objects;
  objects.add_class<Scaled>().add_class<Plain>().add_class<Fives>().add_class<Free>().add_class<Anything>();
  objects.add_class<Distance>().add_class<Count>().add_class<Descent>().add_activation(doubled());
  return objects;
}

Model trained_model() {
  Sequential model({Input({2}),
                    Dense({.units = 3,
                           .activation = doubled(),
                           .kernel_initializer = Fives(),
                           .kernel_regularizer = Free(),
                           .kernel_constraint = Anything()}),
                    Scaled({.factor = 0.5}), Plain()});
  model.compile({.optimizer = Descent({.learning_rate = 1e-4}), .loss = Distance(), .metrics = {Count()}});
  model.train_on_batch(Tensor({4, 2}, std::vector<float>(8, 1.0f)), Tensor({4, 3}));
  return model;
}

}  // namespace

TEST_CASE("custom objects: a load knows those it is given, in every format, and saving goes on") {
  const TemporaryFolder folder;
  const Model model = trained_model();
  const Tensor x({2, 2}, {1, 2, 3, 4});
  const auto expected = model.predict(x).values();
  for (const char* name : {"m.keras", "m.h5"}) {
    CAPTURE(name);
    save_model(model, folder / name);
    const Model loaded = load_model(folder / name, {.custom_objects = all_objects()});
    CHECK(loaded.predict(x).values() == expected);
    REQUIRE(loaded.compiled());
    // Written again, out of any scope, it says the same.
    save_model(loaded, folder / ("again_" + std::string(name)));
    Model again = load_model(folder / ("again_" + std::string(name)), {.custom_objects = all_objects()});
    CHECK(again.predict(x).values() == expected);
    CHECK(to_json(again) == to_json(loaded));
    const auto logs = again.evaluate(x, Tensor({2, 3}));
    REQUIRE(logs.size() == 2);
  }
  const Model bare = model_from_json(to_json(model), {.custom_objects = all_objects()});
  CHECK(bare.predict(Tensor({1, 2}, {1, 1})).values() == std::vector<float>{10, 10, 10});
}

TEST_CASE("custom objects: nothing of them stays behind") {
  const TemporaryFolder folder;
  save_model(trained_model(), folder / "m.keras");
  load_model(folder / "m.keras", {.custom_objects = all_objects()});
  CHECK_FALSE(Registry<Layer>::global().contains(Scaled::keras_name));
  CHECK_FALSE(Registry<LossBase>::global().contains(Distance::keras_name));
  CHECK_THROWS_AS(ActivationFn("files>doubled"), ValueError);
  try {
    load_model(folder / "m.keras");
    FAIL("loaded classes that nobody knows");
  } catch (const Error& error) {
    const std::string text = error.what();
    for (const char* part : {"Scaled", "Plain", "files>doubled"}) {
      CAPTURE(text);
      CHECK(text.find(part) != std::string::npos);
    }
  }
  // An error in the middle of a load ends its scope too.
  CHECK_THROWS_AS(model_from_json("{", {.custom_objects = all_objects()}), Error);
  CHECK_FALSE(Registry<Layer>::global().contains(Scaled::keras_name));
}

TEST_CASE("custom objects: scopes are of one thread, the innermost goes first") {
  CustomObjects outer, inner;
  const auto made = [](double factor) {
    return [factor](const Json&) { return std::make_shared<Scaled>(Scaled({.factor = factor})); };
  };
  outer.add<Layer>("a", made(1)).add<Layer>("b", made(1));
  inner.add<Layer>("a", made(2)).add<Layer>("Dense", made(4));
  const auto factor = [](const char* name) {
    const auto layer = Registry<Layer>::global().make(name);
    return dynamic_cast<const Scaled&>(*layer).config().factor;
  };
  const CustomObjectScope scope(outer);
  {
    const CustomObjectScope nested(inner);
    CHECK(factor("a") == 2);
    CHECK(factor("b") == 1);
    CHECK(factor("Dense") == 4);  // goes before the library's own
    bool elsewhere = true;
    std::thread([&] { elsewhere = Registry<Layer>::global().contains("a"); }).join();
    CHECK_FALSE(elsewhere);
  }
  CHECK(factor("a") == 1);
  CHECK(Registry<Layer>::global().contains("Dense"));
}

TEST_CASE("custom objects: many loads at once, each with its own") {
  const std::string json = to_json(trained_model());
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      CustomObjects objects = all_objects();
      const double own = t + 1;
      objects.add<Layer>(Scaled::keras_name,
                         [own](const Json&) { return std::make_shared<Scaled>(Scaled({.factor = own})); });
      for (int i = 0; i < 20; ++i) {
        const Model model = model_from_json(json, {.custom_objects = objects});
        right += model.predict(Tensor({1, 2}, {1, 1})).values()[0] == static_cast<float>(20 * own);
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(right == 160);
}

TEST_CASE("custom objects: how files name them") {
  const Json json = parse_json_text(to_json(trained_model()), "JSON");
  const Json& layers = json["config"]["layers"];
  const Json& dense = layers[1]["config"];
  // Keras looks for functions and classes of one's own under these names alone.
  CHECK(dense["activation"]["config"] == "files>doubled");
  CHECK(dense["activation"]["module"] == "builtins");
  CHECK(dense["kernel_initializer"]["registered_name"] == "files>Fives");
  CHECK(dense["kernel_initializer"]["class_name"] == "Fives");
  CHECK(layers[2]["registered_name"] == "files>Scaled");
  CHECK(layers[2]["module"].is_null());
  CHECK(layers[3]["class_name"] == "Plain");
  CHECK(layers[3]["registered_name"] == "Plain");
  CHECK(layers[3]["module"].is_null());
  CHECK(layers[1]["module"] == "keras.layers");
}

TEST_CASE("custom objects: a class of one's own for a layer that is refused") {
  const std::string text =
      R"({"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [
    {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [null, 2], "dtype": "float32", "name": "i"}},
    {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "half", "function": {"class_name": "__lambda__",
      "config": {"code": "4wEAAAA=", "defaults": null, "closure": null}}}}]}})";
  CHECK_THROWS_AS(model_from_json(text), NotSupported);
  CustomObjects objects;
  objects.add<Layer>("Lambda", [](const Json& config) {
    return std::make_shared<Scaled>(Scaled({.factor = 0.5, .name = config["name"].get<std::string>()}));
  });
  const Model model = model_from_json(text, {.custom_objects = objects});
  CHECK(model.predict(Tensor({1, 2}, {1, 3})).values() == std::vector<float>{0.5f, 1.5f});
}
