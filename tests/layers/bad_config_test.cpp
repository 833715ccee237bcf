// Arguments that are wrong, or absurd, in every place: a clear error or a working layer, never a crash.
#include <doctest/doctest.h>

#include <algorithm>

#include "nn/load_scope.hpp"
#include "nn/tensor/memory_limit.hpp"
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

/// Absurd sizes are to be refused, not to fill the machine that runs the tests.
struct LittleMemory {
  LittleMemory() { set_memory_limit(std::uint64_t{1} << 28); }
  ~LittleMemory() { set_memory_limit(0); }
};

constexpr Dim most_elements = 1 << 20;

bool is_small(const Shape& shape) {
  double elements = 1;
  for (Dim d : shape) elements *= static_cast<double>(d);
  return shape.is_known() && elements <= most_elements;
}

/// Makes, builds and runs a layer of this configuration as `spec` calls it. Returns the error's text; empty
/// if there is none.
std::string outcome(const Case& c, const Json& config, const Json& spec) {
  // As loading a short file does.
  LoadScope scope(Dialect::keras3);
  scope.limit_weights(1 << 26, false);
  try {
    const LayerRef layer = make_layer(c.layer, config, c.stem);
    if (!c.has_inputs()) return "";
    const ErrorCase call{c.layer, c.stem, c.name, spec};
    const auto plan = plan_call(layer, error_call(call, true));
    CallSpec known = error_call(call, false);
    for (const TensorSpec& x : known.inputs)
      if (!is_small(x.shape)) return "";
    const std::vector<Tensor> inputs = error_inputs(call);
    for (const TensorSpec& y : layer->compute_output_spec(known))
      if (!is_small(y.shape)) return "";
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

/// Whether a text names the case's layer, or one that it is made of.
bool names_layer(const std::string& text, const Json& config) {
  if (config.is_object() && config.contains("class_name") && config["class_name"].is_string() &&
      text.find(config["class_name"].get<std::string>()) != std::string::npos)
    return true;
  return std::any_of(config.begin(), config.end(),
                     [&](const Json& part) { return part.is_structured() && names_layer(text, part); });
}

/// Fails unless nothing is wrong, or an Error names the layer.
void check_outcome(const Case& c, const Json& config, const Json& spec) {
  try {
    const std::string text = outcome(c, config, spec);
    const bool named = text.find(c.layer) != std::string::npos ||
                       text.find("'" + c.stem) != std::string::npos || names_layer(text, c.facts["config"]);
    CHECK_MESSAGE((text.empty() || named), "no layer in: " << text);
  } catch (const std::exception& error) {
    FAIL_CHECK("not a rhyton::Error: " << std::string(error.what()));
  }
}

/// The case's inputs with one of them replaced, missing, or there twice.
std::vector<Json> bad_inputs(const Json& inputs) {
  std::vector<Json> out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Json& good = inputs[i];
    const bool values = good.is_object() && !good.contains("shape");
    const Json shape = good.is_array() ? good : values ? Json::array({2, 3}) : good["shape"];
    const auto replace = [&](const Json& dims, const char* dtype) {
      Json changed = inputs;
      changed[i] = {{"shape", dims},
                    {"dtype", dtype              ? dtype
                              : good.is_object() ? good.value("dtype", "float32")
                                                 : "float32"}};
      out.push_back(changed);
    };
    Json dims = Json::array();
    for (int rank = 0; rank <= 8; ++rank) {
      replace(dims, nullptr);
      dims.push_back(2 + rank % 3);
    }
    for (std::size_t d = 0; d < shape.size(); ++d)
      for (const Json& size :
           {Json(0), Json(1), Json(97), Json(), Json(2147483648), Json(4611686018427387904)}) {
        Json other = shape;
        other[d] = size;
        replace(other, nullptr);
      }
    for (const char* dtype : {"string", "bool", "int64", "uint8"}) replace(shape, dtype);
    Json fewer = inputs, more = inputs;
    fewer.erase(i);
    more.push_back(good);
    out.push_back(fewer);
    out.push_back(more);
  }
  return out;
}

}  // namespace

TEST_CASE("no argument crashes a layer, and what is refused names the layer") {
  const LittleMemory limit;
  for_each_layer([](const LayerCases& layer) {
    if (layer.cases.empty()) return;
    const Case& c = layer.cases.front();
    if (c.spec.contains("mask")) return;
    for (const auto& [key, original] : c.facts["config"].items()) {
      if (key == "name") continue;
      for (const Json& value : bad_values()) {
        INFO(c.stem << ": " << key << "=" << value.dump());
        Json config = c.facts["config"];
        config[key] = value;
        check_outcome(c, config, c.spec);
      }
      // A list with one wrong member.
      for (std::size_t i = 0; original.is_array() && i < original.size(); ++i)
        for (const Json& value : bad_values()) {
          Json config = c.facts["config"];
          config[key][i] = value;
          INFO(c.stem << ": " << key << "=" << config[key].dump());
          check_outcome(c, config, c.spec);
        }
    }
  });
}

TEST_CASE("no input crashes a layer, and what is refused names the layer") {
  const LittleMemory limit;
  for_each_layer([](const LayerCases& layer) {
    for (const Case& c : layer.cases) {
      if (!c.has_inputs() || c.spec.contains("mask")) continue;
      for (const Json& inputs : bad_inputs(c.spec["inputs"])) {
        INFO(c.stem << "/" << c.name << ": " << inputs.dump());
        Json spec = c.spec;
        spec["inputs"] = inputs;
        if (spec.contains("arguments") && spec["arguments"].size() != inputs.size()) continue;
        check_outcome(c, c.facts["config"], spec);
      }
    }
  });
}
