// How layers run: batches, threads, memory, engines.
#include <doctest/doctest.h>

#include <thread>

#include "tests/layers/golden.hpp"
#include "tests/support/allocations.hpp"

using namespace rhyton;
using namespace rhyton::test;

namespace {

/// False where samples of a batch see each other, or the first axis is not the batch.
bool is_batch_independent(const Case& c) {
  if (c.fixed_batch() || c.training() || !c.array("y0")) return false;
  const Json& config = c.facts["config"];
  if (c.layer == "Concatenate" && config.value("axis", -1) == 0) return false;
  const Dim batch = c.array("y0")->shape().rank() > 0 ? c.array("y0")->shape()[0] : 0;
  for (std::size_t i = 0; i < c.facts["inputs"].size(); ++i) {
    const Tensor* x = c.array("x" + std::to_string(i));
    if (!x || x->shape().empty() || x->shape()[0] != batch) return false;
  }
  return batch > 1;
}

std::vector<Tensor> outputs_of(Execution& execution) {
  std::vector<Tensor> out;
  for (int i = 0; i < execution.run->outputs(); ++i) out.emplace_back(execution.run->output(i));
  return out;
}

}  // namespace

TEST_CASE("a batch of n is n batches of one") {
  for_each_call([](const Case& c) {
    if (!is_batch_independent(c)) return;
    const Instance instance = make_instance(c);
    Execution whole(instance, predict_options());
    whole.forward();
    for (Dim row = 0; row < c.array("y0")->shape()[0]; ++row) {
      std::vector<Tensor> one;
      for (const Tensor& x : instance.inputs) one.push_back(x.rows(row, row + 1));
      Execution single(instance, predict_options(), &one);
      single.forward();
      for (int i = 0; i < whole.run->outputs(); ++i) {
        INFO("row " << row << ", output " << i);
        CHECK(difference(single.run->output(i), Tensor(whole.run->output(i)).rows(row, row + 1)) == "");
      }
    }
  });
}

TEST_CASE("two threads predict at once on two runs") {
  for_each_call([](const Case& c) {
    const Instance instance = make_instance(c);
    Execution first(instance, predict_options()), second(instance, predict_options());
    const auto work = [](Execution& execution) {
      for (int i = 0; i < 3; ++i) execution.forward();
    };
    std::thread other([&] { work(second); });
    work(first);
    other.join();
    const auto a = outputs_of(first), b = outputs_of(second);
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(difference(a[i], b[i], {0.0, 0.0}) == "");
  });
}

TEST_CASE("a warm run allocates nothing and repeats its results") {
  for_each_call([](const Case& c) {
    const Instance instance = make_instance(c);
    if (!c.facts["inputs"].empty() && c.facts["inputs"][0]["dtype"].get<std::string>() == "string") return;
    for (const bool training : {false, true}) {
      if (training && !instance.layer->has_backward()) continue;
      INFO(std::string(training ? "training" : "predicting"));
      Execution execution(instance, training ? training_options(c.training()) : predict_options());
      if (training) execution.step(c);
      execution.forward();
      const auto before = outputs_of(execution);
      const auto gradients = execution.gradients;
      std::size_t allocations = 0;
      {
        const CountAllocations count;
        execution.run->forward(0);
        allocations = count.so_far();
      }
      CHECK_MESSAGE(allocations == 0, allocations << " allocations in a forward pass");
      if (training) {
        for (int i = 0; i < execution.run->outputs(); ++i)
          if (const View dy = execution.run->output_gradient(i)) copy(*c.array("dy" + std::to_string(i)), dy);
        const CountAllocations count;
        execution.run->backward();
        allocations = count.so_far();
        CHECK_MESSAGE(allocations == 0, allocations << " allocations in a backward pass");
      }
      const auto after = outputs_of(execution);
      for (std::size_t i = 0; i < after.size() && !training; ++i)
        CHECK(difference(after[i], before[i], {0.0, 0.0}) == "");
      for (std::size_t i = 0; i < gradients.size(); ++i)
        CHECK(difference(execution.gradients[i], gradients[i], {1e-6, 1e-7}) == "");
    }
  });
}

TEST_CASE("both engines compute the same") {
  for_each_call([](const Case& c) {
    const Instance instance = make_instance(c);
    if (!instance.layer->has_backward()) return;
    RunOptions options = training_options(c.training());
    options.kernel.engine = Engine::eigen;
    Execution reference(instance, options);
    options.kernel.engine = Engine::onednn;
    Execution fast(instance, options);
    reference.step(c);
    fast.step(c);
    for (int i = 0; i < reference.run->outputs(); ++i)
      CHECK(difference(fast.run->output(i), reference.run->output(i)) == "");
    for (int i = 0; i < reference.run->inputs(); ++i)
      if (const ConstView dx = reference.run->input_gradient(i))
        CHECK(difference(fast.run->input_gradient(i), dx) == "");
    for (std::size_t i = 0; i < reference.gradients.size(); ++i)
      CHECK(difference(fast.gradients[i], reference.gradients[i]) == "");
  });
}
