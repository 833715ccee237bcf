// What a program that comes from Keras expects to find.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <sstream>

#include "rhyton.hpp"

using namespace rhyton;

namespace {

Tensor noise(const Shape& shape, std::uint64_t seed) {
  Tensor out(shape);
  Rng(seed).fill_normal(out.view());
  return out;
}

/// x in batches of four, counted.
class Rows final : public Dataset {
 public:
  Rows(Tensor x, Tensor y) : x_(std::move(x)), y_(std::move(y)) {}
  std::optional<std::int64_t> num_batches() const override { return x_.shape()[0] / 4; }
  Batch batch(std::int64_t i) override {
    ++asked;
    return {x_.rows(4 * i, 4 * i + 4), y_.rows(4 * i, 4 * i + 4)};
  }
  void on_epoch_begin() override { ++begun; }
  void on_epoch_end() override { ++ended; }
  int asked = 0, begun = 0, ended = 0;

 private:
  Tensor x_, y_;
};

Sequential small() {
  return Sequential({Input({3}), Dense({.units = 4, .activation = "tanh"}), Dense({.units = 2})});
}

}  // namespace

TEST_CASE("api: a model that ends at an inner layer") {
  Sequential model(
      {Input({3}), Dense({.units = 4, .activation = "relu", .name = "features"}), Dense({.units = 2})});
  const Tensor x = noise({5, 3}, 1);
  const Model features(model.inputs(), model.layer_output("features"));
  CHECK(features.predict(x).shape() == Shape{5, 4});
  const Model head(model.layer_output("features"), model.output());
  CHECK(head.predict(features.predict(x)).values() == model.predict(x).values());
  CHECK(model.layer_input("features") == model.input());
  CHECK(model.input_shape() == Shape{unknown, 3});
  CHECK(model.output_shape() == Shape{unknown, 2});
  CHECK(model.weights().size() == 4);
  CHECK_THROWS_AS(model.layer_output("nothing"), ValueError);
  CHECK_THROWS_AS(model.layer_output("features", 1), ValueError);
  CHECK_THROWS_AS(Sequential({Dense({.units = 2})}).output(), ValueError);
  // Numbers go in as they are.
  CHECK(model(x).values() == model.predict(x).values());
}

TEST_CASE("api: inputs and outputs by name") {
  Input a({.shape = {2}, .name = "first"}), b({.shape = {2}, .name = "second"});
  Model model({{"left", a}, {"right", b}}, {{"sum", a + b}, {"difference", a - b}});
  CHECK(model.input_names() == std::vector<std::string>{"left", "right"});
  // By key, as Keras orders what stands in a dictionary.
  CHECK(model.output_names() == std::vector<std::string>{"difference", "sum"});
  const Tensor one = Tensor::full({1, 2}, 1.0), two = Tensor::full({1, 2}, 2.0);
  for (const Model& m : {model, model_from_json(model.to_json())}) {
    const auto y = m.predict_all({{"right", two}, {"left", one}});
    CHECK(y[0].at({0, 0}) == -1.0f);
    CHECK(y[1].at({0, 0}) == 3.0f);
  }
}

TEST_CASE("api: losses, weights and metrics by output name") {
  Input x({3});
  Model model(x, {Dense({.units = 2, .name = "a"})(x), Dense({.units = 1, .name = "b"})(x)});
  model.compile({.loss = {{"b", "mae"}, {"a", "mse"}},
                 .loss_weights = {{"a", 0.25}, {"b", 2.0}},
                 .metrics = std::map<std::string, MetricList>{{"b", {"mse"}}}});
  const Results r = model.evaluate(noise({4, 3}, 1), {noise({4, 2}, 2), noise({4, 1}, 3)});
  CHECK(r.size() == 4);
  CHECK(r["loss"] == doctest::Approx(0.25 * r["a_loss"] + 2 * r["b_loss"]));
  CHECK(r["b_mse"] > 0);
  // The same by a list with names, whose braces alone do not tell it from one list an output.
  model.compile({.loss = "mse", .metrics = {{"b", {"mse"}}, {"a", {"mae", metrics::MeanSquaredError()}}}});
  const Results named = model.evaluate(noise({4, 3}, 1), {noise({4, 2}, 2), noise({4, 1}, 3)});
  CHECK(named["b_mse"] == r["b_mse"]);
  CHECK(named["a_mean_squared_error"] > 0);
  model.compile({.loss = "mse", .metrics = {{"b", "mae"}}});
  CHECK(model.evaluate(noise({4, 3}, 1), {noise({4, 2}, 2), noise({4, 1}, 3)})["b_mae"] > 0);
  model.compile({.loss = "mse", .metrics = {{"mae", "mse"}, {"mse"}}});
  CHECK(model.evaluate(noise({4, 3}, 1), {noise({4, 2}, 2), noise({4, 1}, 3)})["a_mse"] > 0);
  CHECK_THROWS_AS(model.compile({.loss = "mse", .metrics = {{"b", {"mae"}}, {"mse"}}}), ValueError);
  CHECK_THROWS_AS(MetricList({"mae", {"mse"}, {"mae"}}), ValueError);
}

TEST_CASE("api: results by name, callbacks by value") {
  Sequential model = small();
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  const Tensor x = noise({12, 3}, 1), y = noise({12, 2}, 2);
  const auto stop =
      std::make_shared<EarlyStopping>(EarlyStopping::Config{.monitor = "loss", .min_delta = 100});
  const History history = model.fit(
      x, y, {.epochs = 5, .verbose = 0, .callbacks = {stop, LearningRateScheduler([](std::int64_t, double) {
                                                        return 0.01;
                                                      })}});
  CHECK(history.epoch.size() == 2);
  CHECK(stop->stopped_epoch() == 1);
  CHECK(history["learning_rate"][0] == doctest::Approx(0.01));
  const Results results = model.evaluate(x, y);
  CHECK(results["mae"] == results[1].second);
  CHECK_THROWS_AS(results["accuracy"], ValueError);
}

TEST_CASE("api: callbacks that write files take their path first or by name") {
  const std::string folder = (std::filesystem::temp_directory_path() / "rhyton_api_callbacks").string();
  std::filesystem::create_directories(folder);
  Sequential model = small();
  model.compile({.loss = "mse"});
  model.fit(noise({4, 3}, 1), noise({4, 2}, 2),
            {.verbose = 0,
             .callbacks = {ModelCheckpoint(folder + "/a.keras", {.monitor = "loss", .save_best_only = true}),
                           ModelCheckpoint({.filepath = folder + "/b.keras"}), CSVLogger(folder + "/a.csv"),
                           CSVLogger({.filename = folder + "/b.csv", .separator = ";"}),
                           BackupAndRestore({.backup_dir = folder + "/backup"})}});
  for (const char* file : {"a.keras", "b.keras", "a.csv", "b.csv"})
    CHECK(std::filesystem::exists(folder + "/" + file));
  std::filesystem::remove_all(folder);
}

TEST_CASE("api: a Dataset trains as its arrays do") {
  const Tensor x = noise({12, 3}, 1), y = noise({12, 2}, 2);
  Sequential model = small();
  const Model copy = clone_model(model);
  Model other = copy;
  other.set_weights(model.get_weights());
  for (Model* m : {static_cast<Model*>(&model), &other}) m->compile({.optimizer = "adam", .loss = "mse"});
  Rows rows(x, y), held_out(x, y);
  const auto a = model.fit(rows, {.epochs = 3, .verbose = 0, .validation_data = held_out});
  const auto b = other.fit(
      x, y, {.batch_size = 4, .epochs = 3, .verbose = 0, .validation_data = {x, y}, .shuffle = false});
  CHECK(a.history == b.history);
  CHECK(rows.asked == 9);
  CHECK(rows.begun == 3);
  CHECK(rows.ended == 3);
  CHECK(held_out.asked == 9);
  CHECK(model.evaluate(rows) == other.evaluate(x, y, {.batch_size = 4}));
  CHECK(model.predict(rows).values() == other.predict(x).values());
  // class_weight meets what a Dataset gives, too.
  CHECK_NOTHROW(model.fit(rows, {.verbose = 0, .class_weight = {{0, 2.0}}}));
  CHECK_THROWS_AS(model.fit(rows, {.verbose = 0, .validation_split = 0.5}), ValueError);
}

TEST_CASE("api: data without samples are refused where something is to be learned or measured") {
  const Tensor x({0, 3}), y({0, 2}), one_x = noise({1, 3}, 1), one_y = noise({1, 2}, 2);
  Sequential model = small();
  model.compile({.loss = "mse"});
  CHECK_THROWS_AS(model.fit(x, y, {.verbose = 0}), ValueError);
  CHECK_THROWS_AS(model.fit(one_x, one_y, {.verbose = 0, .validation_data = {x, y}}), ValueError);
  CHECK_THROWS_AS(model.evaluate(x, y), ValueError);
  CHECK(model.predict(x).shape() == Shape{0, 2});
}

TEST_CASE("api: steps_per_epoch goes on where the last epoch ended") {
  const Tensor x = noise({12, 3}, 1), y = noise({12, 2}, 2);
  Sequential model = small();
  model.compile({.loss = "mse"});
  Rows rows(x, y);
  model.fit(rows, {.epochs = 3, .verbose = 0, .steps_per_epoch = 2});
  // Two batches, the third alone, then two from the start.
  CHECK(rows.asked == 5);
  CHECK(rows.begun == 2);
  CHECK(rows.ended == 1);
  int made = 0;
  Generator generator([&] {
    ++made;
    return Dataset::Batch{x, y};
  });
  model.fit(generator, {.epochs = 2, .verbose = 0, .steps_per_epoch = 3});
  CHECK(made == 6);
  CHECK_THROWS_AS(model.fit(generator, {.verbose = 0}), ValueError);
  CHECK_THROWS_AS(model.evaluate(generator), ValueError);
  CHECK_NOTHROW(model.evaluate(generator, {.steps = 2}));
  CHECK(model.predict(generator, {.steps = 2}).shape() == Shape{24, 2});
  CHECK(model.predict(x, {.batch_size = 4, .steps = 2}).shape() == Shape{8, 2});
}

TEST_CASE("api: losses and metrics on their own, wrappers by position") {
  const Tensor y({2, 1}, {1.0f, 0.0f}), p({2, 1}, {0.8f, 0.4f});
  CHECK(losses::MeanSquaredError()(y, p) == doctest::Approx(0.1));
  metrics::BinaryAccuracy accuracy;
  accuracy.update_state(y, p);
  CHECK(accuracy.result() == 1.0);
  accuracy.reset_state();
  CHECK(accuracy.result() == 0.0);
  CHECK(layers::Dense({.units = 1, .kernel_regularizer = regularizers::L2({.l2 = 0.5})})
            .config()
            .kernel_regularizer->class_name() == "L2");
  CHECK(Bidirectional(LSTM({.units = 2})).config().layer->class_name() == "LSTM");
  CHECK(TimeDistributed(Dense({.units = 2})).config().layer->class_name() == "Dense");
  CHECK_NOTHROW(optimizers::SGD({.learning_rate = optimizers::schedules::ExponentialDecay(
                                     {.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.9})}));
}

TEST_CASE("api: utilities") {
  const Tensor classes({3, 1}, std::vector<std::int32_t>{0, 2, 1});
  const Tensor hot = utils::to_categorical(classes);
  CHECK(hot.shape() == Shape{3, 3});
  CHECK(hot.values() == std::vector<float>{1, 0, 0, 0, 0, 1, 0, 1, 0});
  CHECK_THROWS_AS(utils::to_categorical(classes, 2), ValueError);
  const std::vector<std::vector<int>> sequences = {{1}, {2, 3, 4}, {}};
  CHECK(utils::pad_sequences(sequences).values<std::int32_t>() ==
        std::vector<std::int32_t>{0, 0, 1, 2, 3, 4, 0, 0, 0});
  CHECK(utils::pad_sequences(sequences, {.maxlen = 2, .padding = "post", .truncating = "post", .value = 9})
            .values<std::int32_t>() == std::vector<std::int32_t>{1, 9, 2, 3, 9, 9});
  CHECK(utils::normalize(Tensor({1, 2}, {3.0f, 4.0f})).at({0, 1}) == doctest::Approx(0.8));
  std::ostringstream text;
  text << Tensor({2, 2}, {1.0f, 2.0f, 3.5f, 4.0f});
  CHECK(text.str() == "[[1, 2],\n [3.5, 4]] (shape (2, 2), float32)");
  CHECK(to_string(Tensor({20}).view()) == "[0, 0, 0, ..., 0, 0, 0] (shape (20,), float32)");
}

TEST_CASE("api: random tensors") {
  const Tensor a = random::normal({1000}, 2.0, 0.5, DType::float64, 1);
  CHECK(ops::mean(a).at({}) == doctest::Approx(2).epsilon(0.05));
  CHECK(a.values<double>() == random::normal({1000}, 2.0, 0.5, DType::float64, 1).values<double>());
  set_random_seed(3);
  const Tensor b = random::uniform({4, 2}, -1, 1);
  set_random_seed(3);
  CHECK(b.values() == random::uniform({4, 2}, -1, 1).values());
  CHECK(b.values() != random::uniform({4, 2}, -1, 1).values());
  for (const std::int32_t v : random::randint({100}, -2, 3).values<std::int32_t>()) CHECK((v >= -2 && v < 3));
  CHECK_THROWS_AS(random::randint({1}, 3, 3), ValueError);
  CHECK_THROWS_AS(random::normal({1}, 0, 1, DType::int32), ValueError);
  for (const float v : random::truncated_normal({100}, 0, 1).values()) CHECK(std::abs(v) <= 2.0f);
  const Tensor rows({3, 2}, {0, 1, 2, 3, 4, 5}), mixed = random::shuffle(rows, 0, 5);
  CHECK(ops::sort(mixed, 0).cast(DType::int32).values<std::int32_t>() == rows.values<std::int32_t>());
  for (Dim i = 0; i < 3; ++i) CHECK(mixed.at<std::int32_t>({i, 1}) == mixed.at<std::int32_t>({i, 0}) + 1);
  CHECK(random::shuffle(Tensor(std::vector<std::string>{"a", "b"})).shape() == Shape{2});
}

TEST_CASE("api: texts go in as they are") {
  const std::vector<std::string> texts = {"the cat sat", "a dog ran away", "the dog sat", "a cat ran"};
  TextVectorization vectorize({.output_sequence_length = 4});
  vectorize.adapt(texts);
  const std::int64_t words = vectorize.vocabulary_size();
  CHECK(words == static_cast<std::int64_t>(vectorize.get_vocabulary().size()));
  Sequential model({Input({.shape = {1}, .dtype = "string"}), std::move(vectorize),
                    Embedding({.input_dim = words, .output_dim = 3, .mask_zero = true}), LSTM({.units = 2}),
                    Dense({.units = 1, .activation = "sigmoid"})});
  model.compile({.loss = "binary_crossentropy"});
  CHECK(model.fit(texts, Tensor(std::vector<float>{0, 1, 1, 0}), {.verbose = 0})["loss"].size() == 1);
  CHECK(model.predict(texts).shape() == Shape{4, 1});
}

TEST_CASE("api: a nested model takes numbers as its input declares them") {
  // Alone, LayerNormalization gives whole numbers back as whole ones; within a model of real numbers it does
  // not.
  Sequential inner({Input({4}), LayerNormalization()});
  Input x({.shape = {4}, .dtype = "int32"});
  const Tensor numbers({2, 4}, std::vector<std::int32_t>{1, 2, 3, 4, 7, 5, 0, 1});
  CHECK(Model(x, inner(x)).predict(numbers).values() == inner.predict(numbers.cast(DType::float32)).values());
  Sequential whole({Input({.shape = {4}, .dtype = "int32"}), Embedding({.input_dim = 8, .output_dim = 2})});
  Input real({4});
  const Tensor halves({1, 4}, {0.5f, 1.5f, 2.0f, 7.9f}),
      floors({1, 4}, std::vector<std::int32_t>{0, 1, 2, 7});
  CHECK(Model(real, whole(real)).predict(halves).values() == whole.predict(floors).values());
}
