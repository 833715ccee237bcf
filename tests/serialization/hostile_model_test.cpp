// Configurations that ask for the impossible: a clear error, at once, and nothing allocated.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nn/error.hpp"
#include "nn/tensor/memory_limit.hpp"
#include "serialization/limits.hpp"
#include "serialization/saving.hpp"

using namespace rhyton;

namespace {

Json input(const Json& shape) {
  return {{"class_name", "InputLayer"}, {"config", {{"batch_shape", shape}, {"name", "x"}}}};
}

Json layer(const std::string& class_name, const std::string& config) {
  return {{"module", "keras.layers"}, {"class_name", class_name}, {"config", Json::parse(config)}};
}

std::string sequential(const std::vector<Json>& layers) {
  return Json({{"class_name", "Sequential"},
               {"module", "keras"},
               {"config", {{"name", "m"}, {"layers", layers}}}})
      .dump();
}

/// What loading says, or, if it works, predicting.
std::string complaint(const std::string& json, const Shape& x) {
  try {
    const Model model = model_from_json(json);
    model.predict(Tensor(x));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

Json node(const std::vector<std::pair<std::string, int>>& inputs) {
  Json args = Json::array();
  for (const auto& [name, call] : inputs)
    args.push_back(
        {{"class_name", "__keras_tensor__"},
         {"config", {{"shape", {nullptr, 4}}, {"dtype", "float32"}, {"keras_history", {name, call, 0}}}}});
  return {{"args", args}, {"kwargs", Json::object()}};
}

Json functional(const std::string& name, const std::vector<Json>& layers, const Json& output) {
  return {
      {"class_name", "Functional"},
      {"module", "keras"},
      {"name", name},
      {"config",
       {{"name", name}, {"layers", layers}, {"input_layers", {{"x", 0, 0}}}, {"output_layers", {output}}}}};
}

Json called(Json object, const std::string& name, const std::vector<Json>& nodes) {
  object["name"] = object["config"]["name"] = name;
  object["inbound_nodes"] = nodes;
  return object;
}

}  // namespace

TEST_CASE("hostile models: sizes beyond the machine are refused by layer") {
  struct Case {
    const char *layer, *config;
    Shape input;
    const char* names;
  };
  const Case cases[] = {
      {"Dense", R"({"units": 2000000000})", {2, 4000}, "dense"},
      {"Dense", R"({"units": 1000000000000})", {2, 4}, "at most 2147483647"},
      {"Dense", R"({"units": 1e30})", {2, 4}, "units"},
      {"Conv2D", R"({"filters": 2000000000, "kernel_size": 3})", {2, 8, 8, 3}, "conv2d"},
      {"Conv2D", R"({"filters": 3, "kernel_size": 1000000000, "padding": "same"})", {2, 8, 8, 3}, "conv2d"},
      {"Conv2DTranspose",
       R"({"filters": 2, "kernel_size": 3, "strides": 1000000000})",
       {2, 8, 8, 3},
       "conv2d_t"},
      {"Embedding", R"({"input_dim": 2000000000, "output_dim": 8})", {2, 8}, "embedding"},
      {"Embedding", R"({"input_dim": 1000000000000, "output_dim": 1000000000000})", {2, 8}, "input_dim"},
      {"RepeatVector", R"({"n": 2000000000})", {2, 8}, "memory"},
      {"RepeatVector", R"({"n": 4611686018427387904})", {2, 8}, "`n` must"},
      {"UpSampling2D", R"({"size": 100000})", {2, 8, 8, 3}, "memory"},
      {"UpSampling2D", R"({"size": 1000000000})", {2, 8, 8, 3}, "up_sampling2d"},
      {"UpSampling3D", R"({"size": 2147483648})", {2, 8, 8, 8, 3}, "up_sampling3d"},
      {"ZeroPadding2D", R"({"padding": 1000000000000})", {2, 8, 8, 3}, "zero_padding2d"},
      {"LSTM", R"({"units": 1000000000})", {2, 8, 4}, "lstm"},
      {"ConvLSTM1D", R"({"filters": 2, "kernel_size": 2})", {2, 0, 4, 3}, "step"},
      {"GRU", R"({"units": 4611686018427387904})", {2, 8, 4}, "`units` must"},
      {"Reshape", R"({"target_shape": [1099511627776, 1099511627776]})", {2, 4}, "reshape"},
      {"BatchNormalization", R"({"axis": 9})", {2, 4}, "axis"},
      {"CategoryEncoding", R"({"num_tokens": 1125899906842624})", {2, 8}, "num_tokens"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.layer);
    CAPTURE(c.config);
    Json shape = Json::array({nullptr});
    for (int i = 1; i < c.input.rank(); ++i) shape.push_back(c.input[i]);
    const std::string text = complaint(sequential({input(shape), layer(c.layer, c.config)}), c.input);
    CAPTURE(text);
    CHECK(text.find(c.names) != std::string::npos);
  }
}

TEST_CASE("hostile models: operations that make too much") {
  const auto repeated = [](const char* repeats) {
    Json repeat = called({{"module", "keras.src.ops.numpy"},
                          {"class_name", "Repeat"},
                          {"registered_name", "Repeat"},
                          {"config", {{"repeats", Json::parse(repeats)}, {"axis", 0}}}},
                         "r", {node({{"x", 0}})});
    return functional("f", {called(input({nullptr, 4}), "x", {}), repeat}, {"r", 0, 0}).dump();
  };
  CHECK(complaint(repeated("3"), {2, 4}).empty());
  // The table of positions would be larger still than the values.
  CHECK(complaint(repeated("1099511627776"), {2, 4}).find("of memory") != std::string::npos);
}

TEST_CASE("hostile models: functions of Keras 2 that make too much, or are not what they should be") {
  const auto function = [](const char* name, const char* entry) {
    return R"({"class_name": "Functional", "keras_version": "2.15.0", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
         "config": {"name": "x", "batch_input_shape": [null, 3, 4], "dtype": "float32"}},
        {"class_name": "TFOpLambda", "name": "s", "config": {"name": "s", "function": "compat.v1.shape"},
         "inbound_nodes": [["x", 0, 0, {}]]},
        {"class_name": "TFOpLambda", "name": "f", "config": {"name": "f", "function": ")" +
           std::string(name) + R"("}, "inbound_nodes": [)" + entry + R"(]}],
        "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]]}})";
  };
  struct Case {
    const char *function, *entry, *names;
  };
  const std::string axes = "[" + std::string(300'000, ' ') + "1" + [] {
    std::string more;
    for (int i = 0; i < 100'000; ++i) more += ",1";
    return more;
  }() + "]";
  const std::string deep = R"(["s", 0, 0, {"shape": )" + axes + "}]";
  const Case cases[] = {
      {"math.add", R"([{"$": 7}])", "something else"},
      {"math.add", R"(["x", 0, 0, {"y": {"$": 7}}])", "an argument named"},
      {"reshape", R"(["x", 0, 0, {"shape": [["s", 0, 0], {"$open": 9}]}])", "an argument named"},
      {"math.add", R"([["_CONSTANT_VALUE", -1, {"$": 7}, {"y": ["x", 0, 0]}]])", "an argument named"},
      {"range", R"(["_CONSTANT_VALUE", -1, 0, {"limit": ["s", 0, 0]}])", "tf.range ('f')"},
      {"reshape", R"(["x", 0, 0, {"shape": ["s", 0, 5]}])", "output 5"},
      {"broadcast_to", deep.c_str(), "so many axes"},
      {"unstack", R"(["s", 0, 0, {"axis": 9}])", "f"},
      {"linalg.diag", R"(["x", 0, 0, {"k": 4611686018427387904}])", "tf.linalg.diag ('f')"},
      {"repeat", R"(["x", 0, 0, {"repeats": [1, 1, 4611686018427387904], "axis": 1}])",
       "numbers in constants"},
      {"repeat", R"(["x", 0, 0, {"repeats": [-1], "axis": 1}])", "so large a constant"},
      {"split", R"(["x", 0, 0, {"num_or_size_splits": 2, "axis": 4294967297}])", "axis=4294967297"},
      {"tensordot", R"(["x", 0, 0, {"b": ["x", 0, 0], "axes": 4611686018427387904}])", "more than there are"},
      {"tensordot", R"(["x", 0, 0, {"b": ["x", 0, 0], "axes": [[1], ["a"]]}])", "whole numbers"},
      {"nn.local_response_normalization", R"(["s", 0, 0, {}])", "'f'"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.function);
    CAPTURE(std::string(c.entry).substr(0, 100));
    const std::string text = complaint(function(c.function, c.entry), {2, 3, 4});
    CAPTURE(text.substr(0, 300));
    CHECK(!text.empty());
    CHECK(text.find(c.names) != std::string::npos);
  }
}

TEST_CASE("hostile models: an error does not repeat a text without end") {
  const std::string equation(100'000, 'a');
  const std::string text = complaint(
      sequential({input({nullptr, 4}),
                  layer("EinsumDense", R"({"output_shape": [3], "equation": ")" + equation + R"(->b"})")}),
      {2, 4});
  CHECK(text.find("EinsumDense") != std::string::npos);
  CHECK(text.size() < 1000);
}

TEST_CASE("hostile models: many small weights count together") {
  std::vector<Json> layers = {input({nullptr, 1000})};
  for (int i = 0; i < 100; ++i) layers.push_back(layer("Dense", R"({"units": 1000})"));
  CHECK_THROWS_WITH_AS(model_from_json(sequential(layers), {.max_weight_bytes = 10'000'000}),
                       doctest::Contains("weights before it"), Error);
  CHECK(limits::fresh_weight_bytes(memory_limit()) < memory_limit());
}

TEST_CASE("hostile models: a model in a model, called twice, many times over") {
  Json inner = functional("f0",
                          {called(input({nullptr, 4}), "x", {}),
                           called(layer("Dense", R"({"units": 4})"), "d", {node({{"x", 0}})})},
                          {"d", 0, 0});
  for (int level = 1; level < 24; ++level) {
    const std::string name = "f" + std::to_string(level - 1);
    inner = functional(
        "f" + std::to_string(level),
        {called(input({nullptr, 4}), "x", {}), called(inner, name, {node({{"x", 0}}), node({{name, 0}})})},
        {name, 2, 0});
  }
  CHECK_THROWS_WITH_AS(model_from_json(inner.dump()), doctest::Contains("too often"), Error);
}

TEST_CASE("hostile models: loops, depth and number") {
  const auto dense = [](const std::string& name, const std::vector<Json>& nodes) {
    return called(layer("Dense", R"({"units": 4})"), name, nodes);
  };
  const Json x = called(input({nullptr, 4}), "x", {});
  for (const Json& loop :
       {functional("f", {x, dense("a", {node({{"b", 0}})}), dense("b", {node({{"a", 0}})})}, {"b", 0, 0}),
        functional("f", {x, dense("a", {node({{"a", 0}})})}, {"a", 0, 0})})
    CHECK_THROWS_WITH_AS(model_from_json(loop.dump()), doctest::Contains("loop"), Error);

  Json wrapped = layer("Dense", R"({"units": 4})");
  for (int i = 0; i < 80; ++i)
    wrapped = {{"class_name", "TimeDistributed"}, {"config", {{"layer", wrapped}}}};
  CHECK_THROWS_WITH_AS(model_from_json(sequential({input({nullptr, 4, 4}), wrapped})),
                       doctest::Contains("deep"), Error);

  Json nested = Json::parse(sequential({input({nullptr, 4})}));
  for (int i = 0; i < 34; ++i) nested = Json::parse(sequential({nested}));
  CHECK_THROWS_AS(model_from_json(nested.dump()), Error);

  // Brackets that close nothing do not make room for others.
  CHECK_THROWS_WITH_AS(model_from_json(std::string(100, '}') + std::string(limits::json_depth + 1, '[')),
                       doctest::Contains("deep"), Error);
  CHECK_THROWS_AS(model_from_json(std::string(1'000'000, ']') + "{"), Error);

  const std::vector<Json> many(limits::layers + 1, layer("Flatten", "{}"));
  CHECK_THROWS_WITH_AS(model_from_json(sequential(many)), doctest::Contains("layers"), Error);

  std::vector<std::pair<std::string, int>> chain = {{"x", 0}};
  std::vector<Json> calls;
  for (int i = 0; i < 20'000; ++i) {
    calls.push_back(node({chain.back()}));
    chain.emplace_back("a", i);
  }
  // Long, but right: nothing recurses over it.
  CHECK(model_from_json(functional("f", {x, dense("a", calls)}, {"a", 19'999, 0}).dump()).count_params() ==
        20);
}

TEST_CASE("hostile models: code is refused by name and never run") {
  for (const char* config :
       {R"({"function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}})",
        R"({"function": ["4wEAAAA=", null, null], "function_type": "lambda"})",
        R"({"function": {"module": "os", "class_name": "function", "config": "system"}})"}) {
    const std::string json = sequential({input({nullptr, 4}), layer("Lambda", config)});
    CHECK_THROWS_WITH_AS(model_from_json(json), doctest::Contains("never executed"), NotSupported);
  }
  const Json foreign = {
      {"module", "os"}, {"class_name", "system"}, {"config", Json::object()}, {"registered_name", "rm"}};
  CHECK_THROWS_WITH_AS(model_from_json(sequential({input({nullptr, 4}), foreign})),
                       doctest::Contains("not known here"), NotSupported);
}

TEST_CASE("hostile models: an input that names a module of operations is an input all the same") {
  Json x = called(input({nullptr, 4}), "x", {});
  x["module"] = "keras.ops.rs";
  const Json model = functional("m", {x, called(layer("Flatten", "{}"), "flat", {node({{"x", 0}})})},
                                Json::array({"flat", 0, 0}));
  CHECK(complaint(model.dump(), {2, 4}) == "");
}
