// Unknown classes, unknown arguments and damaged weights in one error, and nothing that is sound beside them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nn/error.hpp"
#include "serialization/hdf5_file.hpp"
#include "serialization/json_text.hpp"
#include "serialization/saving.hpp"
#include "serialization/zip_archive.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::data_file;
using test::TemporaryFolder;

namespace {

/// The layer's name, where `.keras` files keep its weights, and their shapes.
struct Stored {
  std::string layer, path;
  std::vector<Shape> weights;
};

Json layer(const std::string& class_name, const std::string& name, Json config, const Json& stated = {}) {
  config["name"] = name;
  Json out = {{"module", "keras.layers"}, {"class_name", class_name}, {"config", config}};
  if (!stated.is_null()) out["build_config"] = {{"input_shape", stated}};
  return out;
}

Json input(const std::string& name, const Json& shape) {
  return layer("InputLayer", name, {{"batch_shape", shape}});
}

Json sequential(const std::string& name, const std::vector<Json>& layers) {
  return {
      {"module", "keras"}, {"class_name", "Sequential"}, {"config", {{"name", name}, {"layers", layers}}}};
}

Json keras_tensor(const std::string& layer, const Json& shape) {
  return {{"class_name", "__keras_tensor__"},
          {"config", {{"shape", shape}, {"dtype", "float32"}, {"keras_history", {layer, 0, 0}}}}};
}

Json called(Json layer, const std::vector<Json>& tensors) {
  layer["name"] = layer["config"]["name"];
  layer["inbound_nodes"] = Json::array();
  if (!tensors.empty()) layer["inbound_nodes"].push_back({{"args", tensors}, {"kwargs", Json::object()}});
  return layer;
}

Json functional(const std::string& name, const std::vector<Json>& layers, const std::string& in,
                const std::string& out) {
  return {{"module", "keras"},
          {"class_name", "Functional"},
          {"config",
           {{"name", name},
            {"layers", layers},
            {"input_layers", {{in, 0, 0}}},
            {"output_layers", {{out, 0, 0}}}}}};
}

void write_archive(const std::filesystem::path& path, const Json& model, const std::vector<Stored>& stored) {
  const auto weights = path.string() + ".weights";
  Hdf5Writer file(weights);
  file.group("vars");
  for (const auto& group : stored)
    for (std::size_t i = 0; i < group.weights.size(); ++i)
      file.write(group.path + "/vars/" + std::to_string(i), Tensor(group.weights[i]));
  file.close();
  ZipWriter archive(path);
  archive.add("metadata.json", R"({"keras_version": "3.15.1"})");
  archive.add("config.json", write_json_text(model));
  archive.add_file("model.weights.h5", weights);
  archive.close();
}

void write_hdf5(const std::filesystem::path& path, const Json& model, const std::vector<Stored>& stored,
                const std::string& version = "3.15.1") {
  Hdf5Writer file(path);
  file.attribute("", "keras_version", version);
  file.attribute("", "model_config", write_json_text(model));
  file.group("model_weights");
  std::vector<std::string> layers;
  for (const auto& [layer, ignored, weights] : stored) {
    const std::string group = "model_weights/" + layer;
    file.group(group);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      names.push_back(layer + "/w" + std::to_string(i));
      file.write(group + "/" + names.back(), Tensor(weights[i]));
    }
    file.attribute(group, "weight_names", names);
    layers.push_back(layer);
  }
  file.attribute("model_weights", "layer_names", layers);
  file.close();
}

/// The problems in the one error that loading throws.
std::vector<std::string> problems(const std::filesystem::path& path, const LoadOptions& options = {}) {
  std::vector<std::string> out;
  try {
    load_model(path, options);
  } catch (const Error& error) {
    std::string text = error.what();
    const std::string bullet = "\n  - ";
    for (auto at = text.find(bullet); at != std::string::npos; at = text.find(bullet)) {
      text = text.substr(at + bullet.size());
      out.push_back(text.substr(0, text.find(bullet)));
    }
    if (out.empty()) out.push_back(text);
  }
  return out;
}

/// Each problem has its part of the text, and there are no others.
void check_problems(const std::vector<std::string>& found, const std::vector<std::string>& expected) {
  std::string text;
  for (const auto& problem : found) text += problem + "\n";
  CAPTURE(text);
  CHECK(found.size() == expected.size());
  for (const auto& part : expected) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("reports: files of Keras with classes of one's own") {
  const std::vector<std::string> unknown = {"Fantasy layer 'odd'", "TimeDistributed layer 'steps'",
                                            "Mystery layer 'strange' in 'inner'"};
  for (const std::string name : {"keras2.h5", "keras2.keras", "keras3.h5", "keras3.keras"}) {
    CAPTURE(name);
    check_problems(problems(data_file("data/unknown/" + name)), unknown);
    auto all = unknown;
    all.emplace_back("Dense layer 'first': Dense: unrecognized arguments: colour=\"red\"");
    const bool archive = name.ends_with(".keras");
    for (const char* part : {"Dense layer 'first' expects 2", "(3, 2); the file has (2, 2)",
                             "(2, 2); the file has (7, 2)", archive ? "layers/ghost" : "model_weights/ghost"})
      all.emplace_back(part);
    // Keras 2 does not say there what comes out of an unknown layer.
    const bool stated = name != "keras2.h5";
    if (stated) all.emplace_back("Dense layer 'behind' expects the weight 'kernel' in the shape (5, 3)");
    const auto found = problems(data_file("data/unknown/damaged_" + name));
    check_problems(found, all);
    const bool told = found.back().find("Not judged") != std::string::npos;
    CHECK(told != stated);
    if (!stated) CHECK(found.back().find("'behind', 'last', 'head'") != std::string::npos);
  }
}

TEST_CASE("reports: whatever layer is unknown, the weights of the others are sound") {
  const TemporaryFolder folder;
  const auto path = folder / "m.keras";
  int loads = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data_file("data/keras3"))) {
    if (entry.path().extension() != ".keras") continue;
    const ZipReader archive(entry.path());
    const Json config = parse_json_text(archive.read("config.json", 1 << 24), "config.json");
    for (std::size_t i = 0; i < config["config"]["layers"].size(); ++i) {
      Json changed = config;
      Json& layer = changed["config"]["layers"][i];
      if (layer["class_name"] == "InputLayer" || layer["config"].contains("layers")) continue;
      layer["module"] = "mine";
      layer["class_name"] = "Fantasy";
      layer["registered_name"] = "mine>Fantasy";
      ZipWriter writer(path);
      for (const auto& member : archive.members())
        writer.add(member.name, member.name == "config.json" ? write_json_text(changed)
                                                             : archive.read(member.name, 1 << 24));
      writer.close();
      const auto found = problems(path);
      CAPTURE(entry.path().string());
      REQUIRE(!found.empty());
      CAPTURE(found.back());
      CHECK(found.size() == 1);
      CHECK(found[0].find("Fantasy") != std::string::npos);
      ++loads;
    }
  }
  CHECK(loads > 20);
}

TEST_CASE("reports: a Sequential") {
  const TemporaryFolder folder;
  const Json model = sequential(
      "m",
      {input("x", {nullptr, 4}), layer("Dense", "a", {{"units", 3}}), layer("Fantasy", "one", Json::object()),
       layer("Dense", "b", {{"units", 2}}, {nullptr, 5}), layer("Dense", "c", {{"units", 2}, {"colour", 3}}),
       layer("Lambda", "two", Json::object()), layer("Dense", "behind", {{"units", 1}})});
  const std::vector<Stored> stored = {
      {"a", "layers/dense", {{4, 3}}},        {"one", "layers/fantasy", {{3}, {2, 2}}},
      {"b", "layers/dense_1", {{5, 3}, {2}}}, {"c", "layers/dense_2", {{2, 2}, {2}}},
      {"behind", "layers/dense_3", {{9, 9}}}, {"ghost", "layers/ghost", {{1}}}};
  write_archive(folder / "m.keras", model, stored);
  write_hdf5(folder / "m.h5", model, stored);
  const std::vector<std::string> expected = {
      "Fantasy layer 'one'",         "colour=3",
      "Lambda layer 'two'",          "kernel (4, 3), bias (3,); the file has 1",
      "(5, 2); the file has (5, 3)", "ghost"};
  for (const char* name : {"m.keras", "m.h5"}) {
    CAPTURE(name);
    const auto found = problems(folder / name);
    check_problems(found, expected);
    CHECK(found.back().find("ghost") != std::string::npos);
    CHECK(found.back().find("Not judged, since what these layers read is not known: the weights of "
                            "'behind'.") != std::string::npos);
    CHECK_THROWS_AS(load_model(folder / name), FormatError);
    // Weights that are allowed to differ are no problem; classes are.
    check_problems(problems(folder / name, {.skip_mismatch = true}),
                   {"Fantasy layer 'one'", "colour=3", "Lambda layer 'two'"});
  }
}

TEST_CASE("reports: everything that is unknown in one layer") {
  const TemporaryFolder folder;
  const Json config = {
      {"units", 3},
      {"activation", "fantastic"},
      {"kernel_initializer",
       {{"module", "keras.initializers"}, {"class_name", "Zeros"}, {"config", {{"size", 1}}}}},
      {"bias_regularizer", {{"module", "mine"}, {"class_name", "Heavy"}, {"config", Json::object()}}},
      {"colour", 3}};
  const Json model = sequential("m", {input("x", {nullptr, 4}), layer("Dense", "a", config)});
  write_archive(folder / "m.keras", model, {{"a", "layers/dense", {{4, 4}, {3}}}});
  check_problems(
      problems(folder / "m.keras"),
      {"argument `activation`: Unknown activation: 'fantastic'",
       "argument `kernel_initializer`: Zeros: unrecognized arguments: size=1",
       "argument `bias_regularizer`: Unknown regularizer: 'Heavy'", "colour=3", "the file has (4, 4)"});
  write_archive(folder / "m.keras", model, {{"a", "layers/dense", {{4, 3}, {3}}}});
  CHECK(problems(folder / "m.keras").size() == 4);
}

TEST_CASE("reports: nested models and shared layers") {
  const TemporaryFolder folder;
  Json shared = layer("Fantasy", "shared", Json::object());
  shared["shared_object_id"] = 7;
  const Json inner =
      functional("inner",
                 {called(input("i", {nullptr, 3}), {}),
                  called(layer("Dense", "deep", {{"units", 3}}), {keras_tensor("i", {nullptr, 3})}),
                  called(shared, {keras_tensor("deep", {nullptr, 3})}),
                  called(layer("Dense", "last", {{"units", 2}}), {keras_tensor("shared", {nullptr, 6})})},
                 "i", "last");
  Json nested = inner;
  nested["config"]["name"] = "inner";
  const Json row = sequential("row", {input("j", {nullptr, 2}), shared, layer("Dense", "r", {{"units", 2}})});
  const Json model =
      functional("m",
                 {called(input("x", {nullptr, 3}), {}), called(nested, {keras_tensor("x", {nullptr, 3})}),
                  called(row, {keras_tensor("inner", {nullptr, 2})}),
                  called(layer("Dense", "head", {{"units", 1}}), {keras_tensor("row", {nullptr, 2})})},
                 "x", "head");
  const std::string at = "layers/functional/layers/";
  write_archive(folder / "m.keras", model,
                {{"", at + "dense", {{3, 3}, {3}}},
                 {"", at + "fantasy", {{9}}},
                 {"", at + "fantasy/inner", {{9}}},
                 {"", at + "dense_1", {{6, 2}, {3}}},
                 {"", "layers/sequential/layers/dense", {{2, 2}, {2}}},
                 {"", "layers/dense", {{2, 1}}}});
  check_problems(problems(folder / "m.keras"),
                 {"Fantasy layer 'shared' in 'inner'", at + "dense_1/vars/1: Dense layer 'last'",
                  "layers/dense: Dense layer 'head' expects 2"});
}

TEST_CASE("reports: layers that hold layers") {
  const TemporaryFolder folder;
  const Json unknown = layer("Fantasy", "inside", Json::object());
  Json lstm = layer("LSTM", "lstm", {{"units", 2}, {"activation", "fantastic"}, {"return_sequences", true}});
  const Json model = sequential(
      "m",
      {input("x", {nullptr, 5, 3}), layer("Bidirectional", "both", {{"layer", lstm}}),
       layer("TimeDistributed", "each", {{"layer", unknown}}), layer("RNN", "loop", {{"cell", unknown}}),
       layer("TimeDistributed", "model",
             {{"layer", sequential("row", {input("r", {nullptr, 4}), unknown,
                                           layer("Dense", "d", {{"units", 2}, {"colour", 1}})})}}),
       layer("TimeDistributed", "dense", {{"layer", layer("Dense", "d", {{"units", 2}})}}, {nullptr, 5, 4})});
  const std::string both = "layers/bidirectional/";
  write_archive(folder / "m.keras", model,
                {{"", both + "forward_layer/cell", {{3, 8}, {2, 8}, {8}}},
                 {"", both + "backward_layer/cell", {{3, 8}, {2, 7}, {8}}},
                 {"", "layers/time_distributed/layer", {{9}}},
                 {"", "layers/rnn/cell", {{9}}},
                 {"", "layers/time_distributed_1/layer/layers/dense", {{9}}},
                 {"", "layers/time_distributed_2/layer", {{4, 2}, {3}}}});
  check_problems(problems(folder / "m.keras"),
                 {"Unknown activation: 'fantastic'", "TimeDistributed layer 'each'", "RNN layer 'loop'",
                  "TimeDistributed layer 'model'", "Fantasy layer 'inside'", "colour=1",
                  both + "backward_layer/cell/vars/1", "layers/time_distributed_2/layer/vars/1"});
}

TEST_CASE("reports: unknown operations, and arguments of older Keras") {
  const TemporaryFolder folder;
  Json operation = {
      {"module", "keras.src.ops.numpy"}, {"class_name", "Marvel"}, {"config", {{"name", "marvel"}}}};
  const Json model =
      functional("m",
                 {called(input("x", {nullptr, 3}), {}),
                  called(layer("Dense", "a", {{"units", 2}}), {keras_tensor("x", {nullptr, 3})}),
                  called(operation, {keras_tensor("a", {nullptr, 2})}),
                  called(layer("Dense", "b", {{"units", 2}}), {keras_tensor("marvel", {nullptr, 4})})},
                 "x", "b");
  write_archive(folder / "m.keras", model,
                {{"a", "layers/dense", {{3, 2}, {2}}}, {"b", "layers/dense_1", {{2, 2}, {2}}}});
  check_problems(problems(folder / "m.keras"), {"Marvel", "(4, 2); the file has (2, 2)"});

  const Json old = sequential("m", {input("x", {nullptr, 3, 4}), layer("Dense", "a", {{"units", 2}}),
                                    layer("LSTM", "b", {{"units", 2}, {"time_major", true}}),
                                    layer("GRU", "c", {{"units", 2}, {"time_major", true}})});
  write_hdf5(folder / "old.h5", old, {{"a", "", {{4, 2}, {3}}}, {"b", "", {{1}}}, {"c", "", {{1}}}}, "2.4.0");
  check_problems(
      problems(folder / "old.h5"),
      {"LSTM 'b': the argument time_major", "GRU 'c': the argument time_major", "(2,); the file has (3,)"});
}

TEST_CASE("reports: layers behind functions of Keras 2") {
  const TemporaryFolder folder;
  const Json model = Json::parse(R"({"class_name": "Functional", "config": {"name": "m", "layers": [
      {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
       "config": {"name": "x", "batch_input_shape": [null, 3, 4], "dtype": "float32"}},
      {"class_name": "TFOpLambda", "name": "s", "config": {"name": "s", "function": "compat.v1.shape"},
       "inbound_nodes": [["x", 0, 0, {}]]},
      {"class_name": "SlicingOpLambda", "name": "i", "config": {"name": "i", "function": "__operators__.getitem"},
       "inbound_nodes": [["s", 0, 0, {"slice_spec": 0}]]},
      {"class_name": "TFOpLambda", "name": "r", "config": {"name": "r", "function": "reshape"},
       "inbound_nodes": [["x", 0, 0, {"shape": [["i", 0, 0], -1]}]]},
      {"class_name": "TFOpLambda", "name": "p", "config": {"name": "p", "function": "split"},
       "inbound_nodes": [["r", 0, 0, {"num_or_size_splits": [5, 7], "axis": 1}]]},
      {"class_name": "Dense", "name": "a", "config": {"name": "a", "units": 2},
       "inbound_nodes": [[["p", 0, 1, {}]]]},
      {"class_name": "Marvel", "name": "q", "config": {"name": "q"}, "inbound_nodes": [[["a", 0, 0, {}]]]}],
      "input_layers": [["x", 0, 0]], "output_layers": [["q", 0, 0]]}})");
  write_hdf5(folder / "m.h5", model, {{"a", "", {{4, 2}, {2}}}}, "2.15.0");
  check_problems(problems(folder / "m.h5"), {"Marvel", "(7, 2); the file has (4, 2)"});
}

TEST_CASE("reports: which layers of a .h5 have no weights, and which weights no layer") {
  const TemporaryFolder folder;
  const Json model = sequential("m", {input("x", {nullptr, 4}), layer("Dense", "a", {{"units", 3}}),
                                      layer("Dense", "b", {{"units", 2}})});
  write_hdf5(folder / "m.h5", model, {{"a", "", {{4, 3}, {3}}}});
  check_problems(
      problems(folder / "m.h5"),
      {"2 layers with weights; the file has 1",
       "model_weights/b: Dense layer 'b' expects 2 weights: kernel (3, 2), bias (2,); the file has 0"});
  write_hdf5(folder / "m.h5", model,
             {{"a", "", {{4, 3}, {3}}}, {"b", "", {{3, 2}, {2}}}, {"ghost", "", {{1}}}});
  check_problems(problems(folder / "m.h5"),
                 {"2 layers with weights; the file has 3",
                  "model_weights/ghost: the model has no layer for these weights"});
}

TEST_CASE("reports: limits hold behind what is unknown") {
  const TemporaryFolder folder;
  const Json vast =
      sequential("m", {input("x", {nullptr, 4}), layer("Dense", "vast", {{"units", 2000000000}}),
                       layer("Fantasy", "one", Json::object()),
                       layer("Dense", "stated", {{"units", 2000000000}}, {nullptr, 2000000000}),
                       layer("Dense", "odd", {{"units", 2}}, {nullptr, -7})});
  write_archive(folder / "m.keras", vast,
                {{"vast", "layers/dense", {{4, 3}}}, {"", "layers/dense_1", {{1}}}});
  check_problems(problems(folder / "m.keras"), {"Fantasy layer 'one'", "such a file may ask for"});

  // Thirty models, each twice in the next, as one object: it is looked at once.
  Json twice =
      sequential("n0", {layer("Fantasy", "one", Json::object()), layer("Dense", "a", {{"units", 3}})});
  for (int i = 1; i <= 30; ++i) {
    const std::string name = twice["config"]["name"];
    twice["shared_object_id"] = i;
    Json again = sequential(name, {});
    again["shared_object_id"] = i;
    twice = sequential("n" + std::to_string(i), {twice, again});
  }
  write_hdf5(folder / "m.h5", sequential("m", {twice}), {{"n30", "", {{3, 3}}}});
  check_problems(problems(folder / "m.h5"), {"Fantasy layer 'one'"});

  // Twenty models, each called twice by the next: a million calls.
  Json model = functional("m0",
                          {called(input("x", {nullptr, 3}), {}),
                           called(layer("Dense", "a", {{"units", 3}}), {keras_tensor("x", {nullptr, 3})})},
                          "x", "a");
  for (int i = 1; i <= 20; ++i) {
    Json inner = called(model, {keras_tensor("x", {nullptr, 3})});
    const std::string name = inner["config"]["name"];
    inner["inbound_nodes"].push_back(
        {{"args", {keras_tensor(name, {nullptr, 3})}}, {"kwargs", Json::object()}});
    model = functional("m" + std::to_string(i), {called(input("x", {nullptr, 3}), {}), inner}, "x", name);
    model["config"]["output_layers"][0][1] = 2;  // Keras counts from 1 here
  }
  Json outer =
      functional("outer",
                 {called(input("x", {nullptr, 3}), {}), called(model, {keras_tensor("x", {nullptr, 3})}),
                  called(layer("Fantasy", "one", Json::object()), {keras_tensor("m20", {nullptr, 3})})},
                 "x", "one");
  write_archive(folder / "m.keras", outer, {{"a", "layers/dense", {{3, 3}}}});
  const auto found = problems(folder / "m.keras");
  REQUIRE(!found.empty());
  CHECK(found.back().find("too often") != std::string::npos);
}
