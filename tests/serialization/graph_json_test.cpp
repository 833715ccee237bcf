#include "serialization/graph_json.hpp"

#include <doctest/doctest.h>

#include "nn/error.hpp"
#include "serialization/dialect.hpp"
#include "serialization/functional_builder.hpp"
#include "serialization/json_text.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;

namespace {

/// A call as text, with layers by number instead of by name: names differ between two runs of Keras.
std::string text_of(const std::map<std::string, std::string>& numbers, const CallDescription& call,
                    const std::map<std::string, bool>& operations) {
  std::string text = "(";
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    const auto& input = call.inputs[i];
    // Keras 3 writes masks that layers pass on by themselves.
    if (operations.count(input.layer) != 0) continue;
    text += " " + call.roles[i] + "=" + numbers.at(input.layer) + "." + std::to_string(input.call) + "." +
            std::to_string(input.tensor);
  }
  return text + " )";
}

std::vector<std::string> describe(const Json& model, Dialect dialect) {
  std::vector<std::string> notes;
  const GraphDescription graph = read_graph(model["config"], dialect, notes);
  std::map<std::string, std::string> numbers;
  std::map<std::string, bool> operations;
  std::map<std::string, int> counts;
  for (const auto& layer : graph.layers) {
    if (is_operation(layer)) operations[layer.name] = true;
    numbers[layer.name] = layer.class_name + std::to_string(counts[layer.class_name]++);
  }
  std::vector<std::string> lines;
  for (const auto& layer : graph.layers) {
    if (is_operation(layer)) continue;
    std::string line = numbers[layer.name];
    for (const auto& call : layer.calls) line += text_of(numbers, call, operations);
    lines.push_back(line);
  }
  for (const auto* ends : {&graph.inputs, &graph.outputs})
    for (const auto& end : *ends)
      lines.push_back(numbers.at(end.layer) + "." + std::to_string(end.call) + "." +
                      std::to_string(end.tensor));
  return lines;
}

Json json_of(const std::string& name) {
  return parse_json_text(test::read_text(test::data_file("data/" + name)), name);
}

Json modern(const char* text, Dialect dialect, std::vector<std::string>* notes = nullptr) {
  Json layer = Json::parse(text);
  std::vector<std::string> own;
  modernize_layer(layer, dialect, notes != nullptr ? *notes : own);
  return layer["config"];
}

}  // namespace

TEST_CASE("graphs: Keras 2 and Keras 3 describe one model in two ways") {
  for (const std::string name : {"states", "masked", "nested", "recurrent", "wrapped_model", "shared"}) {
    CAPTURE(name);
    const Json keras2 = json_of("keras2/graphs/" + name + ".json"),
               keras3 = json_of("keras3/graphs/" + name + ".json");
    REQUIRE(detect_dialect(keras2, "") == Dialect::keras2);
    REQUIRE(detect_dialect(keras3, "") == Dialect::keras3);
    const auto a = describe(keras2, Dialect::keras2), b = describe(keras3, Dialect::keras3);
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == b[i]);
  }
}

TEST_CASE("graphs: roles, flags and constants of calls") {
  const auto states = describe(json_of("keras2/graphs/states.json"), Dialect::keras2);
  CHECK(states[2] == "LSTM1( =LSTM0.0.0 initial_state=LSTM0.0.1 initial_state=LSTM0.0.2 )");
  // Given by position and by name: Keras follows the two in different orders.
  const auto attention = describe(json_of("keras3/graphs/attention.json"), Dialect::keras3);
  CHECK(attention[1] == "MultiHeadAttention0( =InputLayer0.0.0 =InputLayer0.0.0 )");
  const auto named = describe(json_of("keras2/graphs/attention.json"), Dialect::keras2);
  CHECK(named[1] == "MultiHeadAttention0( =InputLayer0.0.0 value=InputLayer0.0.0 )");

  std::vector<std::string> notes;
  const Json graph = Json::parse(R"({"name": "m", "layers": [
    {"class_name": "InputLayer", "name": "i", "config": {"batch_shape": [null, 2]}, "inbound_nodes": []},
    {"class_name": "Multiply", "module": "keras.src.ops.numpy", "name": "o", "config": {}, "inbound_nodes": [
      {"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["i", 0, 0]}}, 2.5],
       "kwargs": {"training": true, "mask": null, "axis": [0, 1]}}]}],
    "input_layers": {"b": ["i", 0, 0], "a": ["i", 0, 0]}, "output_layers": ["o", 0, 0]})");
  const auto read = read_graph(graph, Dialect::keras3, notes);
  const auto& call = read.layers[1].calls[0];
  CHECK(call.inputs.size() == 1);
  CHECK(call.flags == std::vector<std::pair<std::string, bool>>{{"training", true}});
  CHECK(call.args == Json::parse(R"([{"$": 0}, 2.5])"));
  CHECK(call.kwargs == Json::parse(R"({"training": true, "mask": null, "axis": [0, 1]})"));
  CHECK(read.input_structure == Structure::dictionary);
  CHECK(read.input_keys == std::vector<std::string>{"a", "b"});
  CHECK(read.output_structure == Structure::single);

  const Json keras2 = Json::parse(R"({"layers": [
    {"class_name": "InputLayer", "name": "i", "config": {"batch_input_shape": [null, 2]}, "inbound_nodes": []},
    {"class_name": "TFOpLambda", "name": "o", "config": {"function": "math.subtract"},
     "inbound_nodes": [["_CONSTANT_VALUE", -1, 1.0, {"y": ["i", 0, 0]}]]}],
    "input_layers": [["i", 0, 0]], "output_layers": [["o", 0, 0]]})");
  const auto old = read_graph(keras2, Dialect::keras2, notes);
  CHECK(old.layers[1].calls[0].args == Json::parse("[1.0]"));
  CHECK(old.layers[1].calls[0].kwargs == Json::parse(R"({"y": {"$": 0}})"));
  CHECK(old.layers[1].calls[0].inputs == std::vector<TensorAddress>{{"i", 0, 0}});
  CHECK(old.input_structure == Structure::single);
}

TEST_CASE("dialects: what Keras 2 wrote differently") {
  const auto keras2 = Dialect::keras2;
  CHECK(modern(R"({"class_name": "InputLayer", "config": {"batch_input_shape": [null, 2], "sparse": false}})",
               keras2) == Json::parse(R"({"batch_shape": [null, 2]})"));
  CHECK(modern(R"({"class_name": "LeakyReLU", "config": {"alpha": 0.5}})", keras2) ==
        Json::parse(R"({"negative_slope": 0.5})"));
  CHECK(modern(R"({"class_name": "BatchNormalization", "config": {"axis": [3]}})", keras2) ==
        Json::parse(R"({"axis": 3})"));
  CHECK(modern(R"({"class_name": "GRU", "config": {"units": 2, "implementation": 1, "time_major": false}})",
               keras2) == Json::parse(R"({"units": 2, "reset_after": false})"));
  CHECK(modern(R"({"class_name": "GRU", "config": {"units": 2}})", Dialect::keras3) ==
        Json::parse(R"({"units": 2})"));
  CHECK(modern(R"({"class_name": "Bidirectional", "config": {"layer": {"class_name": "LSTM", "config":
        {"units": 2, "time_major": false}}}})",
               keras2)["layer"]["config"] == Json::parse(R"({"units": 2})"));
  CHECK(modern(R"({"class_name": "Dense", "config": {"units": 2, "dtype": {"class_name": "Policy", "config":
        {"name": "mixed_float16"}}}})",
               keras2)["dtype"] == "mixed_float16");
  std::vector<std::string> notes;
  CHECK(modern(R"({"class_name": "Embedding", "config": {"input_dim": 3, "input_length": 7}})", keras2,
               &notes) == Json::parse(R"({"input_dim": 3})"));
  CHECK(notes.empty());  // says what the graph says
  CHECK(modern(R"({"class_name": "Dense", "config": {"units": 3, "dynamic": true}})", keras2, &notes) ==
        Json::parse(R"({"units": 3})"));
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("dynamic=true") != std::string::npos);
}

TEST_CASE("dialects: what cannot be said today is refused, not dropped") {
  CHECK_THROWS_WITH_AS(
      modern(R"({"class_name": "LSTM", "config": {"name": "l", "time_major": true}})", Dialect::keras2),
      doctest::Contains("time_major"), NotSupported);
  CHECK_THROWS_AS(modern(R"({"class_name": "DepthwiseConv2D", "config": {"groups": 3}})", Dialect::keras2),
                  NotSupported);
}

TEST_CASE("dialects: who wrote it") {
  const auto of = [](const char* text, const char* version) {
    return detect_dialect(Json::parse(text), version);
  };
  CHECK(of(R"({"class_name": "Sequential"})", "") == Dialect::keras2);
  CHECK(of(R"({"class_name": "Sequential", "module": "keras"})", "") == Dialect::keras3);
  CHECK(of(R"({"class_name": "Sequential", "module": "keras"})", "2.15.0") == Dialect::keras2);
  CHECK(of(R"({"class_name": "Sequential"})", "3.0.5") == Dialect::keras3);
  CHECK(of(R"({"class_name": "Functional", "module": "keras.src.engine.functional"})", "") ==
        Dialect::keras2);
  CHECK(of(R"({"class_name": "Model", "keras_version": "2.2.4"})", "") == Dialect::keras2);
}
