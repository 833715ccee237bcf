// Files as older Keras wrote them (tests/data/make_dialects.py): all predict what Keras predicts.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "nn/training/optimizers/adam.hpp"
#include "nn/training/optimizers/rmsprop.hpp"
#include "serialization/saving.hpp"
#include "tests/layers/golden.hpp"

namespace rhyton::test {

namespace {

const std::filesystem::path folder = std::string(TEST_DATA) + "/data/dialects";

void check(const Model& model, const NamedTensors& arrays, const std::string& name) {
  const Tensor* x = find(arrays, name + "/x");
  REQUIRE(x);
  const auto outputs = model.predict_all({*x});
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const Tensor* y = find(arrays, name + "/y" + std::to_string(k));
    REQUIRE(y);
    CHECK(difference(outputs[k], *y) == "");
  }
}

Model from_json_file(const std::string& name) {
  std::ifstream file(folder / (name + ".json"));
  std::ostringstream text;
  text << file.rdbuf();
  return model_from_json(text.str());
}

}  // namespace

TEST_CASE("dialects: models of older Keras") {
  const NamedTensors arrays = read_npz(folder / "dialects.npz");
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().stem().string();
    const auto ending = entry.path().extension();
    if ((ending != ".h5" && ending != ".keras") || name.find("weights") != std::string::npos) continue;
    CAPTURE(name);
    ++seen;
    try {
      check(load_model(entry.path()), arrays, name);
    } catch (const std::exception& error) {
      FAIL_CHECK(std::string(error.what()));
    }
  }
  CHECK(seen >= 14);
}

TEST_CASE("dialects: training goes on with what tf.keras's first optimizers keep") {
  const NamedTensors arrays = read_npz(folder / "dialects.npz");
  for (const std::string name : {"legacy_adam", "legacy_ftrl", "legacy_nadam", "legacy_plain_rmsprop",
                                 "legacy_centered_rmsprop", "legacy_rmsprop"}) {
    CAPTURE(name);
    std::vector<std::string> notes;
    Model model = load_model(folder / (name + ".h5"), {.notes = &notes});
    CHECK(notes.empty() == (name == "legacy_adam" || name == "legacy_ftrl" || name == "legacy_rmsprop"));
    const Tensor &x = *find(arrays, std::string(name) + "/x"),
                 &y = *find(arrays, std::string(name) + "/target"),
                 &after = *find(arrays, std::string(name) + "/after");
    for (int step = 0; step < 2; ++step) model.train_on_batch(x, y);
    CHECK(difference(model.predict(x), after) == "");
  }
}

TEST_CASE("dialects: the first Nadam keeps its schedule in every file that can hold it") {
  const NamedTensors arrays = read_npz(folder / "dialects.npz");
  const Tensor &x = *find(arrays, "legacy_nadam/x"), &y = *find(arrays, "legacy_nadam/target"),
               &after = *find(arrays, "legacy_nadam/after");
  const std::string path = std::filesystem::temp_directory_path() / "rhyton_first_nadam";
  for (const FileDialect dialect : {FileDialect::keras2, FileDialect::keras3})
    for (const char* ending : {".h5", ".keras"}) {
      CAPTURE(ending);
      CAPTURE(static_cast<int>(dialect));
      Model model = load_model(folder / "legacy_nadam.h5");
      model.train_on_batch(x, y);
      save_model(model, path + ending, {.dialect = dialect});
      std::vector<std::string> notes;
      Model again = load_model(path + ending, {.notes = &notes});
      std::filesystem::remove(path + ending);
      CHECK(notes.size() == 1);
      again.train_on_batch(x, y);
      CHECK(difference(again.predict(x), after) == "");
    }
  // The later one has another schedule: neither may pass for the other.
  Model model = load_model(folder / "legacy_nadam.h5");
  CHECK_THROWS_WITH_AS(save_model(model, path + ".h5", {.dialect = FileDialect::portable}),
                       doctest::Contains("schedule"), NotSupported);
  model.compile({.optimizer = Nadam({.weight_decay = 0.1, .schedule_decay = 0.004}), .loss = "mse"});
  CHECK_THROWS_WITH_AS(save_model(model, path + ".h5", {.dialect = FileDialect::keras2}),
                       doctest::Contains("weight_decay"), NotSupported);
  model.compile({.optimizer = Nadam({.schedule_decay = 0.01}), .loss = "mse"});
  save_model(model, path + ".h5", {.dialect = FileDialect::keras2});
  CHECK(load_model(path + ".h5").optimizer().get_config()["decay"] == 0.01);
  std::filesystem::remove(path + ".h5");
}

TEST_CASE("dialects: the first RMSprop keeps the place of its epsilon in every file that can hold it") {
  const NamedTensors arrays = read_npz(folder / "dialects.npz");
  const Tensor &x = *find(arrays, "legacy_centered_rmsprop/x"),
               &y = *find(arrays, "legacy_centered_rmsprop/target"),
               &after = *find(arrays, "legacy_centered_rmsprop/after");
  const std::string path = std::filesystem::temp_directory_path() / "rhyton_first_rmsprop";
  for (const FileDialect dialect : {FileDialect::keras2, FileDialect::keras3})
    for (const char* ending : {".h5", ".keras"}) {
      CAPTURE(ending);
      CAPTURE(static_cast<int>(dialect));
      Model model = load_model(folder / "legacy_centered_rmsprop.h5");
      model.train_on_batch(x, y);
      save_model(model, path + ending, {.dialect = dialect});
      std::vector<std::string> notes;
      Model again = load_model(path + ending, {.notes = &notes});
      std::filesystem::remove(path + ending);
      // tf.keras keeps no state of it in .keras files: there it is the later one.
      const bool later = dialect == FileDialect::keras2 && std::string(ending) == ".keras";
      CHECK(notes.empty() == later);
      CHECK(again.optimizer().get_config().contains("decay") == !later);
      again.train_on_batch(x, y);
      if (!later) CHECK(difference(again.predict(x), after) == "");
    }
  Model model = load_model(folder / "legacy_centered_rmsprop.h5");
  CHECK_THROWS_WITH_AS(save_model(model, path + ".h5", {.dialect = FileDialect::portable}),
                       doctest::Contains("behind the root"), NotSupported);
  model.compile({.optimizer = RMSprop({.epsilon_behind_root = true, .weight_decay = 0.1}), .loss = "mse"});
  CHECK_THROWS_WITH_AS(save_model(model, path + ".h5", {.dialect = FileDialect::keras2}),
                       doctest::Contains("weight_decay"), NotSupported);
  CHECK_THROWS_WITH_AS(RMSprop({.momentum = 0.5, .epsilon_behind_root = true}),
                       doctest::Contains("momentum=0.5"), ValueError);
}

TEST_CASE("dialects: weights alone, by order and by name") {
  const NamedTensors arrays = read_npz(folder / "dialects.npz");
  Model by_order = from_json_file("by_order");
  load_weights(by_order, folder / "by_order_weights.h5");
  check(by_order, arrays, "by_order");
  Model by_name = from_json_file("by_name");
  CHECK_THROWS_AS(load_weights(by_name, folder / "by_name_weights.h5"), FormatError);
  load_weights(by_name, folder / "by_name_weights.h5", {.by_name = true});
  check(by_name, arrays, "by_name");
}

TEST_CASE("dialects: bfloat16 as Keras writes it") {
  const NamedTensors arrays = read_npz(folder / "dialects.npz");
  Model model = from_json_file("bfloat16");
  load_weights(model, folder / "bfloat16.weights.h5");
  check(model, arrays, "bfloat16");
}

TEST_CASE("dialects: LoRA is part of the weights that Keras saves; quantized ones are refused by name") {
  const auto model = [](const std::string& arguments) {
    return R"({"module": "keras", "class_name": "Sequential", "registered_name": null, "config": {"name": "m", "layers": [
      {"module": "keras.layers", "class_name": "InputLayer", "registered_name": null,
       "config": {"batch_shape": [null, 3], "name": "x"}},
      {"module": "keras.layers", "class_name": "Dense", "registered_name": null,
       "config": {"name": "d", "units": 2, )" +
           arguments + "}}]}}";
  };
  std::vector<std::string> notes;
  CHECK(model_from_json(model(R"("lora_rank": 2, "lora_alpha": 2)"), {.notes = &notes}).count_params() == 8);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("lora_rank=2") != std::string::npos);
  const std::string int8 =
      R"("dtype": {"module": "keras.dtype_policies", "class_name": "QuantizedDTypePolicy",
    "config": {"mode": "int8", "source_name": "float32"}, "registered_name": null})";
  CHECK_THROWS_WITH_AS(model_from_json(model(int8)),
                       doctest::Contains("quantized weights (QuantizedDTypePolicy"), NotSupported);
}

TEST_CASE("dialects: everything that is wrong is in one error") {
  const std::string json =
      R"({"module": "keras", "class_name": "Sequential", "registered_name": null, "config": {
    "name": "bad", "layers": [
      {"module": "keras.layers", "class_name": "InputLayer", "registered_name": null,
       "config": {"batch_shape": [null, 3], "name": "x"}},
      {"module": "mine", "class_name": "Strange", "registered_name": "mine>Strange", "config": {"name": "odd"}},
      {"module": "keras.layers", "class_name": "Dense", "registered_name": null,
       "config": {"name": "d", "units": 2, "colour": "red"}},
      {"module": "keras.layers", "class_name": "Lambda", "registered_name": null, "config": {"name": "code"}}]}})";
  try {
    model_from_json(json);
    FAIL("it was read");
  } catch (const Error& error) {
    const std::string text = error.what();
    for (const char* part : {"Strange", "odd", "colour", "Lambda", "code"})
      CHECK(text.find(part) != std::string::npos);
  }
}

}  // namespace rhyton::test
