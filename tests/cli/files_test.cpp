// inspect, convert and diff.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/models.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/predict.hpp"

using namespace rhyton;
using test::data_file;
using test::TemporaryFolder;

namespace {

Json inspected(const std::string& file) {
  const auto result = test::rhyton({"inspect", file, "--json"});
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return Json::parse(result.out);
}

bool same(const std::string& a, const std::string& b, const std::vector<std::string>& options = {}) {
  std::vector<std::string> arguments = {"diff", a, b};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const auto result = test::rhyton(arguments);
  CAPTURE(result.out);
  CAPTURE(result.err);
  REQUIRE((result.code == 0 || result.code == 1));
  if (result.code == 0) CHECK(result.out.starts_with("equal"));
  if (result.code == 1) CHECK(result.err.find("differ") != std::string::npos);
  return result.code == 0;
}

std::string convert(const std::string& in, const std::filesystem::path& out,
                    const std::vector<std::string>& options = {}) {
  std::vector<std::string> arguments = {"convert", in, out.string()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const auto result = test::rhyton(arguments);
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return result.out;
}

}  // namespace

TEST_CASE("inspect: knows every kind of file") {
  const std::pair<const char*, const char*> kinds[] = {
      {"data/keras3/branches.keras", "Keras archive"},
      {"data/keras2/branches.keras", "Keras archive"},
      {"data/keras3/branches.h5", "whole-model HDF5"},
      {"data/keras2/branches.h5", "whole-model HDF5"},
      {"data/keras3/branches.weights.h5", "Keras 3 weights"},
      {"data/keras3/branches.weights.json", "sharded weights"},
      {"data/keras3/branches.json", "model JSON"},
      {"data/keras2/branches.json", "model JSON"},
      {"data/keras3/branches.npz", "NumPy archive"}};
  for (const auto& [file, kind] : kinds) {
    CAPTURE(file);
    const Json facts = inspected(data_file(file).string());
    CHECK(facts["kind"] == kind);
    const std::string path = file;
    const bool weights_only = path.find(".weights.") != std::string::npos || path.ends_with(".npz");
    CHECK(facts["model"].is_null() == weights_only);
    if (!weights_only) {
      CHECK(facts["dialect"] == (path.find("keras3") != std::string::npos ? "Keras 3" : "Keras 2"));
      CHECK(facts["model"]["layers"].size() == 5);
      CHECK(facts["model"]["layers"][1]["class_name"] == "Dense");
    }
    if (!path.ends_with(".json") || weights_only) CHECK(facts["weights"].size() >= 3);
  }
}

TEST_CASE("inspect: lists weights and optimizer with shapes and bytes") {
  const Json facts = inspected(data_file("data/keras2/branches_legacy.h5").string());
  CHECK(facts["weight_values"] == 40);
  CHECK(facts["weight_bytes"] == 160);
  CHECK(facts["optimizer"] == "Adam");
  CHECK(facts["optimizer_state"].size() == 9);
  CHECK(facts["weights"][1]["shape"] == Json({4, 4}));
  CHECK(facts["weights"][1]["dtype"] == "float32");
  const auto text = test::rhyton({"inspect", data_file("data/keras3/branches_trained.keras").string()});
  CHECK(text.out.find("layers/dense_1/vars/0") != std::string::npos);
  CHECK(text.out.find("Keras 3.15.1") != std::string::npos);
}

TEST_CASE("inspect: names what it does not know, builds nothing, and lets no control characters out") {
  const TemporaryFolder folder;
  test::write_text(folder / "m.json",
                   R"({"class_name": "Sequential", "module": "keras", "config": {"name": "m\u001b[2J",
      "layers": [{"class_name": "Dense", "config": {"name": "huge", "units": 1000000000000}},
                 {"class_name": "Lambda", "config": {"name": "code"}},
                 {"class_name": "Mine", "registered_name": "pkg>Mine", "config": {"name": "own"}}]}})");
  const auto result = test::rhyton({"inspect", (folder / "m.json").string()});
  CHECK(result.code == 0);
  CHECK(result.out.find("never executed") != std::string::npos);
  CHECK(result.out.find("not known") != std::string::npos);
  CHECK(result.out.find('\x1b') == std::string::npos);
  const auto refused = test::rhyton({"summary", (folder / "m.json").string()});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("Mine") != std::string::npos);
  test::write_text(folder / "n.json",
                   R"({"class_name": "Sequential", "module": "keras", "config": {"name": "m\u001b[2J",
      "layers": [{"class_name": "Dense\u001b[31m", "config": {"name": "one\u0007"}}]}})");
  const auto unknown = test::rhyton({"convert", (folder / "n.json").string(), (folder / "n.keras").string()});
  CHECK(unknown.code == 1);
  CHECK(unknown.err.find_first_of("\x1b\x07") == std::string::npos);
  test::write_text(folder / "cut.keras", "XPK");
  test::write_text(folder / "empty.h5", "");
  for (const char* command : {"inspect", "summary"}) {
    const auto cut = test::rhyton({command, (folder / "cut.keras").string()});
    CHECK(cut.code == 1);
    CHECK(cut.err.find("neither") != std::string::npos);
    CHECK(test::rhyton({command, (folder / "empty.h5").string()}).err.find("is empty") != std::string::npos);
  }
  test::write_text(folder / "x.json", "[1, 2]");
  CHECK(test::rhyton({"inspect", (folder / "x.json").string()}).code == 1);
  CHECK(test::rhyton({"inspect", data_file("serialization/bomb.zip").string()}).code == 1);
  CHECK(test::rhyton({"inspect", data_file("serialization/hostile.h5").string()}).code == 1);
  CHECK(test::rhyton({"inspect", folder.path().string()}).code == 1);
}

TEST_CASE("convert: every format there and back, from both dialects") {
  const TemporaryFolder folder;
  for (const char* dialect : {"keras2", "keras3"}) {
    const std::string original =
        data_file(std::string("data/") + dialect + "/branches_trained.keras").string();
    const NamedTensors arrays = read_npz(data_file(std::string("data/") + dialect + "/branches_trained.npz"));
    std::string from = original;
    for (const char* ending : {".h5", ".keras", ".hdf5", ".keras"}) {
      const auto to = folder / (std::string("m") + ending);
      convert(from, to);
      CHECK(same(original, to.string(), {"--training"}));
      from = to.string();
    }
    convert(original, folder / "m.json", {"--quiet"});
    CHECK_FALSE(same(original, (folder / "m.json").string()));
    for (const char* ending : {"w.weights.h5", "w.weights.json", "w.npz"}) {
      CAPTURE(ending);
      convert(original, folder / ending);
      const std::string weights = (folder / ending).string();
      CHECK(same(original, weights));
      convert((folder / "m.json").string(), folder / "again.keras", {"--weights", weights});
      CHECK(same(original, (folder / "again.keras").string()));
    }
    CHECK(same((folder / "w.weights.h5").string(), (folder / "w.weights.h5").string()));
    std::vector<Tensor> inputs;
    for (int i = 0; find(arrays, "x_" + std::to_string(i)) != nullptr; ++i)
      inputs.push_back(*find(arrays, "x_" + std::to_string(i)));
    CHECK(test::worst_error(load_model(folder / "again.keras").predict_all(inputs), arrays, "y_") <= 1);
  }
}

TEST_CASE("convert: repairs files of Keras 2 and leaves training out on demand") {
  const TemporaryFolder folder;
  const std::string old = data_file("data/keras2/branches_legacy.h5").string();
  CHECK(convert(old, folder / "new.keras").find("Keras 2) ->") != std::string::npos);
  CHECK(inspected((folder / "new.keras").string())["dialect"] == "Keras 3");
  convert(old, folder / "bare.keras", {"--without-training"});
  CHECK(inspected((folder / "bare.keras").string())["training"].is_null());
  CHECK(same(old, (folder / "bare.keras").string()));
  CHECK_FALSE(same(old, (folder / "bare.keras").string(), {"--training"}));
}

TEST_CASE("convert: writes for each Keras") {
  const TemporaryFolder folder;
  const std::string model = data_file("data/keras3/branches_trained.keras").string();
  for (const char* dialect : {"keras3", "keras2", "portable"})
    for (const char* name : {"m.keras", "m.h5", "m.json", "m.weights.h5"}) {
      CAPTURE(dialect);
      CAPTURE(name);
      convert(model, folder / name, {"--dialect", dialect});
      const bool architecture = std::string(name) == "m.json";
      if (!architecture) CHECK(same(model, (folder / name).string()));
      if (std::string(dialect) == "keras2" && !std::string(name).ends_with(".weights.h5"))
        CHECK(inspected((folder / name).string())["dialect"] == "Keras 2");
    }
}

TEST_CASE("convert: wrong usage") {
  const TemporaryFolder folder;
  const std::string model = data_file("data/keras3/branches.keras").string();
  CHECK(test::rhyton({"convert", model, (folder / "m.onnx").string()}).code == 2);
  CHECK(test::rhyton({"convert", model}).code == 2);
  CHECK(test::rhyton({"convert", model, (folder / "m.keras").string(), "--dialect", "keras1"}).code == 2);
  const auto weights = data_file("data/keras3/branches.weights.h5").string();
  const auto result = test::rhyton({"convert", weights, (folder / "m.keras").string()});
  CHECK(result.code == 2);
  CHECK(result.err.find("--weights") != std::string::npos);
  CHECK(test::rhyton({"convert", (folder / "none.keras").string(), (folder / "m.keras").string()}).code == 1);
  CHECK_FALSE(std::filesystem::exists(folder / "m.keras"));
}

TEST_CASE("diff: the same chain of layers as another class of model") {
  const TemporaryFolder folder;
  set_random_seed(1);
  const Sequential chain({Input({.shape = {3}, .name = "x"}), Dense({.units = 4, .name = "hidden"}),
                          Dense({.units = 2, .name = "out"})},
                         {.name = "m"});
  const auto x = Input({.shape = {3}, .name = "x"});
  const auto hidden = Dense({.units = 4, .name = "hidden"})(x);
  Model functional({x}, {Dense({.units = 2, .name = "out"})(hidden)}, {.name = "m"});
  functional.set_weights(chain.get_weights());
  save_model(chain, folder / "chain.keras");
  save_model(functional, folder / "functional.keras");
  const auto run = [&](const std::string& a, const std::string& b) {
    return test::rhyton({"diff", (folder / a).string(), (folder / b).string()});
  };
  for (const bool turned : {false, true}) {
    const auto text =
        turned ? run("functional.keras", "chain.keras") : run("chain.keras", "functional.keras");
    CHECK(text.code == 1);
    CHECK(text.out.starts_with("Architecture: 1 difference\n"));
    CHECK(text.out.find(turned ? "\"Functional\" -> \"Sequential\"" : "\"Sequential\" -> \"Functional\"") !=
          std::string::npos);
    CHECK(text.out.find("Otherwise the same: 3 layers, all weights\n") != std::string::npos);
  }
  // Not a chain: what is read twice is told.
  const Model branched({x}, {Add()({Dense({.units = 3, .name = "hidden"})(x), x})}, {.name = "m"});
  save_model(branched, folder / "functional.keras");
  const auto text = run("chain.keras", "functional.keras");
  CHECK(text.out.find("Otherwise the same") == std::string::npos);
  CHECK(text.out.find("inbound_nodes") != std::string::npos);
}

TEST_CASE("diff: says what differs") {
  const TemporaryFolder folder;
  const auto model = [](std::int64_t units, const char* activation, const char* name) {
    return Sequential(
        {Input({.shape = {3}, .name = "x"}), Dense({.units = units, .activation = activation, .name = name}),
         Dense({.units = 2, .name = "out"})},
        {.name = "m"});
  };
  set_random_seed(1);
  const Model a = model(4, "relu", "hidden");
  save_model(a, folder / "a.keras");
  auto weights = a.get_weights();
  weights[2].data<float>()[3] += 0.5f;
  Model b = model(4, "tanh", "hidden");
  b.set_weights(weights);
  save_model(b, folder / "b.keras");
  const auto run = [&](const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments = {"diff", (folder / "a.keras").string(),
                                          (folder / "b.keras").string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return test::rhyton(arguments);
  };
  const auto text = run();
  CHECK(text.code == 1);
  CHECK(text.out.find("\"relu\" -> \"tanh\"") != std::string::npos);
  CHECK(text.out.find("1 of 8 values, by up to 0.5") != std::string::npos);
  const Json json = Json::parse(run({"--json"}).out);
  CHECK(json["equal"] == false);
  CHECK(json["architecture"].size() == 1);
  CHECK(json["weights"].size() == 1);
  CHECK(Json::parse(run({"--json", "--atol", "1"}).out)["weights"].empty());

  save_model(model(5, "relu", "other"), folder / "b.keras");
  const auto other = run();
  CHECK(other.code == 1);
  CHECK(other.out.find("units: 4 -> 5") != std::string::npos);
  CHECK(other.out.find("shape (3, 4) -> (3, 5)") != std::string::npos);
  save_model(Sequential({Input({3}), Dense({.units = 4, .name = "hidden"})}), folder / "b.keras");
  CHECK(run().out.find("Dense 'out': only in the first") != std::string::npos);
}
