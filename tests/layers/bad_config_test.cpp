// Arguments that are wrong, or absurd, in every place: a clear error or a working layer, never a crash.
#include <doctest/doctest.h>

#include "tests/layers/golden.hpp"

using namespace rhyton;
using namespace rhyton::test;

namespace {

const Json& bad_values() {
  static const Json values = Json::parse(R"([
    null, true, "", "x", -1, 0, 1.5, -2.5, 1e308, 9223372036854775807, -9223372036854775808, 4611686018427387904,
    [], [0], [-1, -1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [null], [[1], [2]], ["x", "y"],
    [4611686018427387904, 4611686018427387904], {}, {"class_name": "Dense"}, {"class_name": 3, "config": []}
  ])");
  return values;
}

constexpr Dim most_elements = 1 << 20;

/// Makes, builds and runs the case's layer with one argument replaced. Returns the error's text; empty if
/// there is none.
std::string outcome(const Case& c, const std::string& key, const Json& value) {
  Json config = c.facts["config"];
  config[key] = value;
  try {
    const LayerRef layer = make_layer(c.layer, config, c.stem);
    if (!c.has_inputs()) return "";
    const ErrorCase call{c.layer, c.stem, c.name, c.spec};
    const auto plan = plan_call(layer, error_call(call, true));
    const std::vector<Tensor> inputs = error_inputs(call);
    CallSpec known = error_call(call, false);
    for (const TensorSpec& y : layer->compute_output_spec(known)) {
      double elements = 1;
      for (Dim d : y.shape) elements *= static_cast<double>(d);
      if (!y.shape.is_known() || elements > most_elements) return "";
    }
    Shapes shapes;
    for (const Tensor& x : inputs) shapes.push_back(x.shape());
    Run run(plan, shapes, {});
    for (std::size_t i = 0; i < inputs.size(); ++i) run.set_input(static_cast<int>(i), inputs[i]);
    run.forward();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("no argument crashes a layer, and what is refused names the layer") {
  for_each_layer([](const LayerCases& layer) {
    if (layer.cases.empty()) return;
    const Case& c = layer.cases.front();
    if (c.spec.contains("mask")) return;
    for (const auto& [key, original] : c.facts["config"].items()) {
      if (key == "name") continue;
      for (const Json& value : bad_values()) {
        INFO(c.stem << ": " << key << "=" << value.dump());
        try {
          const std::string text = outcome(c, key, value);
          CHECK_MESSAGE((text.empty() || text.find(c.layer) != std::string::npos), "no layer in: " << text);
        } catch (const std::exception& error) {
          FAIL_CHECK("not a rhyton::Error: " << std::string(error.what()));
        }
      }
    }
  });
}
