// Files with everything wrong at once: one error that lists it all, with paths.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nn/error.hpp"
#include "rhyton.hpp"
#include "serialization/hdf5_file.hpp"
#include "serialization/json_text.hpp"
#include "serialization/zip_archive.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::TemporaryFolder;

namespace {

Model compiled_model() {
  const auto x = Input({4});
  const auto h = Dense({.units = 3, .name = "one"})(x);
  const auto y = Dense({.units = 2, .name = "two"})(BatchNormalization({.name = "norm"})(h));
  Model out(std::make_shared<Functional>(SymbolicTensors{x}, SymbolicTensors{y}));
  out.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  return out;
}

/// The model's archive with another configuration or other weights.
void rewrite(const std::filesystem::path& from, const std::filesystem::path& to,
             const std::function<void(Json&)>& change, const std::filesystem::path& weights = {}) {
  const ZipReader archive(from);
  Json config = parse_json_text(archive.read("config.json", 1 << 20), "config.json");
  change(config);
  ZipWriter out(to);
  out.add("metadata.json", archive.read("metadata.json", 1 << 20));
  out.add("config.json", write_json_text(config));
  if (weights.empty())
    out.add("model.weights.h5", archive.read("model.weights.h5", 1 << 20));
  else
    out.add_file("model.weights.h5", weights);
  out.close();
}

std::string error_of(const std::filesystem::path& path) {
  try {
    load_model(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void check_names(const std::string& text, const std::vector<const char*>& parts) {
  CAPTURE(text);
  for (const char* part : parts) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

Json& layer(Json& config, const std::string& name) {
  for (Json& layer : config["config"]["layers"])
    if (layer["config"]["name"] == name) return layer;
  throw Error("no layer " + name);
}

}  // namespace

TEST_CASE("nasty files: unknown classes, arguments, optimizers, losses and metrics in one error") {
  const TemporaryFolder folder;
  compiled_model().save((folder / "m.keras").string());
  rewrite(folder / "m.keras", folder / "bad.keras", [](Json& config) {
    layer(config, "one")["class_name"] = "Fantasy";
    layer(config, "one")["registered_name"] = "mine>Fantasy";
    layer(config, "norm")["config"]["colour"] = "red";
    layer(config, "two")["config"]["activation"] = "no_such_function";
    config["compile_config"]["optimizer"]["class_name"] = "Wanderer";
    config["compile_config"]["loss"] = "no_such_loss";
    config["compile_config"]["metrics"] = {"no_such_metric",
                                           {{"class_name", "Odd"}, {"config", Json::object()}}};
  });
  const std::string text = error_of(folder / "bad.keras");
  check_names(text, {"bad.keras", "7 problems", "'one'", "mine>Fantasy", "norm", "colour", "two",
                     "no_such_function", "Wanderer", "no_such_loss", "no_such_metric", "Odd"});
  CHECK(text.find("compile = false") == std::string::npos);  // would not help
}

TEST_CASE("nasty files: missing, surplus and mis-shaped weights in one error, with what cannot be compiled") {
  const TemporaryFolder folder;
  compiled_model().save((folder / "m.keras").string());
  {
    Hdf5Writer weights(folder / "w.h5");
    weights.write("layers/dense/vars/0", Tensor({5, 3}));  // (4, 3)
    weights.write("layers/dense/vars/1", Tensor({3}));
    for (const char* number : {"0", "1", "2", "3", "4"})  // four
      weights.write(std::string("layers/batch_normalization/vars/") + number, Tensor({3}));
    weights.close();  // nothing of the last layer
  }
  rewrite(
      folder / "m.keras", folder / "bad.keras",
      [](Json& config) { config["compile_config"]["loss"] = "no_such_loss"; }, folder / "w.h5");
  check_names(
      error_of(folder / "bad.keras"),
      {"layers/dense", "(5, 3)", "(4, 3)", "layers/batch_normalization", "layers/dense_1", "no_such_loss"});
  // Without the last problem, and lenient: what fits is taken, the rest is in the notes.
  rewrite(
      folder / "m.keras", folder / "weights.keras", [](Json&) {}, folder / "w.h5");
  std::vector<std::string> notes;
  load_model(folder / "weights.keras", {.skip_mismatch = true, .notes = &notes});
  CHECK(notes.size() >= 3);
}
