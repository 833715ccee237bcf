#include "serialization/saving.hpp"

#include <doctest/doctest.h>

#include "nn/error.hpp"
#include "tests/support/files.hpp"
#include "tests/support/predict.hpp"

using namespace rhyton;
using test::data_file;
using test::TemporaryFolder;

namespace {

std::vector<Tensor> collect(const NamedTensors& arrays, const std::string& prefix) {
  std::vector<Tensor> out;
  for (std::size_t i = 0; find(arrays, prefix + std::to_string(i)) != nullptr; ++i)
    out.push_back(*find(arrays, prefix + std::to_string(i)));
  return out;
}

double error_of(const Model& model, const NamedTensors& arrays, const std::string& prefix) {
  return test::worst_error(model.predict_all(collect(arrays, "x_")), arrays, prefix);
}

/// Two steps more, as make_files.py went on.
void train(Model& model, const NamedTensors& arrays) {
  for (int step = 0; step < 2; ++step) model.train_on_batch(collect(arrays, "x_"), collect(arrays, "t_"));
}

}  // namespace

TEST_CASE("saving: training goes on where Keras stopped") {
  for (const char* dialect : {"keras3", "keras2"})
    for (const char* name : {"dense_trained", "branches_trained", "branches_legacy"})
      for (const char* ending : {".keras", ".h5"}) {
        const std::string stem = std::string("data/") + dialect + "/" + name;
        CAPTURE(stem);
        CAPTURE(ending);
        if (!std::filesystem::exists(data_file(stem + ending))) continue;
        const NamedTensors arrays = read_npz(data_file(stem + ".npz"));
        std::vector<std::string> notes;
        Model model = load_model(data_file(stem + ending), {.notes = &notes});
        for (const auto& note : notes) MESSAGE(note);
        REQUIRE(model.compiled());
        CHECK(error_of(model, arrays, "y_") <= 1);
        train(model, arrays);
        CHECK(error_of(model, arrays, "z_") <= 1);
      }
}

TEST_CASE("saving: training goes on from our own files, in every format") {
  const TemporaryFolder folder;
  const NamedTensors arrays = read_npz(data_file("data/keras3/branches_trained.npz"));
  const Model model = load_model(data_file("data/keras3/branches_trained.keras"));
  model.save(folder / "m.keras");
  model.save(folder / "m.h5");
  model.save_weights(folder / "m.weights.h5");
  save_weights(model, folder / "s.weights.json", {.max_shard_size = 100.0 / (1 << 30)});
  for (const char* file : {"m.keras", "m.h5", "m.weights.h5"}) {
    CAPTURE(file);
    Model again = std::string(file) == "m.weights.h5"
                      ? load_model(data_file("data/keras3/branches_trained.h5"))
                      : load_model(folder / file);
    if (std::string(file) == "m.weights.h5") again.load_weights(folder / file);
    train(again, arrays);
    CHECK(error_of(again, arrays, "z_") <= 1);
  }
  Model sharded = model_from_json(to_json(model));
  sharded.load_weights(folder / "s.weights.json");
  CHECK(error_of(sharded, arrays, "y_") <= 1);
  CHECK(std::filesystem::exists(folder / "s_00001.weights.h5"));
}

TEST_CASE("saving: weights come out of every kind of file") {
  const NamedTensors arrays = read_npz(data_file("data/keras3/branches.npz"));
  const std::string json = test::read_text(data_file("data/keras3/branches.json"));
  for (const char* ending : {".keras", ".h5", ".weights.h5", ".weights.json"}) {
    CAPTURE(ending);
    Model model = model_from_json(json);
    model.load_weights(data_file(std::string("data/keras3/branches") + ending));
    CHECK(error_of(model, arrays, "y_") <= 1);
  }
  Model model = model_from_json(json);
  load_weights(model, data_file("data/keras3/branches.h5"), {.by_name = true});
  CHECK(error_of(model, arrays, "y_") <= 1);
}

TEST_CASE("saving: names and states that do not suit are refused") {
  const TemporaryFolder folder;
  const Model model = load_model(data_file("data/keras3/dense.keras"));
  CHECK_FALSE(model.compiled());
  CHECK_THROWS_AS(model.save(folder / "m.onnx"), ValueError);
  CHECK_THROWS_AS(model.save(folder / "m.weights.h5"), ValueError);
  CHECK_THROWS_AS(model.save_weights(folder / "m.h5"), ValueError);
  CHECK_THROWS_AS(save_weights(model, folder / "m.weights.h5", {.max_shard_size = 1}), ValueError);
  CHECK_THROWS_AS(save_weights(model, folder / "m.weights.json", {.max_shard_size = 1e-9}), ValueError);
  CHECK_THROWS_AS(model.save(folder / "no/such/m.keras"), Error);
  CHECK_THROWS_AS(load_model(folder.path()), NotSupported);
  CHECK_THROWS_AS(load_model(folder / "missing.keras"), Error);
  CHECK_THROWS_WITH_AS(load_model(data_file("data/keras3/branches.weights.h5")),
                       doctest::Contains("load_weights"), FormatError);
}
