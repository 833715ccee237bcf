// Configurations, shapes and names, against real Keras.
#include <doctest/doctest.h>

#include "tests/layers/golden.hpp"

using namespace rhyton;
using namespace rhyton::test;

namespace {

// Null says nothing under these keys of young versions, and older ones refuse them: they are not written.
const std::vector<std::string> young_keys = {"input_axes", "output_axes", "quantization_config"};

bool is_activation_layer(const std::string& key, const Json& value) {
  return key.find("activation") != std::string::npos && value.is_object() &&
         value.value("module", "") == "keras.layers";
}

/// Dtype policies by their names, whichever form they have; no null under young keys; activation layers that
/// stand for a function without the identity that they do not have here.
Json normalized(const Json& json) {
  if (json.is_object() && json.value("class_name", "") == "DTypePolicy") return json["config"]["name"];
  if (!json.is_structured()) return json;
  Json out = json;
  for (const std::string& key : young_keys)
    if (out.is_object() && out.contains(key) && out[key].is_null()) out.erase(key);
  for (auto& [key, value] : out.items()) {
    if (is_activation_layer(key, value))
      for (const char* own : {"name", "trainable", "dtype"}) value["config"].erase(own);
    value = normalized(value);
  }
  return out;
}

/// Empty if both say the same: keys in any order, real numbers written as such.
std::string config_difference(const Json& actual, const Json& expected, const std::string& at = "") {
  if (actual.is_object() && expected.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      if (!actual.contains(key)) return at + "/" + key + " is missing (Keras: " + value.dump() + ")";
      if (auto text = config_difference(actual[key], value, at + "/" + key); !text.empty()) return text;
    }
    for (const auto& [key, value] : actual.items())
      if (!expected.contains(key)) return at + "/" + key + " is not Keras's";
    return "";
  }
  if (actual.is_array() && expected.is_array() && actual.size() == expected.size()) {
    for (std::size_t i = 0; i < actual.size(); ++i)
      if (auto text = config_difference(actual[i], expected[i], at + "/" + std::to_string(i)); !text.empty())
        return text;
    return "";
  }
  // Keras keeps an integer that was given for a real argument; a real number where it wants an integer is
  // refused.
  const bool kinds = actual.is_number_float() || !expected.is_number_float();
  return kinds && actual == expected ? "" : at + ": got " + actual.dump() + ", expected " + expected.dump();
}

Json shapes_json(const std::vector<TensorSpec>& specs) {
  Json out = Json::array();
  for (const TensorSpec& spec : specs) to_config(out.emplace_back(), spec.shape);
  return out;
}

}  // namespace

TEST_CASE("configurations are Keras's and come back through the registry") {
  for_each_layer([](const LayerCases& layer) {
    for (const Case& c : layer.cases) {
      INFO(c.stem << "/" << c.name);
      try {
        const LayerRef made = make_layer(c.layer, c.spec["config"], c.stem);
        const Json config = made->get_config();
        CHECK(config_difference(normalized(config), normalized(c.facts["config"])) == "");
        CHECK(Registry<Layer>::global().make(c.layer, config)->get_config() == config);
        CHECK(Registry<Layer>::global().make(c.layer, c.facts["config"])->get_config() == config);
        CHECK(made->class_name() == c.layer);
      } catch (const std::exception& error) {
        FAIL_CHECK(std::string(error.what()));
      }
    }
  });
}

TEST_CASE("output shapes are Keras's, with unknown dimensions and with data") {
  for_each_call([](const Case& c) {
    Instance instance = make_instance(c);
    if (!instance.call.flag("training")) instance.call.flags.emplace_back("training", c.training());
    const Json& expected = c.facts["compute_output_shape"];
    const auto specs = instance.layer->compute_output_spec(instance.call);
    CallSpec known = instance.call;
    for (std::size_t i = 0; i < known.inputs.size(); ++i) known.inputs[i].shape = instance.inputs[i].shape();
    const auto concrete = instance.layer->compute_output_spec(known);
    REQUIRE(concrete.size() == c.facts["outputs"].size());
    if (!expected.is_null()) {
      const bool several = !expected.empty() && expected[0].is_array();
      Json flat = Json::array();
      if (several)
        for (const Json& shape : expected) {
          if (!shape.empty() && shape[0].is_array())
            for (const Json& inner : shape) flat.push_back(inner);
          else
            flat.push_back(shape);
        }
      else
        flat.push_back(expected);
      // Keras's shape of "glu" is not what Keras then computes.
      const std::string activation =
          c.facts["config"].contains("activation") ? c.facts["config"]["activation"].dump() : "";
      if (c.layer == "EinsumDense") {
        // Keras takes `output_shape` at its word, where the input knows a size that it leaves open.
        Shape shape;
        from_config(flat[0], shape);
        CHECK(specs[0].shape.compatible(shape));
      } else if (activation.find("glu") == std::string::npos) {
        // Keras's method is not told of scores that an argument of the call asks for.
        auto told = specs;
        if (c.layer.ends_with("Attention")) told.resize(std::min(specs.size(), flat.size()));
        CHECK(shapes_json(told) == flat);
      }
    }
    for (std::size_t i = 0; i < concrete.size(); ++i) {
      const Json& output = c.facts["outputs"][i];
      CHECK(Json(std::string(to_string(concrete[i].dtype))) == output["dtype"]);
      CHECK(shapes_json({concrete[i]})[0] == output["shape"]);
      CHECK(specs[i].shape.compatible(concrete[i].shape));
    }
  });
}

TEST_CASE("weights have Keras's names, shapes and order") {
  for_each_call([](const Case& c) {
    const Instance instance = make_instance(c);
    const auto weights = instance.layer->weights();
    REQUIRE(weights.size() == c.facts["weights"].size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Json& expected = c.facts["weights"][i];
      CHECK(Json(weights[i]->name) == expected["name"]);
      Json shape;
      to_config(shape, weights[i]->value.shape());
      CHECK(shape == expected["shape"]);
      const auto trainable = instance.layer->trainable_weights();
      const auto found = std::find(trainable.begin(), trainable.end(), weights[i]);
      CHECK(Json(found == trainable.end() ? Json() : Json(found - trainable.begin())) ==
            expected["gradient"]);
    }
  });
}
