// Files for Keras 2, Keras 3 and both: what is written is read again, and what one of them lacks is refused.
#include <doctest/doctest.h>

#include <filesystem>

#include "layers/layers.hpp"
#include "serialization/json_text.hpp"
#include "serialization/saving.hpp"
#include "tests/layers/golden.hpp"

namespace rhyton::test {

namespace {

Model branches() {
  const auto x = Input({.shape = {4}, .name = "x"});
  const auto p = Dense({.units = 4, .activation = "silu", .name = "p"})(x);
  const auto q = LeakyReLU({.negative_slope = 0.1, .name = "q"})(Dense({.units = 4, .name = "r"})(x));
  return Model({x}, {Add({.name = "sum"})(SymbolicTensors{p, q}), q});
}

std::string in_temp(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("rhyton_dialect_" + name)).string();
}

}  // namespace

TEST_CASE("dialects: models and weights come back") {
  Model model = branches();
  const Tensor x({2, 4}, std::vector<float>{1, 2, -3, 4, 0.5f, -1, 2, -2});
  const Tensor wanted = model.predict(x);
  for (const FileDialect dialect : {FileDialect::keras3, FileDialect::keras2, FileDialect::portable})
    for (const char* ending : {".keras", ".h5"}) {
      CAPTURE(static_cast<int>(dialect));
      CAPTURE(ending);
      const std::string path = in_temp(std::string("model") + ending);
      save_model(model, path, {.dialect = dialect});
      CHECK(difference(load_model(path).predict(x), wanted) == "");
      const Model fresh = model_from_json(to_json(model, -1, {.dialect = dialect}));
      CHECK(fresh.count_params() == model.count_params());
      std::filesystem::remove(path);
    }
}

TEST_CASE("dialects: the optimizer's state goes on in Keras 2's files") {
  const Tensor x({2, 4}, std::vector<float>{1, 2, -3, 4, 0.5f, -1, 2, -2});
  const Tensor y({2, 4}, std::vector<float>{1, 0, 0, 1, 0, 1, 1, 0});
  for (const char* optimizer : {"adam", "sgd", "nadam", "rmsprop"})
    for (const char* ending : {".keras", ".h5"}) {
      CAPTURE(optimizer);
      CAPTURE(ending);
      Model model = branches();
      model.compile({.optimizer = optimizer, .loss = "mean_squared_error"});
      model.train_on_batch({x}, {y, y});
      const std::string path = in_temp(std::string("trained") + ending);
      save_model(model, path, {.dialect = FileDialect::keras2});
      Model again = load_model(path);
      std::filesystem::remove(path);
      for (Model* m : {&model, &again}) m->train_on_batch({x}, {y, y});
      CHECK(difference(again.predict(x), model.predict(x)) == "");
    }
}

TEST_CASE("dialects: Keras 2's form") {
  const Json json = Json::parse(to_json(branches(), -1, {.dialect = FileDialect::keras2}));
  const Json& layers = json["config"]["layers"];
  CHECK(json["keras_version"] == "2.15.0");
  CHECK(layers[0]["config"].contains("batch_input_shape"));
  CHECK(layers[1]["config"]["dtype"].is_string());
  CHECK(layers[1]["inbound_nodes"] == Json::parse(R"([[["x",0,0,{}]]])"));
  CHECK(layers[3]["config"]["alpha"] == 0.1);
  CHECK(to_json(branches(), -1, {.dialect = FileDialect::keras2}).find("swish") != std::string::npos);
}

TEST_CASE("dialects: what Keras 2 lacks is listed") {
  const auto x = Input({.shape = {4, 4}, .name = "x"});
  const auto h = RMSNormalization({.name = "norm"})(x);
  const Model model({x}, {Activation({.activation = "squareplus", .name = "act"})(h)});
  try {
    to_json(model, -1, {.dialect = FileDialect::keras2});
    FAIL("it was written");
  } catch (const NotSupported& error) {
    const std::string text = error.what();
    CHECK(text.find("RMSNormalization 'norm'") != std::string::npos);
    CHECK(text.find("squareplus") != std::string::npos);
  }
}

}  // namespace rhyton::test
