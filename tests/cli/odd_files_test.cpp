// inspect, convert and diff on files that are empty, cut off, misnamed, or claim what they do not have.
#include <doctest/doctest.h>

#include "rhyton.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::data_file;
using test::TemporaryFolder;

namespace {

/// The program ends by itself, and says which file it is about where it fails.
void check_ends(const std::vector<std::string>& arguments, const std::string& file) {
  const auto result = test::rhyton(arguments);
  CAPTURE(arguments);
  CAPTURE(result.err);
  CHECK((result.code >= 0 && result.code <= 2));
  if (result.code == 1 && arguments[0] != "diff") CHECK(result.err.find(file) != std::string::npos);
}

void check_all(const std::filesystem::path& path, const TemporaryFolder& folder) {
  const std::string file = path.string(), name = path.filename().string();
  const std::string good = data_file("data/keras3/branches.keras").string();
  check_ends({"inspect", file}, name);
  check_ends({"convert", file, (folder / "out.keras").string()}, name);
  check_ends({"diff", file, good}, name);
  check_ends({"diff", good, file}, name);
}

const char* const files[] = {"branches.keras", "branches.h5",           "branches.weights.h5",
                             "branches.json",  "branches.weights.json", "branches.npz"};

}  // namespace

TEST_CASE("odd files: empty ones and cut ones end in an error that names them") {
  const TemporaryFolder folder;
  for (const char* name : files) {
    const std::string whole = test::read_text(data_file(std::string("data/keras3/") + name));
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{1}, std::size_t{40}, whole.size() / 2, whole.size() - 1}) {
      const auto path = folder / (std::string("cut-") + name);
      test::write_text(path, whole.substr(0, length));
      CAPTURE(length);
      check_all(path, folder);
    }
  }
}

TEST_CASE("odd files: the content counts, not the name") {
  const TemporaryFolder folder;
  const std::string good = data_file("data/keras3/branches.keras").string();
  for (const char* name : {"branches.keras", "branches.h5"})
    for (const char* wrong : {"m.keras", "m.h5", "m.json", "m.txt", "m"}) {
      const auto path = folder / wrong;
      std::filesystem::copy_file(data_file(std::string("data/keras3/") + name), path,
                                 std::filesystem::copy_options::overwrite_existing);
      CAPTURE(name);
      CAPTURE(wrong);
      CHECK(test::rhyton({"inspect", path.string()}).code == 0);
      CHECK(test::rhyton({"diff", path.string(), good}).code == 0);
    }
  const auto result = test::rhyton({"convert", good, (folder / "m.txt").string()});
  CHECK(result.code != 0);
  CHECK(result.err.find("m.txt") != std::string::npos);
}

TEST_CASE("odd files: claims beyond the file are refused without taking the memory") {
  const TemporaryFolder folder;
  const auto path = folder / "huge.json";
  test::write_text(path,
                   R"({"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [
    {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [null, 1000000000], "name": "i"}},
    {"module": "keras.layers", "class_name": "Dense", "config": {"name": "big", "units": 1000000000}}]}})");
  CHECK(test::rhyton({"inspect", path.string()}).code == 0);
  const auto result = test::rhyton({"convert", path.string(), (folder / "out.keras").string()});
  CHECK(result.code == 1);
  CHECK(result.err.find("big") != std::string::npos);
  for (const std::string name : {"bomb.zip", "liar.zip", "overlap.zip", "hostile.h5", "ladder.h5"}) {
    CAPTURE(name);
    check_all(data_file("serialization/" + name), folder);
  }
}

TEST_CASE("cli: an error does not repeat a name without end") {
  const TemporaryFolder folder;
  const auto path = (folder / "m.json").string();
  test::write_text(path,
                   R"({"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": ")" +
                       std::string(100'000, 'X') + R"(", "config": {"name": "x"}}]}})");
  const auto result = test::rhyton({"summary", path});
  CHECK(result.code == 1);
  CHECK(result.err.size() < 1000);
  CHECK(result.err.find("not known here") != std::string::npos);
}

TEST_CASE("cli: inspect does not make every line as long as the longest name") {
  const TemporaryFolder folder;
  const auto path = (folder / "m.json").string();
  std::string layers;
  for (int i = 0; i < 1000; ++i) layers += R"({"class_name": "ReLU", "config": {"name": "a"}}, )";
  test::write_text(path, R"({"class_name": "Sequential", "config": {"name": "m", "layers": [)" + layers +
                             R"({"class_name": "ReLU", "config": {"name": ")" + std::string(100'000, 'X') +
                             R"("}}]}})");
  const auto result = test::rhyton({"inspect", path});
  CHECK(result.code == 0);
  CHECK(result.out.size() < 300'000);
}

TEST_CASE("cli: inspect names a loss in few words") {
  const TemporaryFolder folder;
  const auto path = (folder / "m.keras").string();
  Sequential model({Input({2}), Dense({.units = 1})});
  model.compile({.optimizer = "sgd", .loss = losses::Huber({.delta = 2.0})});
  save_model(model, path);
  CHECK(test::rhyton({"inspect", path}).out.find("\nLoss: Huber\n") != std::string::npos);
}
