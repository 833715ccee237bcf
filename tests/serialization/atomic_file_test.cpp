#include "serialization/atomic_file.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "nn/error.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::TemporaryFolder;

TEST_CASE("atomic file: the target changes at commit only") {
  const TemporaryFolder folder;
  const auto target = folder / "model";
  test::write_text(target, "old");
  {
    AtomicFile file(target);
    file.write("new ");
    file.write("content");
    CHECK(test::read_text(target) == "old");
    file.commit();
  }
  CHECK(test::read_text(target) == "new content");
  {
    AtomicFile file(target);
    file.write("abandoned");
  }
  CHECK(test::read_text(target) == "new content");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("atomic file: a link stays a link, a mode stays a mode") {
  const TemporaryFolder folder;
  test::write_text(folder / "real", "old");
  std::filesystem::permissions(folder / "real", std::filesystem::perms(0640));
  std::filesystem::create_symlink("real", folder / "link");
  write_file(folder / "link", "new");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(test::read_text(folder / "real") == "new");
  CHECK(std::filesystem::status(folder / "real").permissions() == std::filesystem::perms(0640));
}

TEST_CASE("atomic file: errors name the target") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(write_file(folder / "no/such/folder", "x"), doctest::Contains("no/such/folder"),
                       Error);
  CHECK_THROWS_AS(write_file(folder.path(), "x"), ValueError);
}

TEST_CASE("atomic file: a full disk leaves the old file") {
  const TemporaryFolder folder;
  test::write_text(folder / "model", "old");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // A limit on file size fails a write half-way, as a full disk does.
    const rlimit limit{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
    int code = 1;
    try {
      write_file(folder / "model", std::string(5000, 'x'));
    } catch (const Error&) {
      code = 0;
    }
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(test::read_text(folder / "model") == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("atomic file: a kill at any moment leaves a whole file") {
  const TemporaryFolder folder;
  const std::string versions[] = {std::string(200000, 'a'), std::string(200000, 'b')};
  test::write_text(folder / "model", versions[0]);
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
      for (std::size_t i = 0;; ++i) write_file(folder / "model", versions[i % 2]);
    usleep(static_cast<useconds_t>(random() % 3000));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const std::string now = test::read_text(folder / "model");
    REQUIRE((now == versions[0] || now == versions[1]));
  }
}
