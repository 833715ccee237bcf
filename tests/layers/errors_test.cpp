// Mistakes are refused in words that name the layer.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/layers/golden.hpp"

using namespace rhyton;
using namespace rhyton::test;

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The message of the error that the case raises up to its stage; empty if there is none.
std::string refusal(const ErrorCase& c) {
  try {
    const LayerRef layer = Registry<Layer>::global().make(c.layer, c.spec["config"]);
    if (c.spec["at"].get<std::string>() == "construct") return "";
    const auto plan = plan_call(layer, error_call(c, true));
    if (c.spec["at"].get<std::string>() == "build") return "";
    const std::vector<Tensor> inputs = error_inputs(c);
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

TEST_CASE("wrong arguments and inputs are refused with the layer's name and what is wrong") {
  for_each_layer([](const LayerCases& layer) {
    for (const ErrorCase& c : layer.errors) {
      INFO(c.stem << "/" << c.name << " at " << std::string(c.spec["at"]));
      try {
        const std::string text = lower(refusal(c));
        if (text.empty()) {
          FAIL_CHECK("accepted");
          continue;
        }
        for (const std::string& part : c.spec["contains"].get<std::vector<std::string>>())
          CHECK_MESSAGE(text.find(lower(part)) != std::string::npos, "no '" << part << "' in: " << text);
        CHECK_MESSAGE(text.find(lower(c.layer)) != std::string::npos, "no layer in: " << text);
      } catch (const std::exception& error) {
        FAIL_CHECK("not a rhyton::Error: " << error.what());
      }
    }
  });
}
