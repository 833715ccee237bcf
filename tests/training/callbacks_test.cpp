#include <filesystem>
#include <sstream>

#include "layers/core/dense.hpp"
#include "layers/core/input_layer.hpp"
#include "layers/regularization/dropout.hpp"
#include "nn/models/callbacks/backup.hpp"
#include "nn/models/callbacks/monitor.hpp"
#include "nn/models/callbacks/simple.hpp"
#include "nn/models/trainer.hpp"
#include "nn/training/metrics/accuracy.hpp"
#include "nn/training/optimizers/adam.hpp"
#include "nn/training/optimizers/sgd.hpp"
#include "tests/training/golden.hpp"

using namespace rhyton;
namespace fs = std::filesystem;

namespace {

const Tensor x({4, 1}, {0.0f, 1.0f, 2.0f, 3.0f}), y({4, 1}, {1.0f, 3.0f, 5.0f, 7.0f});

Model line(double rate = 0.05) {
  Sequential model({Input({1}), Dense({.units = 1, .kernel_initializer = "zeros"})});
  model.compile({.optimizer = Adam({.learning_rate = rate}), .loss = "mse"});
  return model;
}

FitArguments quiet(std::int64_t epochs, std::vector<std::shared_ptr<Callback>> callbacks,
                   std::int64_t batch = 4) {
  return {.batch_size = batch,
          .epochs = epochs,
          .verbose = 0,
          .callbacks = std::move(callbacks),
          .shuffle = false};
}

/// Puts given values into the logs, as a metric would.
class Feed : public Callback {
 public:
  Feed(std::string name, std::vector<double> values) : name_(std::move(name)), values_(std::move(values)) {}
  void on_epoch_end(std::int64_t epoch, Logs& logs) override {
    logs.emplace_back(name_, values_.at(static_cast<std::size_t>(epoch)));
  }

 private:
  std::string name_;
  std::vector<double> values_;
};

/// Stops a training from outside: what an interrupted process looks like.
class Interrupt : public Callback {
 public:
  explicit Interrupt(std::int64_t epoch) : epoch_(epoch) {}
  void on_epoch_begin(std::int64_t epoch) override {
    if (epoch == epoch_) throw Error("interrupted");
  }

 private:
  std::int64_t epoch_;
};

}  // namespace

TEST_CASE("early stopping: patience, direction, the best weights") {
  Model model = line();
  auto stop = std::make_shared<EarlyStopping>(
      EarlyStopping::Config{.monitor = "score", .patience = 2, .mode = "max", .restore_best_weights = true});
  std::vector<Tensor> after_second;
  auto keep =
      std::make_shared<LambdaCallback>(LambdaCallback::Config{.on_epoch_end = [&](std::int64_t epoch, Logs&) {
        if (epoch == 1) after_second = model.get_weights();
      }});
  auto feed = std::make_shared<Feed>("score", std::vector<double>{1, 3, 2, 2.5, 9});
  const History history = model.fit(x, y, quiet(5, {feed, keep, stop}));
  CHECK(history.epoch.size() == 4);
  CHECK(stop->stopped_epoch() == 3);
  const auto weights = model.get_weights();
  for (std::size_t i = 0; i < weights.size(); ++i) CHECK(weights[i].values() == after_second[i].values());
  CHECK_THROWS_AS(
      model.fit(x, y,
                quiet(2, {feed, std::make_shared<EarlyStopping>(EarlyStopping::Config{.monitor = "score"})})),
      ValueError);
  CHECK_THROWS_AS(EarlyStopping({.mode = "up"}), ValueError);
}

TEST_CASE("metrics know which way is better") {
  Sequential model({Input({1}), Dense({.units = 1})});
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"accuracy", "mae"}});
  auto watch = [&](const char* monitor, std::vector<double> values) {
    auto stop = std::make_shared<EarlyStopping>(EarlyStopping::Config{.monitor = monitor, .patience = 1});
    return model.fit(x, y, quiet(4, {std::make_shared<Feed>(monitor, std::move(values)), stop})).epoch.size();
  };
  CHECK(watch("val_accuracy", {1, 2, 3, 4}) == 4);
  CHECK(watch("val_accuracy", {4, 3, 2, 1}) == 2);
  CHECK(watch("val_mae", {4, 3, 2, 1}) == 4);
  CHECK(watch("val_mae", {1, 2, 3, 4}) == 2);
}

TEST_CASE("learning rates: scheduled, and reduced on a plateau") {
  Model model = line(0.1);
  const History scheduled =
      model.fit(x, y, quiet(3, {std::make_shared<LearningRateScheduler>([](std::int64_t epoch, double rate) {
                              return epoch == 0 ? rate : rate / 2;
                            })}));
  CHECK(close(scheduled["learning_rate"][0], 0.1));
  CHECK(close(scheduled["learning_rate"][2], 0.025));
  const History reduced = model.fit(
      x, y,
      quiet(4,
            {std::make_shared<Feed>("val_loss", std::vector<double>{1, 2, 3, 0.5}),
             std::make_shared<ReduceLROnPlateau>(ReduceLROnPlateau::Config{.factor = 0.5, .patience = 1})}));
  CHECK(close(reduced["learning_rate"][1], 0.025));
  CHECK(close(reduced["learning_rate"][2], 0.0125));
  CHECK(close(reduced["learning_rate"][3], 0.00625));
  CHECK_THROWS_AS(ReduceLROnPlateau({.factor = 1.0}), ValueError);
}

TEST_CASE("a loss that is not finite ends the training") {
  const Tensor bad({4, 1}, {1.0f, std::nanf(""), 5.0f, 7.0f});
  Model model = line();
  CHECK(model.fit(x, bad, quiet(5, {std::make_shared<TerminateOnNaN>()})).epoch.size() == 1);
  CHECK_THROWS_AS(model.fit(x, bad, quiet(5, {std::make_shared<TerminateOnNaN>(true)})), Error);
}

TEST_CASE("a CSV line an epoch") {
  const test::TemporaryFolder folder;
  const std::string path = (folder / "log.csv").string();
  Model model = line();
  const History history =
      model.fit(x, y, quiet(2, {std::make_shared<CSVLogger>(CSVLogger::Config{.filename = path})}));
  model.fit(x, y,
            quiet(1, {std::make_shared<CSVLogger>(CSVLogger::Config{.filename = path, .append = true})}));
  std::istringstream lines(test::read_text(path));
  std::string line;
  std::getline(lines, line);
  CHECK(line == "epoch,loss,val_loss\r");
  std::getline(lines, line);
  CHECK(line == "0," + Json(history["loss"][0]).dump() + ",NA\r");
  std::getline(lines, line);
  std::getline(lines, line);
  CHECK(line.starts_with("0,"));
  CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE("checkpoints: paths, the best, every few batches") {
  const test::TemporaryFolder folder;
  Model model = line();
  auto checkpoint = [&](const char* name, ModelCheckpoint::Config config) {
    config.filepath = (folder / name).string();
    return std::make_shared<ModelCheckpoint>(config);
  };
  model.fit(x, y, quiet(2, {checkpoint("deep/model-{epoch:02d}.weights.h5", {.save_weights_only = true})}));
  CHECK(fs::exists(folder / "deep/model-01.weights.h5"));
  CHECK(fs::exists(folder / "deep/model-02.weights.h5"));
  model.fit(x, y,
            quiet(3, {std::make_shared<Feed>("val_loss", std::vector<double>{2, 3, 1}),
                      checkpoint("best-{epoch}-{val_loss:.1f}.weights.h5",
                                 {.save_best_only = true, .save_weights_only = true})}));
  CHECK(fs::exists(folder / "best-1-2.0.weights.h5"));
  CHECK_FALSE(fs::exists(folder / "best-2-3.0.weights.h5"));
  CHECK(fs::exists(folder / "best-3-1.0.weights.h5"));
  model.fit(
      x, y,
      quiet(1, {checkpoint("step-{batch}.weights.h5", {.save_weights_only = true, .save_freq = 2})}, 1));
  CHECK_FALSE(fs::exists(folder / "step-1.weights.h5"));
  CHECK(fs::exists(folder / "step-2.weights.h5"));
  CHECK(fs::exists(folder / "step-4.weights.h5"));
  CHECK_THROWS_AS(checkpoint("model.txt", {}), ValueError);
  CHECK_THROWS_AS(model.fit(x, y, quiet(1, {checkpoint("{nothing}.keras", {})})), ValueError);
}

TEST_CASE("a training that was interrupted goes on as if it had not been") {
  const test::TemporaryFolder folder;
  const std::string backup = (folder / "backup").string();
  Model whole = line(), first = line(), second = line();
  const History uncut = whole.fit(x, y, quiet(6, {}));
  auto saver = [&] {
    return std::make_shared<BackupAndRestore>(BackupAndRestore::Config{.backup_dir = backup});
  };
  CHECK_THROWS_AS(first.fit(x, y, quiet(6, {saver(), std::make_shared<Interrupt>(4)})), Error);
  CHECK(fs::exists(fs::path(backup) / "training_metadata.json"));
  const History rest = second.fit(x, y, quiet(6, {saver()}));
  CHECK(rest.epoch == std::vector<std::int64_t>{4, 5});
  CHECK(rest["loss"][1] == doctest::Approx(uncut["loss"][5]).epsilon(1e-6));
  CHECK(second.get_weights()[0].values() == whole.get_weights()[0].values());
  CHECK_FALSE(fs::exists(backup));
}

TEST_CASE("callbacks that cannot write say where") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "file", "not a folder");
  const std::string below = (folder / "file" / "deeper").string();
  Model model = line();
  const auto backup = std::make_shared<BackupAndRestore>(BackupAndRestore::Config{.backup_dir = below});
  CHECK_THROWS_WITH_AS(model.fit(x, y, quiet(1, {backup})), doctest::Contains(below.c_str()), Error);
  const auto saver = std::make_shared<ModelCheckpoint>(ModelCheckpointConfig{.filepath = below + "/m.keras"});
  CHECK_THROWS_WITH_AS(model.fit(x, y, quiet(1, {saver})), doctest::Contains(below.c_str()), Error);
}

namespace {

/// A model whose validation loss goes up and down, so that the callbacks have something to do.
Model jumping() {
  set_random_seed(5);
  Sequential model(
      {Input({1}), Dense({.units = 8, .activation = "tanh"}), Dropout({.rate = 0.3}), Dense({.units = 1})});
  model.compile({.optimizer = SGD({.learning_rate = 0.2, .momentum = 0.9}),
                 .loss = "mse",
                 .metrics = {"mean_absolute_error"}});
  return model;
}

struct Watchers {
  std::shared_ptr<EarlyStopping> stopping;
  std::shared_ptr<ReduceLROnPlateau> plateau;
  std::shared_ptr<ModelCheckpoint> checkpoint;
  CallbackList list;
};

/// With the backup in front: it has to see what the others did all the same.
Watchers watchers(const fs::path& folder, const std::string& name) {
  Watchers w;
  w.stopping =
      std::make_shared<EarlyStopping>(EarlyStoppingConfig{.patience = 6, .restore_best_weights = true});
  w.plateau = std::make_shared<ReduceLROnPlateau>(
      ReduceLROnPlateauConfig{.factor = 0.5, .patience = 2, .cooldown = 1});
  w.checkpoint = std::make_shared<ModelCheckpoint>(
      ModelCheckpointConfig{.filepath = (folder / (name + ".weights.h5")).string(),
                            .save_best_only = true,
                            .save_weights_only = true});
  const auto backup =
      std::make_shared<BackupAndRestore>(BackupAndRestore::Config{.backup_dir = (folder / name).string()});
  w.list = {backup, w.stopping, w.plateau, w.checkpoint};
  return w;
}

}  // namespace

TEST_CASE("an interrupted training goes on with what its callbacks had seen") {
  const test::TemporaryFolder folder;
  const auto fit = [&](Model& model, const CallbackList& callbacks) {
    return model.fit(
        x, y,
        {.batch_size = 2, .epochs = 40, .verbose = 0, .callbacks = callbacks, .validation_data = {x, y}});
  };
  Model whole = jumping();
  const Watchers undisturbed = watchers(folder.path(), "whole");
  const History expected = fit(whole, undisturbed.list);
  // The test means something: the rate was reduced, and training stopped early.
  REQUIRE(expected["learning_rate"].back() < 0.2);
  REQUIRE(undisturbed.stopping->stopped_epoch() > 0);

  // Interrupted after each epoch in turn, and before what it keeps is removed.
  std::size_t runs = 0;
  bool ended = false;
  for (bool done = false; !done; ++runs) {
    Model model = jumping();
    Watchers w = watchers(folder.path(), "broken");
    std::size_t epochs = 0;
    w.list.push_back(LambdaCallback({.on_epoch_begin =
                                         [&](std::int64_t) {
                                           if (++epochs == 2) throw Error("interrupted");
                                         },
                                     .on_epoch_end =
                                         [&](std::int64_t epoch, Logs& logs) {
                                           for (const char* name : {"loss", "val_loss", "learning_rate"})
                                             CHECK(logs[name] ==
                                                   expected[name][static_cast<std::size_t>(epoch)]);
                                         },
                                     .on_train_end =
                                         [&](const Logs&) {
                                           if (!std::exchange(ended, true)) throw Error("interrupted");
                                         }}));
    try {
      fit(model, w.list);
      done = true;
      CHECK(w.stopping->stopped_epoch() == undisturbed.stopping->stopped_epoch());
      for (std::size_t i = 0; i < model.get_weights().size(); ++i)
        CHECK(model.get_weights()[i].values() == whole.get_weights()[i].values());
    } catch (const Error& error) {
      REQUIRE(std::string(error.what()) == "interrupted");
    }
  }
  CHECK(runs == expected.epoch.size() + 1);
}
