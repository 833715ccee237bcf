#include "serialization/weights_store.hpp"

#include <doctest/doctest.h>

#include "nn/error.hpp"
#include "rhyton.hpp"
#include "serialization/inspection.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::data_file;

namespace {

// What tests/serialization/make_weights.py put in: 0, 1/8, 2/8, ... through all weights in order.
void check_values(const WeightsStore& store, const std::string& path, std::size_t i, const Shape& shape,
                  int first) {
  CAPTURE(path);
  REQUIRE(store.facts(path, i).shape == shape);
  CHECK(store.facts(path, i).dtype == "float32");
  Tensor tensor(shape);
  store.read(path, i, tensor.view());
  for (Dim k = 0; k < tensor.size(); ++k) CHECK(tensor.data()[k] == static_cast<float>(first + k) / 8);
}

void check_model(const WeightsStore& store) {
  CHECK(store.has("layers"));
  CHECK_FALSE(store.has("layers/dense_2"));
  CHECK(store.count("layers/dense") == 2);
  CHECK(store.count("layers/dense_2") == 0);
  CHECK(store.count("layers/batch_normalization") == 4);
  CHECK(store.layer_name("layers/dense_1") == "second");
  check_values(store, "layers/dense", 0, {4, 3}, 0);
  check_values(store, "layers/dense", 1, {3}, 12);
  check_values(store, "layers/batch_normalization", 0, {3}, 15);
  check_values(store, "layers/batch_normalization", 3, {3}, 24);
  check_values(store, "layers/dense_1", 0, {3, 2}, 27);
  check_values(store, "layers/dense_1", 1, {2}, 33);
  Tensor wrong(Shape{3, 4});
  CHECK_THROWS_WITH_AS(store.read("layers/dense", 0, wrong.view()), doctest::Contains("(4, 3)"), FormatError);
  CHECK_THROWS_WITH_AS(store.facts("layers/dense", 7), doctest::Contains("layers/dense/vars/7"), FormatError);
}

}  // namespace

TEST_CASE("weights: one HDF5 file") {
  const auto store = open_weights(data_file("serialization/weights/plain.weights.h5"));
  check_model(*store);
  CHECK(store->children("layers") == std::vector<std::string>{"batch_normalization", "dense", "dense_1"});
}

TEST_CASE("weights: shards, a layer's variables in several of them") {
  const auto store = open_weights(data_file("serialization/weights/shards.weights.json"));
  check_model(*store);
  CHECK(store->children("layers") == std::vector<std::string>{"batch_normalization", "dense", "dense_1"});
}

TEST_CASE("weights: plain npz") {
  const auto store = open_weights(data_file("serialization/weights/plain.npz"));
  CHECK(store->count("layers/dense") == 2);
  CHECK(store->has("layers"));
  CHECK_FALSE(store->has("layers/den"));
  CHECK(store->children("layers") == std::vector<std::string>{"dense"});
  check_values(*store, "layers/dense", 1, {3}, 12);
  Tensor wrong(Shape{3, 4});
  CHECK_THROWS_AS(store->read("layers/dense", 0, wrong.view()), FormatError);
  CHECK_THROWS_AS(store->facts("layers/dense", 2), FormatError);
}

TEST_CASE("weights: groups that are linked many times over cost no time") {
  const auto path = data_file("serialization/ladder.h5");
  CHECK_THROWS_WITH_AS(inspect_file(path), doctest::Contains("once more"), FormatError);
  Model model = Sequential({Input({4}), Flatten()});
  CHECK_THROWS_WITH_AS(model.load_weights(path), doctest::Contains("once more"), FormatError);
}

TEST_CASE("weights: refusals") {
  const test::TemporaryFolder folder;
  for (const std::string name : {"../x.weights.h5", "/etc/passwd", ".", "", "a\\\\b"}) {
    test::write_text(folder / "w.json", R"({"weight_map": {"/layers/dense/vars": [")" + name + R"("]}})");
    CHECK_THROWS_WITH_AS(open_weights(folder / "w.json"), doctest::Contains("plain file name"), FormatError);
  }
  test::write_text(folder / "w.json", R"({"weight_map": 3})");
  CHECK_THROWS_AS(open_weights(folder / "w.json"), FormatError);
  test::write_text(folder / "w.json", R"({"weight_map": {"/a/vars": "missing.weights.h5"}})");
  CHECK_THROWS_AS(open_weights(folder / "w.json"), Error);
  test::write_text(folder / "w.txt", "text");
  CHECK_THROWS_AS(open_weights(folder / "w.txt"), FormatError);
}
