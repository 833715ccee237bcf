// What whole models need: no allocation once they are warm, and little more memory than their lifetimes ask
// for.
#include <doctest/doctest.h>

#include "nn/models/run_pool.hpp"
#include "nn/models/trainer.hpp"
#include "rhyton.hpp"
#include "tests/graph/bench_models.hpp"
#include "tests/models/golden_model.hpp"
#include "tests/support/allocations.hpp"

namespace rhyton::test {

namespace {

struct Example {
  std::string name;
  Model model;
  Tensor x;
};

Tensor random(const Shape& shape) {
  Tensor out(shape);
  Rng(11).fill_normal(out.view());
  return out;
}

Model residual_model() {
  Input in({12, 12, 3});
  const auto block = [](const SymbolicTensor& x, Dim filters) {
    const SymbolicTensor a =
        LayerRef(Conv2D({.filters = filters, .kernel_size = 3, .padding = "same", .use_bias = false}))(x);
    return LayerRef(ReLU())(LayerRef(BatchNormalization())(a));
  };
  const SymbolicTensor first = block(in, 16);
  const SymbolicTensor sum = LayerRef(Add())({first, block(first, 16)});
  const SymbolicTensor top = LayerRef(GlobalAveragePooling2D())(LayerRef(MaxPooling2D())(block(sum, 32)));
  return Model({in}, {LayerRef(Dense({.units = 5, .activation = "softmax"}))(top)});
}

Model attention_model() {
  Input in({10, 16});
  const SymbolicTensor attended = LayerRef(MultiHeadAttention({.num_heads = 2, .key_dim = 8}))({in, in});
  const SymbolicTensor x = LayerRef(LayerNormalization())(LayerRef(Add())({in, attended}));
  const SymbolicTensor wide = LayerRef(Dense({.units = 32, .activation = "gelu"}))(x);
  const SymbolicTensor top = LayerRef(GlobalAveragePooling1D())(LayerRef(Dense({.units = 16}))(wide));
  return Model({in}, {LayerRef(Dense({.units = 5, .activation = "softmax"}))(top)});
}

std::vector<Example> examples() {
  set_random_seed(1);
  std::vector<Example> out;
  out.push_back({"dense",
                 Sequential({Input({30}), Dense({.units = 40, .activation = "relu"}), Dropout({.rate = 0.2}),
                             Dense({.units = 5, .activation = "softmax"})}),
                 random({8, 30})});
  out.push_back(
      {"convolutions",
       Sequential({Input({28, 28, 1}), Conv2D({.filters = 32, .kernel_size = 3, .activation = "relu"}),
                   MaxPooling2D(), Conv2D({.filters = 32, .kernel_size = 3, .activation = "relu"}),
                   MaxPooling2D(), Flatten(), Dense({.units = 5, .activation = "softmax"})}),
       random({8, 28, 28, 1})});
  out.push_back({"residual", residual_model(), random({4, 12, 12, 3})});
  out.push_back({"attention", attention_model(), random({4, 10, 16})});
  out.push_back({"recurrent",
                 Sequential({Input({7, 6}), LSTM({.units = 16, .return_sequences = true}), GRU({.units = 8}),
                             Dense({.units = 5, .activation = "softmax"})}),
                 random({4, 7, 6})});
  for (Example& e : out) e.model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  return out;
}

RunOptions options_of(Model& model, bool training) {
  RunOptions options;
  options.kernel = model.kernel_options();
  options.training = options.gradients = training;
  if (training) options.wants_logits = model.trainer().wants_logits();
  return options;
}

}  // namespace

TEST_CASE("memory: a warm predict or training step of a model allocates nothing") {
  for (Example& e : examples()) {
    CAPTURE(e.name);
    Tensor y;
    Tensor* const outputs[] = {&y};
    Tensor labels({e.x.shape()[0]}, DType::int64);
    const std::vector<Tensor> xs{e.x}, ys{labels};
    for (int i = 0; i < 2; ++i) {
      e.model.predict_on_batch(xs, outputs);
      e.model.train_on_batch(xs, ys);
    }
    std::size_t predicting = 0, training = 0;
    {
      const CountAllocations count;
      e.model.predict_on_batch(xs, outputs);
      predicting = count.so_far();
    }
    {
      const CountAllocations count;
      e.model.train_on_batch(xs, ys);
      training = count.so_far();
    }
    CHECK(predicting == 0);
    CHECK(training == 0);
  }
}

TEST_CASE("memory: an arena is at most a fifth larger than its lifetimes need") {
  const auto check = [](const std::string& name, Model& model, const Shapes& shapes, bool training) {
    CAPTURE(name);
    CAPTURE(training);
    const auto run = model.runs().acquire(shapes, options_of(model, training));
    CAPTURE(run->arena_bytes());
    CAPTURE(run->arena_lower_bound());
    CHECK(static_cast<double>(run->arena_bytes()) <= 1.2 * static_cast<double>(run->arena_lower_bound()));
  };
  for (const bool training : {false, true}) {
    for (Example& e : examples()) check(e.name, e.model, {e.x.shape()}, training);
    for (BenchModel& b : bench_models())
      for (const Dim batch : {1, 8}) {
        Shape shape = b.model.graph().inputs()[0].shape();
        shape[0] = batch;
        check(b.name, b.model, {shape}, training);
      }
    for (const GoldenModel& golden : golden_models("trajectories")) {
      Model model = golden.make();
      model.compile(compile_arguments(golden.facts["compile"]));
      Shapes shapes;
      for (const Tensor& x : golden.list("x")) shapes.push_back(x.shape());
      check(golden.name, model, shapes, training);
    }
  }
}

}  // namespace rhyton::test
