// Exit codes and messages of wrong usage and of errors.
#include <doctest/doctest.h>

#include "tests/cli/models.hpp"
#include "tests/cli/program.hpp"

using namespace rhyton;
using test::TemporaryFolder;

namespace {

void check_usage(const std::vector<std::string>& arguments, const std::string& text) {
  const auto result = test::rhyton(arguments);
  CAPTURE(result.err);
  CHECK(result.code == 2);
  CHECK(result.one_line());
  CHECK(result.err.find(text) != std::string::npos);
  CHECK(result.out.empty());
}

void check_error(const std::vector<std::string>& arguments, const std::string& text) {
  const auto result = test::rhyton(arguments);
  CAPTURE(result.err);
  CHECK(result.code == 1);
  CHECK(result.one_line());
  CHECK(result.err.find(text) != std::string::npos);
}

}  // namespace

TEST_CASE("cli: help and version succeed") {
  for (const std::string command : {"summary", "predict", "evaluate", "train", "verify", "bench"}) {
    const auto result = test::rhyton({command, "--help"});
    CHECK(result.code == 0);
    CHECK(result.out.find("--threads") != std::string::npos);
    CHECK(result.err.empty());
  }
  for (const std::string command : {"inspect", "convert", "diff"})
    CHECK(test::rhyton({command, "--help"}).code == 0);
  CHECK(test::rhyton({"--help"}).out.find("predict") != std::string::npos);
  CHECK(test::rhyton({"--version"}).out.starts_with("rhyton "));
}

TEST_CASE("cli: wrong usage ends with 2 and says what is wrong") {
  check_usage({}, "subcommand");
  check_usage({"fly"}, "fly");
  check_usage({"summary"}, "MODEL");
  check_usage({"predict", "m.keras", "--input", "x.npy"}, "--output");
  check_usage({"predict", "m.keras", "--output", "y.npy"}, "--input");
  check_usage({"predict", "m.keras", "--input", "x.npy", "--output", "y.txt"}, ".npy or .npz");
  check_usage({"predict", "m.keras", "--input", "x.npy", "--output", "y.npy", "--batch-size", "0"},
              "--batch-size");
  check_usage({"predict", "m.keras", "--input", "x.npy", "--output", "y.npy", "--threads", "-1"},
              "--threads");
  check_usage({"summary", "m.keras", "--precision", "wild"}, "--precision");
  check_usage({"summary", "m.keras", "--colour"}, "--colour");
  check_usage({"train", "m.keras", "--data", "d.npz", "--save", "model.pt"}, ".keras");
  check_usage({"train", "m.keras", "--data", "d.npz", "--epochs", "many"}, "--epochs");
  check_usage({"bench", "m.keras", "--mode", "fly"}, "--mode");
}

TEST_CASE("cli: errors end with 1 and one line") {
  const TemporaryFolder folder;
  check_error({"summary", (folder / "missing.keras").string()}, "missing.keras");
  test::write_text(folder / "broken.keras", "not a model");
  check_error({"summary", (folder / "broken.keras").string()}, "broken.keras");
  test::write_text(
      folder / "two.json",
      R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda", "config": {}},
                   {"class_name": "NoSuchLayer", "config": {}}]}})");
  check_error({"summary", (folder / "two.json").string()}, "NoSuchLayer");

  const auto model = (folder / "model.keras").string();
  save_model(test::classifier(), model);
  const auto x = (folder / "x.npy").string(), y = (folder / "y.npy").string();
  check_error({"predict", model, "--input", x, "--output", y}, "x.npy");
  write_npy(x, test::random_tensor({4, 7}, 1));
  check_error({"predict", model, "--input", x, "--output", y}, "(4, 7)");
  CHECK(!std::filesystem::exists(y));
  write_npz(folder / "d.npz", {{"x", test::random_tensor({4, 3}, 1)}});
  check_error({"train", model, "--data", (folder / "d.npz").string(), "--loss", "mse"}, "'y'");
  check_usage({"train", model, "--data", (folder / "d.npz").string()}, "--loss");
  check_usage({"train", model, "--data", (folder / "d.npz").string(), "--loss", "mad"}, "'mad'");
  check_usage({"evaluate", model, "--data", (folder / "d.npz").string()}, "--loss");
}
