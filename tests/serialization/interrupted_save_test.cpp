// Saves of whole models that are killed, run out of room, or meet another save.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
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
  const bool weights_alone = path.string().find(".weights.") != std::string::npos;
  Model model = weights_alone ? filled(-1) : load_model(path);
  if (weights_alone) model.load_weights(path);
  const auto weights = model.get_weights();
  const double value = weights[0].data<float>()[0];
  for (const auto& w : weights)
    for (Dim i = 0; i < w.size(); ++i)
      if (w.data<float>()[i] != value) return -1;
  return value;
}

/// Saves in the format that the name says; weights as JSON in three shards.
void save_as(const Model& model, const std::filesystem::path& path) {
  const std::string name = path.string();
  if (name.ends_with(".weights.json"))
    save_weights(model, path, {.max_shard_size = 20000.0 / (1 << 30)});
  else if (name.ends_with(".weights.h5"))
    save_weights(model, path);
  else
    save_model(model, path);
}

constexpr const char* formats[] = {"m.keras", "m.h5", "m.weights.h5", "m.weights.json"};

std::ptrdiff_t files_in(const TemporaryFolder& folder) {
  return std::distance(std::filesystem::directory_iterator(folder.path()), {});
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
  const Model models[] = {filled(1), filled(2)};
  std::mt19937 random(7);
  for (const char* name : formats) {
    CAPTURE(name);
    const TemporaryFolder folder;
    const auto path = folder / name;
    save_as(models[0], path);
    for (int round = 0; round < 100; ++round) {
      const pid_t child = in_child([&] {
        for (std::size_t i = 1;; ++i) save_as(models[i % 2], path);
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
  const Model models[] = {filled(1), filled(2)};
  for (const char* name : formats)
    for (int round = 0; round < 5; ++round) {
      CAPTURE(name);
      const TemporaryFolder folder;
      const auto path = folder / name;
      pid_t children[2];
      for (int i = 0; i < 2; ++i)
        children[i] = in_child([&] {
          for (int k = 0; k < 10; ++k) save_as(models[i], path);
          return 0;
        });
      for (const pid_t child : children) CHECK(exit_code(child) == 0);
      const double value = value_of(path);
      CHECK((value == 1 || value == 2));
      // Shards of a save that another overtook may stay.
      if (std::string(name) != "m.weights.json") CHECK(files_in(folder) == 1);
    }
}

TEST_CASE("saves: shards are replaced together, and the old ones go") {
  const TemporaryFolder folder;
  const auto path = folder / "m.weights.json";
  save_as(filled(1), path);
  CHECK(files_in(folder) == 3);
  CHECK(std::filesystem::exists(folder / "m_00000.weights.h5"));
  for (const double value : {2.0, 3.0}) {
    save_as(filled(value), path);
    CHECK(value_of(path) == value);
    // With the file that Keras opens first, now empty.
    CHECK(files_in(folder) == 4);
    CHECK(std::filesystem::file_size(folder / "m_00000.weights.h5") < 1000);
  }
}

TEST_CASE("saves: onto the file that a model was loaded from, through a link, with its permissions") {
  for (const char* name : {"m.keras", "m.h5"}) {
    CAPTURE(name);
    const TemporaryFolder folder;
    const auto path = folder / name, link = folder / (std::string("link-") + name);
    save_as(filled(1), path);
    std::filesystem::permissions(path, std::filesystem::perms(0640));
    std::filesystem::create_symlink(name, link);
    Model model = load_model(link);
    auto weights = model.get_weights();
    for (auto& w : weights) fill(w.view(), 2);
    model.set_weights(weights);
    save_as(model, link);
    CHECK(std::filesystem::is_symlink(link));
    CHECK(value_of(path) == 2);
    CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0640));
    CHECK(files_in(folder) == 2);
  }
}

TEST_CASE("saves: what cannot be a file is an error that names it") {
  const Model model = filled(1);
  for (const char* name : formats) {
    CAPTURE(name);
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / name);
    CHECK_THROWS_WITH_AS(save_as(model, folder / name), doctest::Contains("folder"), ValueError);
    CHECK(files_in(folder) == 1);
    CHECK_THROWS_WITH_AS(save_as(model, folder / "none" / name), doctest::Contains(name), Error);
    const auto pipe = folder / (std::string("pipe-") + name);
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_THROWS_WITH_AS(save_as(model, pipe), doctest::Contains("pipe"), ValueError);
    CHECK(std::filesystem::is_fifo(pipe));
    CHECK(files_in(folder) == 2);
  }
}

TEST_CASE("saves: a full disk is an error that names the file, and leaves the old one") {
  const Model old = filled(1), young = filled(2);
  for (const char* name : formats) {
    CAPTURE(name);
    const TemporaryFolder folder;
    const auto path = folder / name;
    save_as(old, path);
    const auto files = files_in(folder);
    for (const rlim_t room : {rlim_t{0}, rlim_t{700}, rlim_t{5000}, rlim_t{15000}}) {
      CAPTURE(room);
      const pid_t child = in_child([&] {
        const rlimit limit{room, room};
        setrlimit(RLIMIT_FSIZE, &limit);
        std::signal(SIGXFSZ, SIG_IGN);
        try {
          save_as(young, path);
        } catch (const Error& error) {
          return std::string(error.what()).find("Cannot write") != std::string::npos ? 0 : 2;
        }
        return 1;
      });
      CHECK(exit_code(child) == 0);
      CHECK(files_in(folder) == files);
    }
    CHECK(value_of(path) == 1);
  }
}
