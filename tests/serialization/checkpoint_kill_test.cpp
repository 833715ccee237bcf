// A training that writes checkpoints and is killed: whatever lies in the folder is whole, and of one epoch.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <random>
#include <regex>

#include "rhyton.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::TemporaryFolder;

namespace {

/// Rounds of a test: so many, fewer where the disk is slow, and at least what was asked for.
class Rounds {
 public:
  explicit Rounds(int most) : left_(most) {}
  bool next(bool enough) {
    const bool late = std::chrono::steady_clock::now() - start_ > std::chrono::seconds(10);
    return left_-- > 0 && !(late && enough);
  }

 private:
  int left_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

constexpr std::int64_t epochs = 40, steps_an_epoch = 4;

struct Training {
  Tensor x{{32, 6}}, y{{32, 2}};
  std::filesystem::path start;
  std::int64_t microseconds = 0;  ///< that an undisturbed one takes, about
};

Training prepare(const TemporaryFolder& folder) {
  Training training;
  Rng(3).fill_normal(training.x.view());
  Rng(4).fill_normal(training.y.view());
  Sequential model({Input({6}), Dense({.units = 8, .activation = "tanh"}), Dense({.units = 2})});
  // Jumps about, so that not every epoch is the best so far.
  model.compile({.optimizer = SGD({.learning_rate = 0.2, .momentum = 0.9}), .loss = "mse"});
  training.start = folder / "start.keras";
  model.save(training.start.string());
  return training;
}

void fit(const Training& training, const std::shared_ptr<Callback>& callback) {
  Model model = load_model(training.start);
  model.fit(training.x, training.y,
            {.batch_size = 8, .epochs = epochs, .verbose = 0, .callbacks = {callback}, .shuffle = false});
}

std::shared_ptr<Callback> checkpoint(const std::filesystem::path& path, bool best) {
  return std::make_shared<ModelCheckpoint>(
      ModelCheckpointConfig{.filepath = path.string(), .monitor = "loss", .save_best_only = best});
}

std::vector<float> state_of(const Model& model) {
  std::vector<float> all;
  for (const auto& w : model.get_weights()) {
    const auto values = w.values();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

/// Weights and the number of steps, by epoch, of a training that nobody disturbs.
std::map<std::int64_t, std::vector<float>> trajectory(Training& training, const TemporaryFolder& folder) {
  std::map<std::int64_t, std::vector<float>> states;
  const auto start = std::chrono::steady_clock::now();
  fit(training, checkpoint(folder / "whole-{epoch}.keras", false));
  training.microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count();
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch)
    states[epoch] = state_of(load_model(folder / ("whole-" + std::to_string(epoch) + ".keras")));
  return states;
}

/// The machine may have been busier, or less so, when an undisturbed training was timed: the next kill comes
/// sooner after one that came too late, and later otherwise.
void run_killed(Training& training, const std::filesystem::path& path, bool best, std::mt19937& random) {
  const auto after =
      static_cast<useconds_t>(random() % static_cast<std::uint64_t>(2 * training.microseconds));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    fit(training, checkpoint(path, best));
    _exit(0);
  }
  usleep(after);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  training.microseconds = std::max<std::int64_t>(
      WIFEXITED(status) ? training.microseconds * 3 / 4 : training.microseconds * 9 / 8, 1000);
}

/// The epoch of a checkpoint; 0 if it is of none.
std::int64_t epoch_of(const std::filesystem::path& path,
                      const std::map<std::int64_t, std::vector<float>>& states) {
  Model model = load_model(path);
  const auto state = state_of(model);
  for (const auto& [epoch, expected] : states)
    if (state == expected) return model.optimizer().steps() == epoch * steps_an_epoch ? epoch : 0;
  return 0;
}

}  // namespace

TEST_CASE("checkpoints: a kill at any moment leaves whole ones") {
  const TemporaryFolder folder, reference;
  Training training = prepare(folder);
  const auto states = trajectory(training, reference);
  REQUIRE(states.size() == epochs);
  std::mt19937 random(11);
  int seen = 0;
  for (Rounds rounds(30); rounds.next(seen > 0);) {
    const TemporaryFolder out;
    run_killed(training, out / "m-{epoch:02d}.keras", false, random);
    for (const auto& entry : std::filesystem::directory_iterator(out.path())) {
      std::smatch match;
      const std::string name = entry.path().filename().string();
      if (!std::regex_match(name, match, std::regex("m-(\\d+)\\.keras"))) continue;  // begun beside it
      CAPTURE(name);
      CHECK(epoch_of(entry.path(), states) == std::stoi(match[1]));
      ++seen;
    }
  }
  CHECK(seen > 0);
}

TEST_CASE("checkpoints: a kill at any moment leaves the best so far, whole") {
  const TemporaryFolder folder, reference;
  Training training = prepare(folder);
  const auto states = trajectory(training, reference);
  std::mt19937 random(12);
  const TemporaryFolder out;
  const auto path = out / "best.keras";
  std::filesystem::copy_file(reference / "whole-1.keras", path);
  std::map<std::int64_t, int> epochs_seen;
  for (Rounds rounds(60); rounds.next(epochs_seen.size() > 1);) {
    run_killed(training, path, true, random);
    REQUIRE(std::filesystem::exists(path));
    const std::int64_t epoch = epoch_of(path, states);
    REQUIRE(epoch > 0);
    ++epochs_seen[epoch];
  }
  CHECK(epochs_seen.size() > 1);
}
