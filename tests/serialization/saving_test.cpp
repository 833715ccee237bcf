#include "serialization/saving.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nn/error.hpp"
#include "nn/training/metrics/iou.hpp"
#include "nn/training/optimizers/wrappers.hpp"
#include "rhyton.hpp"
#include "serialization/compile_config.hpp"
#include "serialization/weights_store.hpp"
#include "serialization/zip_archive.hpp"
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

TEST_CASE("saving: the loss scaling that Keras puts around the optimizer of a mixed_float16 model") {
  const TemporaryFolder folder;
  std::vector<std::string> notes;
  Model model = load_model(data_file("data/keras3/mixed_trained.keras"), {.notes = &notes});
  CHECK(notes.empty());
  const auto check = [](Model& loaded) {
    const auto* scaling = dynamic_cast<LossScaleOptimizer*>(&loaded.optimizer());
    REQUIRE(scaling != nullptr);
    CHECK(scaling->loss_scale() == 32768);
    CHECK(scaling->inner().class_name() == "SGD");
    const auto state = loaded.optimizer().state();
    REQUIRE(state.size() == 10);
    CHECK(state[2].view.data<std::int64_t>()[0] == 3);  // good steps since the scale changed
    CHECK(loaded.optimizer().steps() == 3);
  };
  check(model);
  for (const char* name : {"m.keras", "m.h5"}) {
    save_model(model, folder / name);
    Model again = load_model(folder / name, {.notes = &notes});
    CHECK(notes.empty());
    check(again);
  }
  // Keras 2 does the same by itself, and keeps the inner state.
  save_model(model, folder / "old.keras", {.dialect = FileDialect::keras2});
  Model old = load_model(folder / "old.keras", {.notes = &notes});
  CHECK(notes.empty());
  CHECK(old.optimizer().class_name() == "SGD");
  CHECK(old.optimizer().steps() == 3);
  for (int i = 0; i < 4; ++i) {
    const ConstView wanted = model.optimizer().state()[static_cast<std::size_t>(6 + i)].view;
    const ConstView got = old.optimizer().state()[static_cast<std::size_t>(2 + i)].view;
    CHECK(Tensor(got).values() == Tensor(wanted).values());
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

TEST_CASE("saving: metrics that need an argument") {
  const TemporaryFolder folder;
  Model model = load_model(data_file("data/keras3/dense.keras"));
  model.compile({.optimizer = "sgd",
                 .loss = "mse",
                 .metrics = {metrics::MeanIoU({.num_classes = 3}),
                             metrics::IoU({.num_classes = 3, .target_class_ids = {0, 1}})}});
  model.save(folder / "m.keras");
  const Model again = load_model(folder / "m.keras");
  std::vector<std::string> names;
  for (const auto& list : again.compile_arguments().metrics.list)
    for (const auto& metric : list.metrics) names.push_back(metric->name());
  CHECK(names == std::vector<std::string>{"mean_io_u", "io_u"});
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

TEST_CASE("saving: metrics whose arguments must be given") {
  const TemporaryFolder folder;
  const auto path = folder / "model.keras";
  Sequential model({Input({4}), Dense({.units = 3, .activation = "softmax"})});
  model.compile({.loss = "sparse_categorical_crossentropy",
                 .metrics = {metrics::MeanIoU({.num_classes = 3, .sparse_y_pred = false}),
                             metrics::IoU({.num_classes = 3, .target_class_ids = {1}}),
                             metrics::OneHotIoU({.num_classes = 3, .target_class_ids = {0, 2}}),
                             metrics::OneHotMeanIoU({.num_classes = 3}),
                             metrics::SensitivityAtSpecificity({.specificity = 0.25}), "AUC"}});
  save_model(model, path);
  const Model loaded = load_model(path);
  const auto all = [](const Model& m) {
    std::vector<Metric> out;
    for (const MetricList& list : m.compile_arguments().metrics.list)
      out.insert(out.end(), list.metrics.begin(), list.metrics.end());
    return out;
  };
  const auto before = all(model), after = all(loaded);
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    CHECK(after[i]->class_name() == before[i]->class_name());
    CHECK(after[i]->get_config() == before[i]->get_config());
  }
}

TEST_CASE("saving: a list of as many metrics as outputs is one for each, null none") {
  const TemporaryFolder folder;
  Input x({3});
  const Model model({x}, {Dense({.units = 2, .name = "a"})(x), Dense({.units = 1, .name = "b"})(x)});
  const Tensor data({4, 3}), a({4, 2}), b({4, 1});
  const auto names = [&](Model& m) {
    std::string all;
    for (const auto& [name, value] : m.evaluate(data, {a, b})) all += name + " ";
    return all;
  };
  Model whole = model;
  whole.compile({.loss = "mse", .metrics = MetricList{"mae", "mse"}});
  CHECK(names(whole) == "loss a_loss b_loss a_mae b_mse ");
  save_model(whole, folder / "whole.keras");
  Model loaded = load_model(folder / "whole.keras");
  CHECK(names(loaded) == "loss a_loss b_loss a_mae b_mse ");
  std::string text = whole.to_json();
  REQUIRE(text.find(R"(["mae", "mse"])") != std::string::npos);
  text.replace(text.find(R"(["mae", "mse"])"), 14, R"(["mae", null])");
  Model half = model_from_json(text);
  CHECK(names(half) == "loss a_loss b_loss a_mae ");
}

TEST_CASE("saving: operations of files that name no modules, as Keras 3's .h5 files are") {
  const auto tensor = [](const std::string& from, const std::string& shape) {
    return R"({"class_name": "__keras_tensor__", "config": {"shape": )" + shape +
           R"(, "dtype": "float32", "keras_history": [")" + from + R"(", 0, 0]}})";
  };
  const Model model = model_from_json(
      R"({"class_name": "Functional", "config": {"name": "m", "trainable": true, "layers": [
        {"class_name": "InputLayer", "config": {"batch_shape": [null, 6], "dtype": "float32", "name": "i"},
         "name": "i", "inbound_nodes": []},
        {"class_name": "Reshape", "config": {"name": "r", "newshape": [-1, 2, 3]}, "name": "r",
         "inbound_nodes": [{"args": [)" +
      tensor("i", "[null, 6]") + R"(], "kwargs": {}}]},
        {"class_name": "Cumsum", "config": {"name": "c", "axis": 1, "dtype": null}, "name": "c",
         "inbound_nodes": [{"args": [)" +
      tensor("r", "[null, 2, 3]") + R"(], "kwargs": {}}]}],
       "input_layers": ["i", 0, 0], "output_layers": ["c", 0, 0]}})");
  const Tensor y = model.predict(Tensor({1, 6}, {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f}));
  CHECK(y.shape() == Shape{1, 2, 3});
  CHECK(y.values() == std::vector<float>{1, 2, 3, 5, 7, 9});
}

TEST_CASE("saving: losses and metrics keep the names that were typed, where the reader knows them") {
  const Tensor x({2, 3});
  Model model = Sequential({Input({3}), Dense({.units = 2})});
  const std::string path = (std::filesystem::temp_directory_path() / "rhyton_typed.keras").string();
  const auto written = [&](const char* loss, const char* metric, FileDialect dialect) {
    model.compile({.loss = loss, .metrics = {metric}});
    save_model(model, path, {.dialect = dialect});
    Model again = load_model(path);
    save_model(again, path, {.dialect = dialect});
    const Json config = Json::parse(ZipReader(path).read("config.json", 100000))["compile_config"];
    std::filesystem::remove(path);
    return std::pair(config["loss"], config["metrics"][0]);
  };
  for (const FileDialect dialect : {FileDialect::keras3, FileDialect::keras2, FileDialect::portable}) {
    for (const char* loss : {"mse", "MSE", "mean_squared_error", "MeanSquaredError", "kld", "kl_divergence"})
      CHECK(written(loss, "mae", dialect).first == loss);
    for (const char* metric : {"mae", "MAE", "mean_absolute_error", "MeanAbsoluteError", "acc", "accuracy"})
      CHECK(written("mse", metric, dialect).second == metric);
  }
  // What one of them alone knows.
  CHECK(written("logcosh", "logcosh", FileDialect::keras2) == std::pair<Json, Json>("logcosh", "logcosh"));
  const auto third = written("logcosh", "logcosh", FileDialect::keras3);
  CHECK(third.first == "log_cosh");
  CHECK(third.second["class_name"] == "LogCoshError");
  CHECK(written("mse", "precision", FileDialect::keras3).second == "precision");
  for (const FileDialect dialect : {FileDialect::keras2, FileDialect::portable})
    CHECK(written("mse", "precision", dialect).second["class_name"] == "Precision");
  model.compile({.loss = "dice"});
  CHECK_THROWS_WITH_AS(save_model(model, path, {.dialect = FileDialect::keras2}), doctest::Contains("Dice"),
                       NotSupported);
  model.compile({.loss = "crossentropy"});
  CHECK_THROWS_WITH_AS(save_model(model, path, {.dialect = FileDialect::keras2}),
                       doctest::Contains("crossentropy"), NotSupported);
  // An object is one still.
  model.compile({.loss = "mse", .metrics = {metrics::Precision()}});
  CHECK(write_compile_config(model.compile_arguments())["loss"] == "mean_squared_error");
}

TEST_CASE("saving: optimizers and losses as Keras 2 wrote them") {
  const auto read = [](const std::string& text, std::vector<std::string>* notes = nullptr) {
    LoadReport report;
    CompileArguments arguments = read_compile_config(Json::parse(text), report);
    report.check("x");
    if (notes != nullptr) *notes = report.notes;
    return arguments;
  };
  // The first Nadam's momenta had a schedule, under two names; its rate had no decay.
  for (const char* key : {"schedule_decay", "decay"}) {
    const auto nadam = read(R"({"optimizer_config": {"class_name": "Nadam", "config": {"lr": 0.002, ")" +
                            std::string(key) + R"(": 0.004, "epsilon": null}}})");
    CHECK(!nadam.optimizer->has_schedule());
    CHECK(nadam.optimizer->get_config()["decay"] == 0.004);
  }
  CHECK(read(R"({"loss": "cosine"})").loss.list.at(0)->class_name() == "CosineSimilarity");
  // A function with a name of its own, as Keras 3 and 2 write it; one that is not Keras's.
  for (
      const char* fn :
      {R"("mean_absolute_error")",
       R"({"module": "builtins", "class_name": "function", "config": "mean_absolute_error", "registered_name": "function"})"}) {
    const auto own =
        read(R"({"metrics": [{"class_name": "MeanMetricWrapper", "config": {"name": "own", "fn": )" +
             std::string(fn) + "}}]}")
            .metrics;
    CHECK(own.list.at(0).metrics.at(0)->name() == "own");
  }
  CHECK_THROWS_AS(read(R"({"metrics": [{"class_name": "MeanMetricWrapper", "config": {"name": "my_mae",
      "fn": "nobody's"}}]})"),
                  Error);
  // Loss scaling: Keras 2 keeps no state of it.
  std::vector<std::string> notes;
  for (const char* scaling : {R"({"class_name": "LossScaleOptimizerV3", "config": {"inner_optimizer":
            {"class_name": "Adam", "config": {}}, "dynamic": true, "initial_scale": 32768.0}})",
                              R"({"class_name": "LossScaleOptimizer", "config": {"optimizer":
            {"class_name": "Adam", "config": {"lr": 0.5}}, "loss_scale": {"class_name": "DynamicLossScale"}}})"}) {
    const auto arguments = read(R"({"optimizer_config": )" + std::string(scaling) + "}", &notes);
    CHECK(arguments.optimizer->class_name() == "Adam");
    CHECK(notes.size() == 1);
  }
}

TEST_CASE("saving: an attention's gate lies where Keras looks for it") {
  const TemporaryFolder folder;
  const Input x({4, 3});
  const Model model({x}, {MultiHeadAttention({.num_heads = 2, .key_dim = 2, .use_gate = true})({x, x})});
  save_weights(model, folder / "gate.weights.h5");
  const auto store = open_weights(folder / "gate.weights.h5");
  // Keras finds the other projections under names of properties, and has none for this one.
  CHECK(store->count("layers/multi_head_attention/_gate_dense") == 2);
  CHECK(store->count("layers/multi_head_attention/query_dense") == 2);
}

TEST_CASE("weights: one error lists what is missing, of another shape, or too much, by its path") {
  const TemporaryFolder folder;
  const auto path = folder / "m.weights.h5";
  {
    Hdf5Writer file(path);
    file.write("layers/dense/vars/0", Tensor({3, 3}));
    file.write("layers/dense/vars/1", Tensor({2}));
    file.write("layers/dense_1/vars/0", Tensor({2, 4}));
    file.write("layers/ghost/vars/0", Tensor({1}));
    file.close();
  }
  Sequential model({Input({3}), Dense({.units = 2, .name = "a"}), Dense({.units = 4, .name = "b"}),
                    Dense({.units = 1, .name = "c"})});
  const auto before = model.get_weights();
  try {
    model.load_weights(path);
    FAIL("accepted");
  } catch (const FormatError& error) {
    const std::string what = error.what();
    CAPTURE(what);
    for (const char* part :
         {"4 problems",
          "layers/dense/vars/0: Dense layer 'a' expects the weight 'kernel' in the shape (3, 2); "
          "the file has (3, 3).",
          "layers/dense_1: Dense layer 'b' expects 2 variables: kernel (2, 4), bias (4,); the file has 1: "
          "(2, 4).",
          "layers/dense_2: Dense layer 'c' expects 2 variables: kernel (4, 1), bias (1,); the file has 0.",
          "layers/ghost: the model has no layer for these variables."})
      CHECK(what.find(part) != std::string::npos);
  }
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(model.get_weights()[i].values() == before[i].values());
}
