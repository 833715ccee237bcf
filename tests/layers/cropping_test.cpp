// Cropping2D as a program writes it; its golden cases are tests/cases/cropping2d.json.
#include <doctest/doctest.h>

#include <cstdlib>

#include "layers/core/input_layer.hpp"
#include "layers/reshaping/cropping2d.hpp"
#include "nn/keras_config.hpp"
#include "nn/models/model.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;

namespace {

Shape cropped(Cropping2DConfig config, const Shape& input = {2, 28, 28, 3}) {
  return Cropping2D(std::move(config)).compute_output_shape({input})[0];
}

/// KERAS_HOME for as long as it lives.
class KerasHome {
 public:
  explicit KerasHome(const std::string& folder) { set(folder); }
  KerasHome(const KerasHome&) = delete;
  KerasHome& operator=(const KerasHome&) = delete;
  ~KerasHome() {
    if (before_) {
      set(*before_);
    } else {
      unsetenv("KERAS_HOME");
      reload_keras_config();
    }
  }

 private:
  static void set(const std::string& folder) {
    setenv("KERAS_HOME", folder.c_str(), 1);
    reload_keras_config();
  }
  std::optional<std::string> before_ =
      std::getenv("KERAS_HOME") ? std::optional<std::string>(std::getenv("KERAS_HOME")) : std::nullopt;
};

}  // namespace

TEST_CASE("Cropping2D: the forms of `cropping`") {
  CHECK(cropped({.cropping = {{2, 2}, {4, 4}}}) == Shape{2, 24, 20, 3});
  CHECK(cropped({.cropping = 3}) == Shape{2, 22, 22, 3});
  CHECK(cropped({.cropping = {1, 2}}) == Shape{2, 26, 24, 3});
  CHECK(cropped({.cropping = {1, {0, 5}}}) == Shape{2, 26, 23, 3});
  CHECK(cropped({.cropping = {{3, 0}, 2}}) == Shape{2, 25, 24, 3});
  CHECK(cropped({}) == Shape{2, 28, 28, 3});
  CHECK(cropped({.cropping = {{2, 2}, {4, 4}}, .data_format = "channels_first"}, {2, 3, 28, 28}) ==
        Shape{2, 3, 24, 20});
  CHECK(cropped({.cropping = 1}, {unknown, unknown, 9, 3}) == Shape{unknown, unknown, 7, 3});
}

TEST_CASE("Cropping2D: what is cut, and where its gradient goes") {
  Tensor x({1, 3, 4, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  Model model = Sequential({Input({3, 4, 1}), Cropping2D({.cropping = {{1, 0}, {0, 2}}})});
  CHECK(model.predict(x).values() == std::vector<float>{5, 6, 9, 10});
}

TEST_CASE("Cropping2D: the default data format is keras.json's") {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "keras.json") << R"({"image_data_format": "channels_first"})";
  {
    const KerasHome home(folder.path().string());
    CHECK(cropped({.cropping = 1}) == Shape{2, 28, 26, 1});
    std::ofstream(folder / "keras.json") << "{ broken";
    reload_keras_config();
    CHECK(cropped({.cropping = 1}) == Shape{2, 26, 26, 3});
  }
}

TEST_CASE("Cropping2D: wrong arguments are refused with the layer's name") {
  const auto refused = [](Cropping2DConfig config, const Shape& input, const char* text) {
    CHECK_THROWS_WITH_AS(cropped(std::move(config), input), doctest::Contains(text), ValueError);
  };
  refused({.cropping = -1}, {2, 9, 9, 3}, "Cropping2D");
  refused({.cropping = 5}, {2, 9, 9, 3}, "cropping");
  refused({.cropping = 1}, {2, 9, 9}, "Cropping2D");
  CHECK_THROWS_AS(cropped({.cropping = {1, 2, 3}}), ValueError);
  CHECK_THROWS_AS(cropped({.cropping = 1, .data_format = "channels"}), ValueError);
}
