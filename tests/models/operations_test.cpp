// Operations on tensors inside functional graphs, against real Keras: values, gradients, files.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "layers/operations/operation_layer.hpp"
#include "nn/graph/check_gradient.hpp"
#include "nn/graph/run.hpp"
#include "nn/models/run_pool.hpp"
#include "serialization/json_text.hpp"
#include "serialization/saving.hpp"
#include "tests/layers/golden.hpp"

namespace rhyton::test {

namespace {

struct Recorded {
  Json facts;
  NamedTensors arrays;
  std::vector<Tensor> list(const std::string& name, const std::string& kind) const {
    std::vector<Tensor> out;
    while (const Tensor* t = find(arrays, name + "/" + kind + std::to_string(out.size()))) out.push_back(*t);
    return out;
  }
};

Recorded recorded(const std::string& dialect) {
  const std::string stem = std::string(TEST_DATA) + "/golden/operations/" + dialect;
  std::ifstream file(stem + ".json");
  std::ostringstream text;
  text << file.rdbuf();
  return {parse_json_text(text.str(), stem), read_npz(stem + ".npz")};
}

/// Whole numbers have several widths, which differ between Keras's backends.
std::string kind_of(DType dtype) {
  return is_floating(dtype) ? "real" : dtype == DType::boolean ? "truth" : "whole";
}

void check_values(const Model& model, const std::vector<Tensor>& x, const std::vector<Tensor>& y) {
  const auto outputs = model.predict_all(x, {.batch_size = x[0].shape()[0]});
  REQUIRE(outputs.size() == y.size());
  for (std::size_t k = 0; k < y.size(); ++k) {
    CAPTURE(k);
    CHECK(kind_of(outputs[k].dtype()) == kind_of(y[k].dtype()));
    CHECK(difference(outputs[k], y[k].dtype() == outputs[k].dtype() ? y[k] : y[k].cast(outputs[k].dtype())) ==
          "");
  }
}

void check_gradients(const Model& model, const Recorded& all, const std::string& name,
                     const std::vector<Tensor>& x) {
  Shapes shapes;
  for (const Tensor& t : x) shapes.push_back(t.shape());
  RunOptions train;
  train.gradients = train.input_gradients = true;
  Run run(std::make_shared<const Plan>(model.runs().plan()), shapes, train, {});
  for (std::size_t i = 0; i < x.size(); ++i) run.set_input(static_cast<int>(i), x[i]);
  run.forward();
  for (std::size_t k = 0; k < model.graph().outputs().size(); ++k)
    if (const Tensor* dy = find(all.arrays, name + "/dy" + std::to_string(k)))
      if (View target = run.output_gradient(static_cast<int>(k))) copy(*dy, target);
  run.backward();
  for (std::size_t i = 0; i < x.size(); ++i)
    if (const Tensor* dx = find(all.arrays, name + "/dx" + std::to_string(i))) {
      CAPTURE(i);
      CHECK(difference(run.input_gradient(static_cast<int>(i)), *dx) == "");
    }
}

/// The graph as one layer, in double precision.
void check_numerically(const Model& model, const std::vector<Tensor>& x) {
  CallSpec call;
  for (const Tensor& t : x) {
    call.inputs.push_back({t.shape(), t.dtype()});
    call.roles.emplace_back();
    call.masks.emplace_back();
  }
  const GradientCheck check = check_gradient(LayerRef(model), call, {.values = x});
  CAPTURE(check.where);
  CHECK(check.error < 1e-6);
}

void check_all(const std::string& dialect) {
  const Recorded all = recorded(dialect);
  for (const auto& [name, json] : all.facts["models"].items()) {
    CAPTURE(name);
    try {
      const Model model = model_from_json(write_json_text(json));
      const auto x = all.list(name, "x"), y = all.list(name, "y");
      check_values(model, x, y);
      if (find(all.arrays, name + "/dy0")) {
        check_gradients(model, all, name, x);
        // Differences see through what stops gradients, and stop at steps through which gradients pass.
        const bool passes = name == "stop_gradient" || name.starts_with("cast_");
        if (!passes) check_numerically(model, x);
      }
      check_values(model_from_json(to_json(model)), x, y);
    } catch (const std::exception& error) {
      FAIL_CHECK(std::string(error.what()));
    }
  }
}

}  // namespace

TEST_CASE("operations: graphs of Keras 3") { check_all("keras3"); }
TEST_CASE("operations: graphs of Keras 2") { check_all("keras2"); }

TEST_CASE("operations: what functions of TensorFlow ask for and nobody does here is refused by name") {
  const auto refused = [](const std::string& function, const std::string& arguments, const char* why) {
    const std::string text =
        R"({"class_name": "Functional", "keras_version": "2.15.0", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
         "config": {"name": "x", "batch_input_shape": [null, 3], "dtype": "float32"}},
        {"class_name": "TFOpLambda", "name": "f", "config": {"name": "f", "function": ")" +
        function + R"("}, "inbound_nodes": [[)" + arguments + R"(]]}],
        "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]]}})";
    CHECK_THROWS_WITH_AS(model_from_json(text), doctest::Contains(why), NotSupported);
  };
  refused("nn.silu", R"("x", 0, 0, {"beta": 0.5, "gamma": 2})", "gamma=2");
  refused("one_hot", R"("x", 0, 0, {"depth": 4, "on_value": "a"})", "on_value=\"a\"");
  refused("sort", R"("x", 0, 0, {"direction": "SIDEWAYS"})", "SIDEWAYS");
  refused("image.resize", R"("x", 0, 0, {"size": [2, 2], "method": "area"})", "tf.image.resize ('f')");
  refused("random.normal", R"("x", 0, 0, {})", "random.normal ('f')");
  refused("strided_slice", R"("x", 0, 0, {"begin": [0], "end": [1], "new_axis_mask": 1})", "new_axis_mask");
  refused("nn.pool", R"("x", 0, 0, {"window_shape": [2], "pooling_type": "MAX", "dilations": [2]})", "gaps");
  refused("linalg.diag", R"("x", 0, 0, {"k": 1})", "tf.linalg.diag ('f')");
  refused("split", R"("x", 0, 0, {"num_or_size_splits": [1, -2], "axis": 1})", "num_or_size_splits=[1,-2]");
  refused("math.reduce_mean", R"("x", 0, 0, {"axis": 1, "weights": 3})", "weights=3");
  refused("compat.v1.norm", R"("x", 0, 0, {"ord": 1})", "ord=1");
  refused("linalg.band_part",
          R"("_CONSTANT_VALUE", -1, [[0.0, 1.0]], {"num_lower": 0, "num_upper": ["x", 0, 0]})",
          "a constant for the argument input");
  // Keras 2 loses the operands, all but the equation.
  refused("einsum", R"("_CONSTANT_VALUE", -1, "bi->b", {})", "does not write what it is applied to");
}

TEST_CASE("operations: nodes of TensorFlow's graph that are not known are refused by name") {
  const auto refused = [](const std::string& config, const char* why) {
    const std::string text =
        R"({"class_name": "Functional", "keras_version": "2.3.0-tf", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
         "config": {"name": "x", "batch_input_shape": [null, 3], "dtype": "float32"}},
        {"class_name": "TensorFlowOpLayer", "name": "f", "config": )" +
        config + R"(, "inbound_nodes": [[["x", 0, 0, {}]]]}],
        "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]]}})";
    CHECK_THROWS_WITH_AS(model_from_json(text), doctest::Contains(why), NotSupported);
  };
  refused(R"({"name": "f", "node_def": {"op": "Betainc", "input": ["x"]}})", "raw_ops.Betainc ('f')");
  refused(R"({"name": "f", "node_def": {"op": "Relu", "input": ["x", "y"]}})",
          "raw_ops.Relu with fewer inputs");
  refused(R"({"name": "f", "node_def": {"op": "AddV2", "input": ["x"], "attr": {"T": {"type": "DT_FLOAT"}}},
              "constants": {"0": 1}})",
          "raw_ops.AddV2 with more inputs");
  refused(R"({"name": "f", "node_def": {"op": "Relu", "input": ["x"], "attr": {"far": {"i": "3"}}}})",
          "the attribute far");
  refused(R"({"name": "f", "node_def": {"op": "LeakyRelu", "input": ["x"], "attr": {"alpha": {"s": "no"}}}})",
          "the attribute alpha");
  refused(
      R"({"name": "f", "node_def": {"op": "Mul", "input": ["x", "y"]}, "constants": {"1": [[{"$": 7}]]}})",
      "a constant that is no number");
  refused(R"({"name": "f", "node_def": 3})", "raw_ops.? ('f')");
  refused(R"([])", "raw_ops.? ('f')");
}

TEST_CASE("operations: graphs of Keras 2 are written for it again") {
  const Recorded all = recorded("keras2");
  for (const auto& [name, json] : all.facts["models"].items()) {
    CAPTURE(name);
    try {
      const Model model = model_from_json(write_json_text(json));
      const std::string text = to_json(model, -1, {.dialect = FileDialect::keras2});
      CHECK(text.find(".ops.") == std::string::npos);
      check_values(model_from_json(text), all.list(name, "x"), all.list(name, "y"));
    } catch (const std::exception& error) {
      FAIL_CHECK(std::string(error.what()));
    }
  }
}

TEST_CASE("operations: slices and arrays of Keras 2 are written as Keras 3 reads them") {
  const Recorded all = recorded("keras2");
  const auto written = [&](const char* name) {
    return to_json(model_from_json(write_json_text(all.facts["models"][name])));
  };
  CHECK(written("item_slice").find("__slice__") != std::string::npos);
  CHECK(written("bias_add").find("__numpy__") != std::string::npos);
  CHECK(written("transpose").find("conjugate") == std::string::npos);
}

TEST_CASE("operations: what Keras 3 does not have is written in terms of what it has") {
  const Recorded all = recorded("keras2");
  for (const char* name : {"squared_difference", "add_n", "matmul_transposed", "matmul_left_transposed"}) {
    CAPTURE(name);
    const std::string text = to_json(model_from_json(write_json_text(all.facts["models"][name])));
    for (const char* unknown : {"SquaredDifference", "AddN", "transpose_x"})
      CHECK(text.find(unknown) == std::string::npos);
  }
  const auto model = [](const std::string& function, const std::string& arguments) {
    return model_from_json(
        R"({"class_name": "Functional", "keras_version": "2.15.0", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
         "config": {"name": "x", "batch_input_shape": [null, 2, 3], "dtype": "float32"}},
        {"class_name": "TFOpLambda", "name": "f", "config": {"name": "f", "function": ")" +
        function + R"("}, "inbound_nodes": [["x", 0, 0, )" + arguments + R"(]]}],
        "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]]}})");
  };
  const Tensor x({1, 2, 3}, {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f});
  const auto values = [&](const std::string& function, const std::string& arguments) {
    const Model given = model(function, arguments);
    const std::string text = to_json(given);
    for (const char* unknown : {"exclusive", "reverse", "Norm"})
      CHECK(text.find(unknown) == std::string::npos);
    const auto y = model_from_json(text).predict(x).values();
    CHECK(given.predict(x).values() == y);
    return y;
  };
  using Values = std::vector<float>;
  CHECK(values("math.cumsum", R"({"axis": -1, "reverse": true})") == Values{6, 5, 3, 15, 11, 6});
  CHECK(values("math.cumsum", R"({"axis": 2, "exclusive": true})") == Values{0, 1, 3, 0, 4, 9});
  CHECK(values("math.cumsum", R"({"axis": 2, "exclusive": true, "reverse": true})") ==
        Values{5, 3, 0, 11, 6, 0});
  const std::string all_axes = R"({"axis": [0, 1, 2], "keepdims": true})";
  const Values length = model("norm", all_axes).predict(x).values();
  CHECK(length[0] == doctest::Approx(std::sqrt(91.0)));
  CHECK(values("norm", all_axes)[0] == doctest::Approx(length[0]));
}

TEST_CASE("operations: several for one are refused where Keras 3 would order the layers otherwise") {
  const auto text = [](const char* function) {
    return std::string(
               R"({"class_name": "Functional", "keras_version": "2.15.0", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
         "config": {"name": "x", "batch_input_shape": [null, 3], "dtype": "float32"}},
        {"class_name": "Dense", "name": "a", "config": {"name": "a", "units": 2}, "inbound_nodes": [[["x", 0, 0, {}]]]},
        {"class_name": "Dense", "name": "b", "config": {"name": "b", "units": 2}, "inbound_nodes": [[["x", 0, 0, {}]]]},
        {"class_name": "TFOpLambda", "name": "f", "config": {"name": "f", "function": ")") +
           function + R"("}, "inbound_nodes": [["b", 0, 0, {"y": 1.0}]]},
        {"class_name": "Activation", "name": "g", "config": {"name": "g", "activation": "relu"},
         "inbound_nodes": [[["a", 0, 0, {}]]]}],
        "input_layers": [["x", 0, 0]], "output_layers": [["g", 0, 0], ["f", 0, 0]]}})";
  };
  CHECK_THROWS_WITH_AS(to_json(model_from_json(text("math.squared_difference"))),
                       doctest::Contains("SquaredDifference ('f')"), NotSupported);
  CHECK(to_json(model_from_json(text("math.subtract"))).find("Subtract") != std::string::npos);
}

TEST_CASE("operations: arguments of None are written again, as Keras asks for them") {
  const Json given = recorded("keras3").facts["models"]["rms_normalization"];
  const Json written = parse_json_text(to_json(model_from_json(write_json_text(given))), "model");
  CHECK(written["config"]["layers"][1]["inbound_nodes"][0]["kwargs"] ==
        given["config"]["layers"][1]["inbound_nodes"][0]["kwargs"]);
  CHECK(given["config"]["layers"][1]["inbound_nodes"][0]["kwargs"]["scale"].is_null());
}

TEST_CASE("operations: every one is recorded") {
  std::set<std::string> seen;
  for (const char* dialect : {"keras3", "keras2"}) {
    const Recorded all = recorded(dialect);
    for (const auto& [name, json] : all.facts["models"].items()) {
      const Model model = model_from_json(write_json_text(json));
      for (const auto& node : model.graph().nodes())
        if (node->layer) seen.insert(node->layer->class_name());
    }
  }
  for (const std::string& name : operation_names()) {
    CAPTURE(name);
    CHECK(seen.count(name) == 1);
  }
}

}  // namespace rhyton::test
