// Saves of whole models that are killed, run out of room, or meet another save.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <random>

#include "rhyton.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::TemporaryFolder;

namespace {

Model filled(double value) {
  Sequential model({Input({50}), Dense({.units = 100}), Dense({.units = 3})});
  auto weights = model.get_weights();
  for (auto& w : weights) fill(w.view(), value);
  model.set_weights(weights);
  return model;
}

/// The one value of all weights; -1 if they are not all the same.
double value_of(const std::filesystem::path& path) {
  const auto weights = load_model(path).get_weights();
  const double value = weights[0].data<float>()[0];
  for (const auto& w : weights)
    for (Dim i = 0; i < w.size(); ++i)
      if (w.data<float>()[i] != value) return -1;
  return value;
}

pid_t in_child(const std::function<int()>& action) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(action());
  return child;
}

int exit_code(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("saves: a kill at any moment leaves the old model or the new one") {
  const TemporaryFolder folder;
  const Model models[] = {filled(1), filled(2)};
  std::mt19937 random(7);
  for (const char* name : {"m.keras", "m.h5"}) {
    const auto path = folder / name;
    save_model(models[0], path);
    for (int round = 0; round < 100; ++round) {
      const pid_t child = in_child([&] {
        for (std::size_t i = 1;; ++i) save_model(models[i % 2], path);
        return 0;
      });
      usleep(static_cast<useconds_t>(random() % 8000));
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
      const double value = value_of(path);
      REQUIRE((value == 1 || value == 2));
    }
  }
}

TEST_CASE("saves: two processes that save to one path leave one whole model") {
  const TemporaryFolder folder;
  const auto path = folder / "m.keras";
  const Model models[] = {filled(1), filled(2)};
  for (int round = 0; round < 5; ++round) {
    pid_t children[2];
    for (int i = 0; i < 2; ++i)
      children[i] = in_child([&] {
        for (int k = 0; k < 10; ++k) save_model(models[i], path);
        return 0;
      });
    for (const pid_t child : children) CHECK(exit_code(child) == 0);
    const double value = value_of(path);
    CHECK((value == 1 || value == 2));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  }
}

TEST_CASE("saves: a full disk is an error that names the file, and leaves the old one") {
  const TemporaryFolder folder;
  const Model old = filled(1), young = filled(2);
  struct Format {
    const char* name;
    std::function<void(const Model&, const std::filesystem::path&)> save;
  };
  const auto whole = [](const Model& m, const std::filesystem::path& path) { save_model(m, path); };
  const Format formats[] = {
      {"m.keras", whole},
      {"m.h5", whole},
      {"m.weights.h5", [](const Model& m, const std::filesystem::path& path) { save_weights(m, path); }},
      {"m.weights.json",
       [](const Model& m, const std::filesystem::path& path) {
         save_weights(m, path, {.max_shard_size = 1});
       }},
  };
  for (const Format& format : formats) {
    CAPTURE(format.name);
    const auto path = folder / format.name;
    format.save(old, path);
    const auto files = std::distance(std::filesystem::directory_iterator(folder.path()), {});
    for (const rlim_t room : {rlim_t{0}, rlim_t{700}, rlim_t{5000}, rlim_t{15000}}) {
      CAPTURE(room);
      const pid_t child = in_child([&] {
        const rlimit limit{room, room};
        setrlimit(RLIMIT_FSIZE, &limit);
        std::signal(SIGXFSZ, SIG_IGN);
        try {
          format.save(young, path);
        } catch (const Error& error) {
          return std::string(error.what()).find("Cannot write") != std::string::npos ? 0 : 2;
        }
        return 1;
      });
      CHECK(exit_code(child) == 0);
      CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == files);
    }
    Model again = filled(3);
    again.load_weights(path);
    CHECK(again.get_weights()[0].data<float>()[0] == 1);
  }
}
