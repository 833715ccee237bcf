// The fuzzers' targets on mutated seeds, always the same ones: no crash, and no exception but Error.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "tests/fuzz/targets.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;

namespace {

std::string mutated(const std::string& seed, const std::string& other, std::mt19937& random) {
  std::string bytes = seed;
  const auto position = [&](std::size_t size) { return size == 0 ? 0 : random() % size; };
  for (auto changes = 1 + random() % 3; changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = position(bytes.size());
    switch (random() % 6) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        break;
      case 2:
        bytes.erase(at, 1 + random() % 8);
        break;
      case 3:
        bytes.insert(at, bytes.substr(position(bytes.size()), 1 + random() % 16));
        break;
      case 4: {
        const std::size_t from = position(other.size());
        const std::string part = other.substr(from, 1 + random() % 64);
        bytes.replace(at, part.size(), part);
        break;
      }
      default: {
        // Numbers on the edges, as text and as bytes.
        const char* numbers[] = {"0",     "-1",   "99999999999", "4611686018427387904",
                                 "1e400", "null", "[]",          "{}"};
        const std::string edge(8, random() % 2 ? '\xff' : '\0');
        const bool text = bytes[at] >= '0' && bytes[at] <= '9';
        bytes.replace(at, text ? 1 : 8, text ? numbers[random() % std::size(numbers)] : edge);
      }
    }
  }
  return bytes;
}

/// In a process of its own: libhdf5 complains at exit about what damaged files left in it.
void run(const std::string& kind, fuzz::Target target, int rounds) {
  const auto seeds = fuzz::seeds(kind, TEST_DATA);
  REQUIRE(seeds.size() > 3);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::mt19937 random(17);
    int refused = 0;
    for (int round = 0; round < rounds; ++round) {
      const std::string& seed = seeds[static_cast<std::size_t>(round) % seeds.size()];
      if (!target(mutated(seed, seeds[random() % seeds.size()], random))) ++refused;
    }
    _exit(refused > rounds / 10 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace

TEST_CASE("mutations: the seeds themselves are accepted") {
  for (const auto& [kind, target] : {std::pair<const char*, fuzz::Target>{"json", fuzz::json},
                                     {"npz", fuzz::npz},
                                     {"keras", fuzz::keras}}) {
    const auto seeds = fuzz::seeds(kind, TEST_DATA);
    int accepted = 0;
    for (const auto& seed : seeds) accepted += target(seed) ? 1 : 0;
    CAPTURE(kind);
    CHECK(accepted > static_cast<int>(seeds.size()) * 2 / 3);
  }
}

TEST_CASE("mutations: configurations") { run("json", fuzz::json, 3000); }
TEST_CASE("mutations: archives") { run("keras", fuzz::keras, 800); }
TEST_CASE("mutations: HDF5 files") { run("hdf5", fuzz::hdf5, 800); }
TEST_CASE("mutations: NumPy files") { run("npz", fuzz::npz, 2000); }
