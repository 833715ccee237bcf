// What recurrent layers do that one call of a layer does not show: cells of the user's own, dropout, states
// that last.
#include <doctest/doctest.h>

#include <cmath>
#include <rhyton.hpp>

#include "layers/rnn/conv_lstm1d.hpp"

using namespace rhyton;

namespace {

struct LeakyCellConfig {
  std::int64_t units = 0;
  RHYTON_LAYER_ARGUMENTS;
  void fields(ConfigFields& f) { f.required("units", units); }
};

/// h' = tanh(x w) + leak h, one leak for each unit; it is made of layers that there are.
class LeakyCell final : public LayerOf<LeakyCell, LeakyCellConfig>, public RecurrentCell {
 public:
  static constexpr const char* keras_name = "tests>LeakyCell";
  explicit LeakyCell(Config config) : LayerOf(std::move(config)) {}
  std::vector<Dim> state_size() const override { return {config_.units}; }

  void build(const CallSpec& spec) override {
    kernel_ = add_weight("kernel", {spec.shape()[-1], config_.units}, {"glorot_uniform"});
    leak_ = add_weight("leak", {config_.units}, {initializers::Constant({.value = 0.5})});
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return std::vector<TensorSpec>(2, {{spec.shape()[0], config_.units}, spec.inputs[0].dtype});
  }
  void call(Call& c) const override {
    dispatch_real(c.real(), [&]<class T>(T) {
      for_cells(c, [&](Dim row, Dim u, Dim at) {
        const T h =
            std::tanh(product<T>(c, row, u)) + c.weight(leak_).data<T>()[u] * c.input(1).data<T>()[at];
        c.output(0).data<T>()[at] = c.output(1).data<T>()[at] = h;
      });
    });
  }
  void backward(Backward& b) const override {
    dispatch_real(b.real(), [&]<class T>(T) {
      const Dim in = b.input().shape()[-1];
      for (int i : {0, 1})
        if (const View dx = b.dx(i)) fill(dx, 0.0);
      for_cells(b, [&](Dim row, Dim u, Dim at) {
        T dh = 0;
        for (int i : {0, 1})
          if (const ConstView dy = b.dy(i)) dh += dy.data<T>()[at];
        const T y = std::tanh(product<T>(b, row, u)), dz = dh * (1 - y * y);
        const T *x = b.input().data<T>() + row * in, *w = b.weight(kernel_).data<T>();
        if (b.dx(1)) b.dx(1).data<T>()[at] += dh * b.weight(leak_).data<T>()[u];
        if (b.dw(leak_)) b.dw(leak_).data<T>()[u] += dh * b.input(1).data<T>()[at];
        for (Dim k = 0; k < in; ++k) {
          if (b.dx()) b.dx().data<T>()[row * in + k] += dz * w[k * config_.units + u];
          if (b.dw(kernel_)) b.dw(kernel_).data<T>()[k * config_.units + u] += dz * x[k];
        }
      });
    });
  }

 private:
  template <class F>
  void for_cells(const StepContext& c, F&& f) const {
    for (Dim row = 0; row < c.input().shape()[0]; ++row)
      for (Dim u = 0; u < config_.units; ++u) f(row, u, row * config_.units + u);
  }
  template <class T>
  T product(const StepContext& c, Dim row, Dim u) const {
    const Dim in = c.input().shape()[-1];
    T sum = 0;
    for (Dim k = 0; k < in; ++k)
      sum += c.input().data<T>()[row * in + k] * c.weight(kernel_).data<T>()[k * config_.units + u];
    return sum;
  }
  int kernel_ = -1, leak_ = -1;
};

Tensor random_tensor(const Shape& shape, std::uint64_t seed) {
  Tensor out(shape);
  Rng(seed).fill_normal(out.view());
  return out;
}

void check(const LayerRef& layer, const Shape& x, bool training = false) {
  const auto result = check_gradient(layer, {x}, {.training = training, .seed = 3});
  INFO(layer->label() << ": " << result.where);
  CHECK(result.passed);
  CHECK(result.compared > 0);
}

}  // namespace

TEST_CASE("recurrent: RNN loops over a cell of the user's own") {
  const LayerRef rnn = RNN({.cell = LeakyCell({.units = 2}), .return_sequences = true});
  Sequential model({Input({3, 4}), rnn});
  const Tensor x = random_tensor({2, 3, 4}, 1);
  const Tensor y = model.predict(x);
  const auto weights = rnn->weights();
  for (Dim row = 0; row < 2; ++row)
    for (Dim u = 0; u < 2; ++u) {
      double h = 0.0;
      for (Dim t = 0; t < 3; ++t) {
        double sum = 0.0;
        for (Dim k = 0; k < 4; ++k)
          sum += x.data()[(row * 3 + t) * 4 + k] * weights[0]->value.data()[k * 2 + u];
        h = std::tanh(sum) + 0.5 * h;
        CHECK(y.data()[(row * 3 + t) * 2 + u] == doctest::Approx(h).epsilon(1e-5));
      }
    }
}

TEST_CASE("recurrent: gradients go back through time in every loop") {
  check(RNN({.cell = LeakyCell({.units = 2}), .return_sequences = true}), {2, 3, 4});
  check(RNN({.cell = StackedRNNCells({.cells = {LeakyCell({.units = 2}), LSTMCell({.units = 3})}})}),
        {2, 3, 4});
  check(Bidirectional({.layer = GRU({.units = 3, .return_sequences = true}), .merge_mode = "mul"}),
        {2, 3, 4});
  check(TimeDistributed({.layer = LSTM({.units = 2})}), {2, 3, 4, 2});
}

TEST_CASE("recurrent: gradients pass what dropout kept") {
  check(SimpleRNN({.units = 3, .dropout = 0.4, .recurrent_dropout = 0.3}), {2, 3, 4}, true);
  check(LSTM({.units = 3, .dropout = 0.4, .recurrent_dropout = 0.3, .return_sequences = true}), {2, 3, 4},
        true);
  check(LSTM({.units = 3, .dropout = 0.4}), {2, 3, 4}, true);
  check(GRU({.units = 3, .dropout = 0.4, .recurrent_dropout = 0.3}), {2, 3, 4}, true);
  check(GRU({.units = 3, .reset_after = false, .dropout = 0.4, .recurrent_dropout = 0.3}), {2, 3, 4}, true);
  check(ConvLSTM1D({.filters = 2, .kernel_size = 2, .dropout = 0.4, .recurrent_dropout = 0.3}), {2, 3, 5, 2},
        true);
}

TEST_CASE("recurrent: dropout draws once for a sequence") {
  const LayerRef rnn = SimpleRNN(
      {.units = 8, .activation = "linear", .use_bias = false, .dropout = 0.5, .return_sequences = true});
  CallSpec call;
  call.inputs = {{{4, 5, 8}, DType::float32}};
  call.roles = {""};
  call.masks.resize(1);
  const auto plan = plan_call(rnn, call);
  Tensor eye({8, 8});
  fill(eye.view(), 0.0);
  for (Dim i = 0; i < 8; ++i) eye.data()[i * 8 + i] = 1.0f;
  Tensor none({8, 8});
  fill(none.view(), 0.0);
  rnn->set_weights({eye, none});
  Tensor ones({4, 5, 8});
  fill(ones.view(), 1.0);
  RunOptions options;
  options.training = true;
  Run run(plan, {ones.shape()}, options);
  std::vector<Tensor> made;
  for (std::uint64_t seed : {1u, 2u}) {
    run.set_input(0, ones);
    run.forward(seed);
    made.emplace_back(run.output(0));
  }
  int kept = 0;
  for (Dim row = 0; row < 4; ++row)
    for (Dim u = 0; u < 8; ++u)
      for (Dim t = 0; t < 5; ++t) {
        const float now = made[0].data()[(row * 5 + t) * 8 + u], first = made[0].data()[row * 5 * 8 + u];
        CHECK((now == 0.0f || now == doctest::Approx(2.0)));
        CHECK(now == first);
        kept += t == 0 && now != 0.0f ? 1 : 0;
      }
  CHECK(kept > 4);
  CHECK(kept < 28);
  CHECK(made[0].values() != made[1].values());
}

TEST_CASE("recurrent: states last from batch to batch until they are reset") {
  const std::vector<LayerRef> layers = {
      LSTM({.units = 3, .stateful = true}), RNN({.cell = LeakyCell({.units = 2}), .stateful = true}),
      RNN({.cell = StackedRNNCells({.cells = {GRUCell({.units = 2}), LSTMCell({.units = 3})}}),
           .stateful = true})};
  for (const LayerRef& layer : layers) {
    INFO(layer->label());
    Sequential model({Input({.shape = {3, 4}, .batch_size = 2}), layer});
    const Tensor x = random_tensor({2, 3, 4}, 5);
    const auto first = model.predict(x, {.batch_size = 2}).values();
    CHECK(model.predict(x, {.batch_size = 2}).values() != first);
    layer->reset_states();
    CHECK(model.predict(x, {.batch_size = 2}).values() == first);
  }
}

TEST_CASE("recurrent: a model with a cell of the user's own is written and read") {
  if (!Registry<Layer>::global().contains("tests>LeakyCell"))
    Registry<Layer>::global().add_class<LeakyCell>();
  Sequential model({Input({3, 4}), RNN({.cell = LeakyCell({.units = 2})}), Dense({.units = 1})});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor x = random_tensor({8, 3, 4}, 7), y = random_tensor({8, 1}, 8);
  model.fit(x, y, {.epochs = 2, .verbose = 0});
  const auto path = std::filesystem::temp_directory_path() / "rhyton_own_cell.keras";
  save_model(model, path.string());
  CHECK(load_model(path.string()).predict(x).values() == model.predict(x).values());
  std::filesystem::remove(path);
}

TEST_CASE("recurrent: penalties inside of TimeDistributed count at every step, in evaluation too") {
  Sequential model(
      {Input({3, 2}), TimeDistributed(Sequential({Input({2}), ActivityRegularization({.l2 = 0.5})}))});
  model.compile({.optimizer = SGD(), .loss = "mse"});
  const Tensor x({2, 3, 2}, std::vector<float>(12, 1.0f));
  // Each of three steps adds 0.5 (1 + 1) for each of two samples, divided by two.
  CHECK(model.evaluate(x, x)["loss"] == doctest::Approx(3.0));
}
