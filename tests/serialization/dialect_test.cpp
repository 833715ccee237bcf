// Files for Keras 2, Keras 3 and both: what is written is read again, and what one of them lacks is refused.
#include <doctest/doctest.h>

#include <filesystem>

#include "layers/layers.hpp"
#include "nn/training/optimizers/adam.hpp"
#include "nn/training/optimizers/layerwise.hpp"
#include "nn/training/optimizers/rmsprop.hpp"
#include "nn/training/optimizers/sgd.hpp"
#include "nn/training/optimizers/wrappers.hpp"
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

TEST_CASE("dialects: models in models, and operations, in one file for both") {
  const auto i = Input({.shape = {4}, .name = "i"});
  const LayerRef inner =
      Model({i}, {Dense({.units = 4, .activation = "tanh", .name = "d"})(i)}, {.name = "inner"});
  const LayerRef tail = Sequential({Input({4}), Dense({.units = 4, .name = "e"})}, {.name = "tail"});
  const auto x = Input({.shape = {4}, .name = "x"});
  const auto once = inner(x), twice = inner(once);
  const auto sum = Add()(SymbolicTensors{twice, x});
  const Model model({x}, {tail(sum), inner(twice)});
  const Tensor data({2, 4}, std::vector<float>{1, 2, -3, 4, 0.5f, -1, 2, -2});
  for (const char* ending : {".keras", ".h5"}) {
    const std::string path = in_temp(std::string("nested") + ending);
    save_model(model, path, {.dialect = FileDialect::portable});
    const Model again = load_model(path);
    std::filesystem::remove(path);
    for (std::size_t k = 0; k < 2; ++k)
      CHECK(difference(again.predict_all({data})[k], model.predict_all({data})[k]) == "");
  }
  const Json layers = Json::parse(to_json(model, -1, {.dialect = FileDialect::portable}))["config"]["layers"];
  for (const Json& layer : layers)
    if (layer["name"] == "inner") {
      // Call k is 2 k + 1 to both; among the outputs Keras 3 and 2 mean the same call by 2 k + 2.
      CHECK(layer["inbound_nodes"].size() == 6);
      CHECK(layer["inbound_nodes"][2] == Json::parse(R"([["inner",1,0,{}]])"));
      CHECK(layer["inbound_nodes"][3] == layer["inbound_nodes"][2]);
    }
}

TEST_CASE("dialects: what cannot be one file for both is listed") {
  const auto i = Input({.shape = {4}, .name = "i"});
  const LayerRef inner = Model({i}, {Dense({.units = 4})(i)}, {.name = "inner"});
  const auto x = Input({.shape = {4}, .name = "x"});
  const auto y = inner(x);
  const auto s = Input({.shape = {3, 4}, .name = "s"});
  const auto h = MultiHeadAttention({.num_heads = 1, .key_dim = 2, .name = "attention"})(s, {.value = s});
  const Model model({x, s}, {y, Dense({.units = 2})(y), h});
  try {
    to_json(model, -1, {.dialect = FileDialect::portable});
    FAIL("it was written");
  } catch (const NotSupported& error) {
    const std::string text = error.what();
    CHECK(text.find("'inner'") != std::string::npos);
    CHECK(text.find("'attention'") != std::string::npos);
  }
}

TEST_CASE("dialects: a model whose masks put its layers in another order in Keras 2 goes there and back") {
  const Input ids({.shape = {5}, .name = "ids"});
  const auto words = [&](bool mask) {
    return Embedding({.input_dim = 9, .output_dim = 4, .mask_zero = mask})(ids);
  };
  const auto left = LSTM({.units = 2})(Concatenate()(SymbolicTensors{words(true), words(true)}));
  const auto right = Flatten()(Dense({.units = 4})(Dense({.units = 4})(words(false))));
  Model model({ids}, {left, right});
  CHECK(model_from_json(to_json(model)).layers().size() == model.layers().size());
  for (const FileDialect dialect : {FileDialect::keras2, FileDialect::portable})
    CHECK_THROWS_WITH_AS(to_json(model, -1, {.dialect = dialect}), doctest::Contains("another order"),
                         NotSupported);
  CHECK_THROWS_WITH_AS(save_model(model, in_temp("both.keras"), {.dialect = FileDialect::portable}),
                       doctest::Contains("another order"), NotSupported);

  const Tensor x({2, 5}, std::vector<float>{1, 2, 0, 4, 0, 3, 2, 8, 0, 0});
  const Tensor y({2, 2}, std::vector<float>{1, 0, 0, 1}), z = Tensor({2, 20});
  const std::vector<Optimizer> optimizers = {
      Adam({.use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = 2}), Nadam(), Adafactor(),
      RMSprop({.momentum = 0.5, .centered = true}), SGD()};
  for (const Optimizer& optimizer : optimizers)
    for (const char* ending : {".keras", ".h5"}) {
      CAPTURE(optimizer->class_name());
      CAPTURE(ending);
      model.compile({.optimizer = optimizer, .loss = "mean_squared_error"});
      model.train_on_batch({x}, {y, z});
      const std::string there = in_temp(std::string("there") + ending);
      const std::string back = in_temp(std::string("back") + ending);
      save_model(model, there, {.dialect = FileDialect::keras2});
      Model old = load_model(there);
      CHECK(old.layers() != model.layers());
      save_model(old, back);
      Model again = load_model(back);
      const auto names = [](const Model& m) {
        std::vector<std::string> out;
        for (const auto& layer : m.layers()) out.push_back(layer->name());
        return out;
      };
      CHECK(names(again) == names(model));
      CHECK(names(again) != names(old));
      for (Model* m : {&model, &old, &again}) m->train_on_batch({x}, {y, z});
      CHECK(again.optimizer().steps() == model.optimizer().steps());
      for (std::size_t i = 0; i < 2; ++i) {
        CHECK(difference(old.predict_all({x})[i], model.predict_all({x})[i]) == "");
        CHECK(difference(again.predict_all({x})[i], model.predict_all({x})[i]) == "");
      }
      std::filesystem::remove(there);
      std::filesystem::remove(back);
    }
}

TEST_CASE("dialects: arguments of attention count as Keras follows them: by position, then by name") {
  const Input x({.shape = {5, 4}, .name = "x"});
  const auto branch = [&](const char* name) { return Dense({.units = 4, .name = name})(x); };
  const auto q = branch("q"), v = branch("v"), k = branch("k");
  const LayerRef attention = MultiHeadAttention({.num_heads = 1, .key_dim = 2, .name = "attention"});
  const auto names = [](const Model& model) {
    std::string out;
    for (const auto& layer : model.layers()) out += layer->name() + " ";
    return out;
  };
  const struct {
    SymbolicTensor y;
    const char* order;
    const char* order_in_keras2;
  } calls[] = {{attention(q, {.value = v, .key = k}), "x q k v attention ", "x q k v attention "},
               {attention({q, v, k}), "x q v k attention ", "x q k v attention "},
               {attention(SymbolicTensors{}, {.query = q, .value = v, .key = k}), "x k q v attention ",
                "x q k v attention "}};
  for (const auto& call : calls) {
    const Model model({x}, {call.y});
    CAPTURE(call.order);
    CHECK(names(model) == call.order);
    CHECK(names(model_from_json(to_json(model))) == call.order);
    const std::string path = in_temp("attention.keras");
    save_model(model, path, {.dialect = FileDialect::keras2});
    CHECK(names(load_model(path)) == call.order_in_keras2);
    std::filesystem::remove(path);
    if (std::string(call.order) != call.order_in_keras2)
      CHECK_THROWS_WITH_AS(to_json(model, -1, {.dialect = FileDialect::keras2}),
                           doctest::Contains("another order"), NotSupported);
  }
}

TEST_CASE("dialects: first arguments that are given by name") {
  const Input x({.shape = {5, 4}, .name = "x"});
  const auto sequence = Dense({.units = 4, .name = "s"})(x);
  const auto mean = GlobalAveragePooling1D({.name = "mean"})(x);
  const auto a = Dense({.units = 4, .name = "a"})(mean), b = Dense({.units = 4, .name = "b"})(mean);
  const auto y = LSTM({.units = 4, .name = "lstm"})(sequence, {.initial_state = {a, b}});
  const auto z = Dense({.units = 2, .name = "z"})(Add({.name = "add"})(SymbolicTensors{y, a}));
  const Model model({x}, {z});
  const auto renamed = [&](const std::string& layer, const std::string& keyword) {
    Json json = Json::parse(to_json(model));
    for (Json& entry : json["config"]["layers"]) {
      if (entry["name"] != layer) continue;
      Json& node = entry["inbound_nodes"][0];
      node["kwargs"][keyword] = node["args"][0];
      node["args"] = Json::array();
    }
    return json.dump();
  };
  Tensor data({2, 5, 4});
  for (Dim i = 0; i < data.size(); ++i) data.data()[i] = 0.1f * static_cast<float>(i % 7) - 0.3f;
  const auto check_same = [&](const Model& other) {
    for (const auto& layer : model.layers())
      for (const auto& theirs : other.layers())
        if (theirs->name() == layer->name())
          for (std::size_t i = 0; i < layer->weights().size(); ++i)
            copy(layer->weights()[i]->value, theirs->weights()[i]->value.view());
    CHECK(difference(other.predict(data), model.predict(data)) == "");
  };
  const auto place = [](const Model& of, const char* name) {
    for (std::size_t i = 0;; ++i)
      if (of.layers()[i]->name() == name) return i;
  };
  check_same(model_from_json(renamed("z", "inputs")));
  check_same(model_from_json(renamed("add", "inputs")));
  const Model named = model_from_json(renamed("lstm", "sequences"));
  check_same(named);
  // "initial_state" comes first in the alphabet, and "sequences" after nothing where it has no name.
  CHECK(place(model, "s") < place(model, "a"));
  CHECK(place(named, "a") < place(named, "s"));
  // Written without the name, in the order that this gives.
  const std::string path = in_temp("named.keras");
  save_model(named, path);
  const Model again = load_model(path);
  std::filesystem::remove(path);
  CHECK(place(again, "s") < place(again, "a"));
  CHECK(difference(again.predict(data), named.predict(data)) == "");
  // A name that no layer of Keras has.
  CHECK_THROWS_AS(model_from_json(renamed("z", "colour")), Error);
}

TEST_CASE("dialects: attention that is called by keywords alone") {
  const Input x({.shape = {5, 4}, .name = "x"});
  const LayerRef attention = MultiHeadAttention({.num_heads = 1, .key_dim = 2});
  const Model model({x}, {attention(SymbolicTensors{}, {.query = x, .value = x})});
  const std::string old = to_json(model, -1, {.dialect = FileDialect::keras2});
  CHECK(old.find(R"([[["x", 0, 0, {"value": ["x", 0, 0]}]]])") != std::string::npos);
  CHECK(model_from_json(old).layers().size() == 2);
}

TEST_CASE("dialects: the arguments of a call on several tensors stand with each: Keras 2 reads the last") {
  const Input x({.shape = {5, 4}, .name = "x"}), y({.shape = {3, 4}, .name = "y"});
  const LayerRef attention = Attention({.name = "attention"});
  const Model model({x, y}, {attention(SymbolicTensors{x, y}, {.use_causal_mask = true})});
  const Json json = Json::parse(to_json(model, -1, {.dialect = FileDialect::keras2}));
  const Json node = json["config"]["layers"].back()["inbound_nodes"][0];
  REQUIRE(node.size() == 2);
  for (const Json& entry : node) CHECK(entry[3].value("use_causal_mask", false));
}

TEST_CASE("dialects: constants before tensors") {
  const auto model_of = [](const std::string& args) {
    return model_from_json(
        R"({"class_name": "Functional", "module": "keras", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "module": "keras.layers", "name": "i",
     "config": {"batch_shape": [null, 2], "name": "i"}, "inbound_nodes": []},
    {"class_name": "Where", "module": "keras.src.ops.numpy", "name": "o", "config": {"name": "o"},
     "inbound_nodes": [{"args": )" +
        args + R"(, "kwargs": {}}]}],
    "input_layers": ["i", 0, 0], "output_layers": ["o", 0, 0]}, "registered_name": "Functional"})");
  };
  const std::string x =
      R"({"class_name": "__keras_tensor__", "config": {"shape": [null, 2], "dtype": "float32", "keras_history": ["i", 0, 0]}})";
  for (const char* condition :
       {"[[true, false]]",
        R"({"class_name": "__numpy__", "config": {"value": [[true, false]], "dtype": "bool"}})"}) {
    const Model model = model_of("[" + std::string(condition) + ", " + x + ", -1.5]");
    const std::string old = to_json(model, -1, {.dialect = FileDialect::keras2});
    CHECK(Json::parse(old)["config"]["layers"].back()["inbound_nodes"] ==
          Json::parse(R"([["_CONSTANT_VALUE", -1, [[true, false]], {"x": ["i", 0, 0], "y": -1.5}]])"));
    const Tensor numbers({1, 2}, std::vector<float>{3, 4});
    CHECK(difference(model_from_json(old).predict(numbers), model.predict(numbers)) == "");
  }
}

TEST_CASE("dialects: names of Keras's own mask operations are reserved") {
  const Input ids({.shape = {5}, .name = "ids"});
  const LayerRef words = Embedding({.input_dim = 9, .output_dim = 4, .mask_zero = true});
  const auto joined = Concatenate({.name = "concatenate_1"})(SymbolicTensors{words(ids), words(ids)});
  const Model model({ids}, {LSTM({.units = 2})(joined)});
  for (const FileDialect dialect : {FileDialect::keras3, FileDialect::portable}) {
    const std::string text = to_json(model, -1, {.dialect = dialect});
    int reserved = 0;
    const Json json = Json::parse(text);
    for (const Json& layer : json["config"]["layers"])
      if (layer["inbound_nodes"].empty() && layer["class_name"] == "Concatenate") {
        ++reserved;
        CHECK(!layer["config"].contains("name"));
      }
    CHECK(reserved == 2);  // concatenate, concatenate_1
    CHECK(model_from_json(text).layers().size() == model.layers().size());
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

TEST_CASE("dialects: files of weights carry the optimizer's state, Keras 2's too") {
  const Tensor x({2, 4}, std::vector<float>{1, 2, -3, 4, 0.5f, -1, 2, -2});
  const Tensor y({2, 4}, std::vector<float>{1, 0, 0, 1, 0, 1, 1, 0});
  const std::vector<Optimizer> optimizers = {
      Adam(), SGD({.use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = 2}),
      Nadam({.use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = 2}),
      Adafactor({.use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = 2}),
      LossScaleOptimizer({.inner_optimizer = SGD({.momentum = 0.9})})};
  for (const Optimizer& optimizer : optimizers)
    for (const FileDialect dialect : {FileDialect::keras3, FileDialect::keras2}) {
      CAPTURE(optimizer->class_name());
      CAPTURE(static_cast<int>(dialect));
      const auto fresh = [&] {
        Model model = branches();
        model.compile({.optimizer = Registry<OptimizerBase>::global().make(optimizer->class_name(),
                                                                           optimizer->get_config()),
                       .loss = "mean_squared_error"});
        return model;
      };
      Model model = fresh(), again = fresh();
      for (int i = 0; i < 3; ++i) model.train_on_batch({x}, {y, y});
      const std::string path = in_temp("trained.weights.h5");
      save_weights(model, path, {.dialect = dialect});
      std::vector<std::string> notes;
      load_weights(again, path, {.notes = &notes});
      std::filesystem::remove(path);
      CHECK(notes.empty());
      CHECK(again.optimizer().steps() == 3);
      for (Model* m : {&model, &again}) m->train_on_batch({x}, {y, y});
      CHECK(difference(again.predict(x), model.predict(x)) == "");
    }
  // Another optimizer's state is left out, and that is said.
  Model model = branches(), again = branches();
  model.compile({.optimizer = "adam", .loss = "mean_squared_error"});
  again.compile({.optimizer = "sgd", .loss = "mean_squared_error"});
  model.train_on_batch({x}, {y, y});
  const std::string path = in_temp("trained.weights.h5");
  save_weights(model, path);
  std::vector<std::string> notes;
  load_weights(again, path, {.notes = &notes});
  std::filesystem::remove(path);
  CHECK(notes.size() == 1);
  CHECK(again.optimizer().steps() == 0);
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

TEST_CASE(
    "dialects: Keras 2 follows keyword arguments by the alphabet, tf_keras from 2.18 on as they stand") {
  Input x({3, 4});
  const auto branch = [&](const char* name) { return Dense({.units = 4, .name = name})(x); };
  // Made in an order that all Kerases keep.
  const auto query = branch("q"), key = branch("k"), value = branch("v");
  const Model model(x,
                    MultiHeadAttention({.num_heads = 1, .key_dim = 2})(query, {.value = value, .key = key}));
  const auto names = [](const Json& json) {
    std::vector<std::string> out;
    for (const auto& layer : model_from_json(json.dump()).layers()) out.push_back(layer->name());
    return std::vector<std::string>(out.begin() + 1, out.begin() + 4);
  };
  Json json = Json::parse(to_json(model, -1, {.dialect = FileDialect::keras2}));
  Json& keywords = json["config"]["layers"].back()["inbound_nodes"][0][0][3];
  REQUIRE(keywords.begin().key() == "key");
  const Json key_triple = keywords["key"];
  keywords.erase("key");
  keywords["key"] = key_triple;  // behind "value" now
  json["keras_version"] = "2.15.0";
  CHECK(names(json) == std::vector<std::string>{"q", "k", "v"});
  json["keras_version"] = "2.21.0";
  CHECK(names(json) == std::vector<std::string>{"q", "v", "k"});
}

}  // namespace rhyton::test
