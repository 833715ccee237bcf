// A training that is killed goes on as if it had not been.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/cli/models.hpp"
#include "tests/cli/program.hpp"

using namespace rhyton;
using test::TemporaryFolder;

namespace {

/// Runs the program and kills it after some time, if it takes that long; true if it ended by itself.
bool run_killed(const std::vector<std::string>& arguments, useconds_t after) {
  const char* program = std::getenv("RHYTON");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::vector<char*> words = {const_cast<char*>(program)};
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    execv(program, words.data());
    _exit(127);
  }
  usleep(after);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) CHECK(WEXITSTATUS(status) == 0);
  return WIFEXITED(status);
}

}  // namespace

TEST_CASE("cli: a killed training resumes to the same losses, weights and optimizer") {
  const TemporaryFolder folder;
  const auto path = [&](const char* name) { return (folder / name).string(); };
  const Sequential model({Input({3}), Dense({.units = 16, .activation = "relu"}), Dropout({.rate = 0.3}),
                          BatchNormalization(), Dense({.units = 2, .activation = "softmax"})});
  test::write_text(path("model.json"), to_json(model));
  const Tensor x = test::random_tensor({300, 3}, 1);
  write_npz(path("data.npz"), {{"x", x}, {"y", test::labels_of(x)}});
  const auto arguments = [&](const std::string& save, const std::string& history) {
    return std::vector<std::string>{"train",        path("model.json"),
                                    "--data",       path("data.npz"),
                                    "--optimizer",  "adam",
                                    "--loss",       "sparse_categorical_crossentropy",
                                    "--epochs",     "12",
                                    "--batch-size", "4",
                                    "--seed",       "3",
                                    "--threads",    "1",
                                    "--save",       path(save.c_str()),
                                    "--history",    path(history.c_str())};
  };
  REQUIRE(test::rhyton(arguments("whole.keras", "whole.json")).code == 0);
  const auto losses = [&](const char* name) {
    // Killed after its last epoch, a training has none left.
    const Json epochs = Json::parse(test::read_text(path(name)))["epoch"];
    return epochs.contains("loss") ? epochs["loss"].get<std::vector<double>>() : std::vector<double>();
  };
  const auto whole = losses("whole.json");
  REQUIRE(whole.size() == 12);

  std::mt19937 random(5);
  int kills = 0;
  for (int round = 0; round < 3; ++round) {
    auto broken = arguments("broken.keras", "broken.json");
    broken.insert(broken.end(), {"--backup", path("backup")});
    // Longer and longer, so that it comes to an end on slow machines too.
    useconds_t after = 20'000;
    while (!run_killed(broken, after / 2 + static_cast<useconds_t>(random()) % after)) {
      after += after / 8;
      ++kills;
    }
    const auto rest = losses("broken.json");
    for (std::size_t i = 0; i < rest.size(); ++i) CHECK(rest[i] == whole[whole.size() - rest.size() + i]);
    const auto difference = test::rhyton({"diff", path("whole.keras"), path("broken.keras"), "--training"});
    CAPTURE(difference.out);
    CHECK(difference.code == 0);
    CHECK_FALSE(std::filesystem::exists(path("backup")));
  }
  CHECK(kills > 3);
}
