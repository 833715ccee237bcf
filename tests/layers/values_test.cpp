// What layers compute, against real Keras: outputs, masks, gradients, state after a training step.
#include <doctest/doctest.h>

#include "tests/layers/golden.hpp"

using namespace rhyton;
using namespace rhyton::test;

namespace {

void check_outputs(const Case& c, Execution& execution) {
  REQUIRE(execution.run->outputs() == static_cast<int>(c.facts["outputs"].size()));
  for (int i = 0; i < execution.run->outputs(); ++i) {
    INFO("output " << i);
    CHECK(difference(execution.run->output(i), expected_output(c, i)) == "");
    const ConstView mask = execution.run->output_mask(i);
    const Tensor* expected = c.array("mask" + std::to_string(i));
    // Keras's inner Softmax layer leaves its mask on the attention scores, where it means nothing.
    const bool scores = i == 1 && c.layer.ends_with("Attention");
    if (expected && !scores)
      CHECK(difference(mask, *expected) == "");
    else
      CHECK_MESSAGE(!mask, "output " << i << " carries a mask that Keras does not give it");
  }
}

void repeat_stateful(const Case& c, Execution& execution) {
  for (int i = c.spec.value("calls", 1); i > 1; --i) {
    execution.forward();
    execution.run->commit_updates();
  }
}

}  // namespace

TEST_CASE("outputs and masks are Keras's") {
  for_each_call([](const Case& c) {
    const Instance instance = make_instance(c);
    RunOptions options = predict_options();
    options.training = c.training();
    Execution execution(instance, options);
    repeat_stateful(c, execution);
    execution.forward();
    check_outputs(c, execution);
  });
}

TEST_CASE("adapt learns what Keras learns") {
  for_each_call([](const Case& c) {
    if (!c.spec.contains("adapt")) return;
    const LayerRef layer = make_layer(c.layer, c.spec["config"], c.stem);
    dynamic_cast<Adaptable&>(*layer).adapt(adapt_data(c));
    const auto weights = layer->weights();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      INFO("weight " << weights[i]->name);
      CHECK(difference(weights[i]->value, *c.array("w" + std::to_string(i))) == "");
    }
  });
}

TEST_CASE("what has its size from its input's values is Keras's") {
  for_each_layer([](const LayerCases& layer) {
    for (const Case& c : layer.cases) {
      if (!c.has_inputs() || !sized_by_values(c)) continue;
      INFO(c.stem << "/" << c.name);
      const Instance instance = make_instance(c);
      const auto& eager = dynamic_cast<const EagerLayer&>(*instance.layer);
      CHECK(difference(eager.transform(instance.inputs[0]), expected_output(c, 0)) == "");
    }
  });
}

TEST_CASE("gradients are Keras's, whatever lay in their place, and add up where asked") {
  for_each_call([](const Case& c) {
    const Instance instance = make_instance(c);
    if (!instance.layer->has_backward()) return;
    Execution execution(instance, training_options(c.training()));
    repeat_stateful(c, execution);
    execution.step(c);
    check_outputs(c, execution);
    for (int i = 0; i < execution.run->inputs(); ++i) {
      INFO("input " << i);
      const Tensor* dx = c.array("dx" + std::to_string(i));
      // Keras's gradient is that of the outputs alone, ours holds the penalty too: finite differences check
      // it.
      if (!dx || instance.layer->activity_regularizer()) continue;
      const ConstView found = execution.run->input_gradient(i);
      // Keras records zeros where an output does not depend on an input.
      CHECK(difference(found ? Tensor(found) : Tensor(dx->shape()), *dx) == "");
    }
    std::vector<Tensor> twice;
    for (std::size_t i = 0; i < execution.gradients.size(); ++i) {
      INFO("trainable weight " << i);
      const Tensor* dw = c.array("dw" + std::to_string(i));
      REQUIRE(dw);
      CHECK(difference(execution.gradients[i], *dw) == "");
      twice.push_back(execution.gradients[i]);
      for (float& g : std::span(twice[i].data(), static_cast<std::size_t>(twice[i].size()))) g *= 2.0f;
    }
    if (instance.layer->non_trainable_weights().empty() || !c.training()) {
      execution.step(c, true);
      for (std::size_t i = 0; i < twice.size(); ++i)
        CHECK(difference(execution.gradients[i], twice[i]) == "");
    }
  });
}

TEST_CASE("what a training call changes is Keras's") {
  for_each_call([](const Case& c) {
    if (!c.training()) return;
    const Instance instance = make_instance(c);
    Execution execution(instance, training_options(true));
    execution.step(c);
    execution.run->commit_updates();
    const auto weights = instance.layer->weights();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      INFO("weight '" << weights[i]->name << "'");
      if (const Tensor* after = c.array("w" + std::to_string(i) + "_after"))
        CHECK(difference(weights[i]->value, *after) == "");
    }
  });
}

TEST_CASE("gradients are those of finite differences in double precision") {
  for_each_call([](const Case& c) {
    const Instance instance = make_instance(c);
    if (!instance.layer->has_backward()) return;
    // A training call changes the kernel first, and its gradient is that of the changed one.
    if (c.layer == "SpectralNormalization" && c.training()) return;
    GradientCheckOptions options;
    // Masking jumps where its inputs are the masked value: numbers elsewhere.
    if (c.layer != "Masking") options.values = instance.inputs;
    options.training = c.training();
    options.samples = 25;
    CallSpec call = instance.call;
    const GradientCheck found = check_gradient(instance.layer, call, options);
    INFO(found.where);
    CHECK(found.error <= options.tolerance);
  });
}
