// Optimizers that update a weight while backward makes its gradient train as those that wait for all
// gradients.
#include <doctest/doctest.h>

#include "rhyton.hpp"
#include "tests/layers/golden.hpp"

namespace rhyton::test {

namespace {

Tensor uniform(const Shape& shape, std::uint64_t seed) {
  Tensor t(shape);
  Rng(seed).fill_uniform(t.view(), -1.0, 1.0);
  return t;
}

/// Wide enough for products that hand their gradient on; sizes that fill no vector, a penalty, a weight that
/// two steps share, and one that the forward pass changes.
Model wide_model() {
  set_random_seed(3);
  LayerRef shared = Dense({.units = 70, .activation = "tanh", .name = "shared"});
  Input x({.shape = {70}, .name = "x"});
  auto y = shared(shared(x));
  y = Dense({.units = 1405, .activation = "relu", .name = "wide"})(y);
  y = Dense({.units = 1501, .activation = "relu", .name = "large"})(y);
  y = Dense({.units = 512, .kernel_regularizer = regularizers::L2({.l2 = 1e-3}), .name = "penalized"})(y);
  y = Dense({.units = 512, .kernel_constraint = constraints::MaxNorm({.max_value = 1.5}), .name = "bounded"})(
      y);
  y = SpectralNormalization({.layer = Dense({.units = 200, .name = "normalized"})})(y);
  return Model({x}, {Dense({.units = 3, .name = "last"})(y)});
}

/// Trains and compares with the same optimizer when it is told to bound gradients, by more than they are: it
/// then looks at all of them first.
template <class O>
void check_as_unstreamed(typename O::Config config) {
  CAPTURE(O::keras_name);
  auto bounded = config;
  bounded.clipvalue = 1e30;
  Model streamed = wide_model(), plain = wide_model();
  streamed.compile({.optimizer = O(config), .loss = "mse"});
  plain.compile({.optimizer = O(bounded), .loss = "mse"});
  REQUIRE(streamed.optimizer().streams());
  REQUIRE_FALSE(plain.optimizer().streams());
  // The second batch is too small for kernels that stream.
  int step = 0;
  for (const Dim rows : {20, 5, 20, 64}) {
    CAPTURE(step);
    const Tensor x = uniform({rows, 70}, 10 + step), y = uniform({rows, 3}, 20 + step);
    if (step == 2 && !streamed.optimizer().has_schedule())
      for (Model* model : {&streamed, &plain}) model->optimizer().set_learning_rate(2e-3);
    const double loss = plain.train_on_batch({x}, {y})[0].second;
    CHECK(streamed.train_on_batch({x}, {y})[0].second == doctest::Approx(loss).epsilon(1e-5));
    ++step;
  }
  const auto weights = streamed.get_weights(), expected = plain.get_weights();
  REQUIRE(weights.size() == expected.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    CAPTURE(i);
    CHECK(difference(weights[i], expected[i]) == "");
  }
  const auto state = streamed.optimizer().state(), others = plain.optimizer().state();
  REQUIRE(state.size() == others.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    CAPTURE(state[i].name);
    CHECK(difference(Tensor(state[i].view), Tensor(others[i].view)) == "");
  }
}

}  // namespace

TEST_CASE("training: updates while backward runs equal updates after it") {
  for (const int threads : {1, 2}) {
    set_threads(threads);
    check_as_unstreamed<Adam>({});
    check_as_unstreamed<Adam>({.learning_rate = ExponentialDecay(
                                   {.initial_learning_rate = 1e-3, .decay_steps = 2, .decay_rate = 0.5}),
                               .amsgrad = true,
                               .weight_decay = 0.01,
                               .use_ema = true,
                               .ema_momentum = 0.5});
    check_as_unstreamed<SGD>({.learning_rate = 1e-3, .momentum = 0.9, .nesterov = true});
    check_as_unstreamed<RMSprop>({.momentum = 0.5, .centered = true});
  }
  set_threads(1);
}

TEST_CASE("training: gradients that something else wants are not streamed") {
  CHECK_FALSE(Adam({.clipnorm = 1.0}).streams());
  CHECK_FALSE(Adam({.global_clipnorm = 1.0}).streams());
  CHECK_FALSE(Adam({.gradient_accumulation_steps = 2}).streams());
  CHECK_FALSE(Adam({.loss_scale_factor = 16.0}).streams());  // scaled behind backward
  CHECK_FALSE(LossScaleOptimizer({.inner_optimizer = Adam()}).streams());
  CHECK_FALSE(Lamb().streams());
}

}  // namespace rhyton::test
