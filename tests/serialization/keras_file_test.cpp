#include "serialization/keras_file.hpp"

#include <doctest/doctest.h>

#include <set>

#include "nn/error.hpp"
#include "serialization/json_text.hpp"
#include "serialization/model_config.hpp"
#include "serialization/saving.hpp"
#include "serialization/weights_tree.hpp"
#include "tests/support/files.hpp"
#include "tests/support/predict.hpp"

using namespace rhyton;
using test::data_file;
using test::TemporaryFolder;

namespace {

KerasFile load(const std::filesystem::path& path) {
  LoadReport report;
  KerasFile file = read_keras_file(path, {}, report);
  report.check(path.string());
  return file;
}

/// What is written and read again must predict the same, and say the same of itself.
void check_round_trips(const GraphLayer& graph, const NamedTensors& arrays) {
  const TemporaryFolder folder;
  const auto before = test::predict(graph, arrays);
  write_keras_archive(folder / "m.keras", graph, nullptr);
  write_keras_hdf5(folder / "m.h5", graph, nullptr);
  for (const char* name : {"m.keras", "m.h5"}) {
    CAPTURE(name);
    const auto again = load(folder / name);
    const auto after = test::predict(*again.graph, arrays);
    REQUIRE(after.size() == before.size());
    for (std::size_t i = 0; i < after.size(); ++i) CHECK(after[i].values() == before[i].values());
    CHECK(model_object(*again.graph, true) == model_object(graph, true));
  }
}

}  // namespace

TEST_CASE("keras files: every format of Keras 3 and Keras 2 predicts as Keras does") {
  int checked = 0;
  for (const char* dialect : {"keras3", "keras2"})
    for (const auto& entry : std::filesystem::directory_iterator(data_file(std::string("data/") + dialect))) {
      if (entry.path().extension() != ".npz") continue;
      const std::string stem = (entry.path().parent_path() / entry.path().stem()).string();
      const NamedTensors arrays = read_npz(entry.path());
      for (const char* ending : {".keras", ".h5", ".json"}) {
        const std::string path = stem + ending;
        if (!std::filesystem::exists(path)) continue;
        CAPTURE(path);
        KerasFile file = load(path);
        CHECK(file.dialect == (std::string(dialect) == "keras3" ? Dialect::keras3 : Dialect::keras2));
        if (std::string(ending) != ".json") {
          CHECK(test::worst_error(test::predict(*file.graph, arrays), arrays) <= 1);
          check_round_trips(*file.graph, arrays);
        } else {
          for (const char* weights : {".weights.h5", ".weights.json"}) {
            if (!std::filesystem::exists(stem + weights)) continue;
            LoadReport report;
            read_weights(*open_weights(stem + weights), *file.graph, true, false, report);
            report.check(stem);
            CHECK(test::worst_error(test::predict(*file.graph, arrays), arrays) <= 1);
          }
        }
        ++checked;
      }
    }
  CHECK(checked >= 12);
}

TEST_CASE(
    "keras files: before Keras 3.4 masks were no operations, and counted for nothing in the order of "
    "layers") {
  const NamedTensors arrays = read_npz(data_file("data/keras3_3/masked_order.npz"));
  for (const char* name : {"data/keras3_3/masked_order.keras", "data/keras3_3/masked_order.h5"}) {
    const KerasFile file = load(data_file(name));
    CHECK(test::worst_error(test::predict(*file.graph, arrays), arrays) <= 1);
    // The newest Keras would give these weights to other layers: for it they are written in its order.
    CHECK_THROWS_WITH_AS(model_object(*file.graph, true), doctest::Contains("another order"), NotSupported);
    CHECK_NOTHROW(model_object(*file.graph, true, FileDialect::keras2));
    CHECK(graph_for(*file.graph, FileDialect::keras2).get() == file.graph.get());
    CHECK_NOTHROW(model_object(*graph_for(*file.graph, FileDialect::keras3), true));
    const std::string again = (std::filesystem::temp_directory_path() / "rhyton_masked_order.keras").string();
    save_model(load_model(data_file(name)), again);
    const KerasFile written = load(again);
    std::filesystem::remove(again);
    CHECK(test::worst_error(test::predict(*written.graph, arrays), arrays) <= 1);
  }
}

TEST_CASE("keras files: one error lists everything that stands in the way") {
  LoadReport report;
  const std::string text =
      R"({"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [
    {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [null, 4], "name": "i"}},
    {"module": "keras.layers", "class_name": "Fantasy", "config": {"name": "one"}, "registered_name": "my>Fantasy"},
    {"module": "keras.layers", "class_name": "Dense", "config": {"name": "two", "units": 2, "colour": 3}},
    {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "three"}},
    {"module": "keras.layers", "class_name": "Dense", "config": {"name": "four", "units": "many"}}]}})";
  CHECK(read_keras_json(text, "x", {}, report).graph == nullptr);
  REQUIRE(report.problems.size() == 4);
  CHECK(report.problems[0].find("my>Fantasy") != std::string::npos);
  CHECK(report.problems[1].find("colour") != std::string::npos);
  CHECK(report.problems[2].find("Python code") != std::string::npos);
  CHECK(report.problems[3].find("units") != std::string::npos);
  CHECK_THROWS_WITH_AS(report.check("x"), doctest::Contains("4 problems"), FormatError);
}

TEST_CASE("keras files: weights that do not fit are all listed, and none is changed") {
  const auto file = load(data_file("data/keras3/branches.keras"));
  const auto other = load(data_file("data/keras3/dense.keras"));
  const Tensor before = file.graph->get_weights()[0];
  LoadReport report;
  read_weights(*other.store, *file.graph, true, false, report);
  CHECK(report.problems.size() >= 2);
  CHECK(report.problems[0].find("layers/dense") != std::string::npos);
  CHECK(file.graph->get_weights()[0].values() == before.values());
  LoadReport lenient;
  read_weights(*other.store, *file.graph, true, true, lenient);
  CHECK(lenient.problems.empty());
  CHECK(lenient.notes.size() >= 2);
}

TEST_CASE("keras files: a graph that contradicts itself is refused") {
  const std::string dense = R"({"class_name": "Dense", "name": "d", "config": {"name": "d", "units": 2}, )";
  const std::string start = R"({"class_name": "Functional", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "name": "i", "config": {"batch_input_shape": [null, 2], "name": "i"}, "inbound_nodes": []}, )";
  const auto refused = [&](const std::string& rest, const char* expected) {
    LoadReport report;
    CAPTURE(rest);
    CHECK(read_keras_json(start + rest, "x", {}, report).graph == nullptr);
    REQUIRE(report.problems.size() == 1);
    CHECK_MESSAGE(report.problems[0].find(expected) != std::string::npos, report.problems[0]);
  };
  const std::string ends = R"(], "input_layers": [["i", 0, 0]], "output_layers": [["d", 0, 0]]}})";
  refused(dense + R"("inbound_nodes": [[["d", 0, 0, {}]]]})" + ends, "loop");
  refused(dense + R"("inbound_nodes": [[["x", 0, 0, {}]]]})" + ends, "'x'");
  refused(dense + R"("inbound_nodes": [[["i", 0, 5, {}]]]})" + ends, "output 5");
  refused(dense + R"("inbound_nodes": [[[3, 0, 0]]]})" + ends, "layer 'd'");
  refused(dense + R"("inbound_nodes": []})" + ends, "call 0");
  refused(dense + R"("inbound_nodes": [[["i", 0, 0, {}]]]}, )" + dense + R"("inbound_nodes": []})" + ends,
          "twice");
  refused(dense + R"("inbound_nodes": [[["i", 0, 0, {}]]]}]}})", "input_layers");
}

TEST_CASE("keras files: a configuration cannot ask for more weights than its file holds") {
  const TemporaryFolder folder;
  const auto file = load(data_file("data/keras3/dense.keras"));
  Json object = model_object(*file.graph, false);
  object["config"]["layers"][1]["config"]["units"] = 1000000000;
  {
    Hdf5Writer writer(folder / "m.h5");
    writer.attribute("", "keras_version", std::string("3.0.0"));
    writer.attribute("", "model_config", write_json_text(object));
    writer.close();
  }
  LoadReport report;
  read_keras_file(folder / "m.h5", {}, report);
  CHECK_THROWS_WITH_AS(report.check("m.h5"), doctest::Contains("such a file may ask for"), FormatError);
}
