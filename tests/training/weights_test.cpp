// Initializers, regularizers, constraints and activation arguments. Numbers come from Keras 3.15.1.
#include <nlohmann/json.hpp>

#include "nn/activations/activation_fn.hpp"
#include "nn/constraints/constraint.hpp"
#include "nn/initializers/constant.hpp"
#include "nn/initializers/random.hpp"
#include "nn/load_scope.hpp"
#include "nn/regularizers/regularizer.hpp"
#include "tests/training/support.hpp"

using namespace rhyton;

namespace {

const Tensor weight({2, 3}, {1.0f, -2.0f, 0.5f, 0.0f, 3.0f, -0.25f});

Tensor initialized(const Initializer& init, const Shape& shape, std::uint64_t seed = 1) {
  Tensor out(shape);
  Rng rng(seed);
  (*init)(out.view(), rng);
  return out;
}

struct Moments {
  double mean = 0.0, stddev = 0.0, largest = 0.0;
};
Moments moments(const Tensor& t) {
  Moments m;
  const auto n = static_cast<double>(t.size());
  for (float v : t.values()) m.mean += v / n;
  for (float v : t.values()) {
    m.stddev += (v - m.mean) * (v - m.mean) / n;
    m.largest = std::max(m.largest, std::abs(static_cast<double>(v)));
  }
  m.stddev = std::sqrt(m.stddev);
  return m;
}

void check_regularizer(const Regularizer& r, double value, const std::vector<double>& gradient) {
  CHECK(close(r->value(weight), value));
  Tensor dw = Tensor::full(weight.shape(), 1.0);
  r->add_gradient(weight, dw.view(), 2.0);
  std::vector<double> expected;
  for (double g : gradient) expected.push_back(1.0 + 2.0 * g);
  check_close(dw, expected);
}

Tensor constrained(const Constraint& c) {
  Tensor w = weight;
  c->apply(w.view());
  return w;
}

}  // namespace

TEST_CASE("the generator is Philox4x32-10") {
  // Known answers of the reference implementation for counter 0 and key 0.
  Rng rng(0);
  CHECK(rng.next() == 0x6627e8d5u);
  CHECK(rng.next() == 0xe169c58du);
  CHECK(rng.next() == 0xbc57ac4cu);
  CHECK(rng.next() == 0x9b00dbd8u);
  Rng a(7), b = a.split(1), c = a.split(2);
  CHECK(b.next() != c.next());
  CHECK(a.split(1).next() == Rng(7).split(1).next());
  set_random_seed(3);
  const auto first = next_global_rng().next();
  CHECK(next_global_rng().next() != first);
  set_random_seed(3);
  CHECK(next_global_rng().next() == first);
}

TEST_CASE("random fills have their distributions") {
  const Moments uniform =
      moments(initialized(initializers::RandomUniform({.minval = -1.0, .maxval = 3.0}), {40001}));
  CHECK(uniform.mean == doctest::Approx(1.0).epsilon(0.03));
  CHECK(uniform.stddev == doctest::Approx(4.0 / std::sqrt(12.0)).epsilon(0.03));
  const Moments normal =
      moments(initialized(initializers::RandomNormal({.mean = 2.0, .stddev = 0.5}), {40001}));
  CHECK(normal.mean == doctest::Approx(2.0).epsilon(0.03));
  CHECK(normal.stddev == doctest::Approx(0.5).epsilon(0.03));
  const Moments truncated = moments(initialized("truncated_normal", {40001}));
  CHECK(truncated.largest <= 0.1);
  CHECK(truncated.stddev == doctest::Approx(0.05 * 0.8796).epsilon(0.03));
  // limit = sqrt(6 / (fan_in + fan_out)) with the receptive field in both fans
  const Moments glorot = moments(initialized("glorot_uniform", {3, 3, 16, 32}));
  const double limit = std::sqrt(6.0 / (9 * 16 + 9 * 32));
  CHECK(glorot.largest <= limit);
  CHECK(glorot.largest == doctest::Approx(limit).epsilon(0.01));
  CHECK(moments(initialized("he_normal", {128, 64})).stddev ==
        doctest::Approx(std::sqrt(2.0 / 128)).epsilon(0.03));
}

TEST_CASE("initializers: seeds, constants and orthogonality") {
  const Initializer seeded = initializers::GlorotUniform({.seed = 5});
  CHECK(initialized(seeded, {4, 4}, 1).values() == initialized(seeded, {4, 4}, 2).values());
  CHECK(initialized("glorot_uniform", {4, 4}, 1).values() !=
        initialized("glorot_uniform", {4, 4}, 2).values());
  check_close(initialized(initializers::Identity({.gain = 2.0}), {2, 3}), {2, 0, 0, 0, 2, 0});
  check_close(initialized(initializers::Constant({.value = 0.5}), {2}), {0.5, 0.5});
  const Initializer array = Registry<InitializerBase>::global().make_from_json(
      parse_json(R"({"class_name": "Constant", "config": {"value": [[1, 2], [3, 4.5]]}})"));
  check_close(initialized(array, {2, 2}), {1, 2, 3, 4.5});
  CHECK_THROWS_AS(initialized(array, {4}), ValueError);
  CHECK_THROWS_AS(initialized("identity", {2, 2, 2}), ValueError);
  for (const Shape& shape : {Shape{3, 5}, Shape{2, 3, 4}}) {
    const Tensor q = initialized("orthogonal", shape);
    const Dim rows = shape.product(0, shape.rank() - 1), columns = shape.back();
    const bool by_rows = rows < columns;
    for (Dim i = 0; i < std::min(rows, columns); ++i)
      for (Dim j = 0; j <= i; ++j) {
        double product = 0.0;
        for (Dim k = 0; k < std::max(rows, columns); ++k)
          product += by_rows ? q.data()[i * columns + k] * q.data()[j * columns + k]
                             : q.data()[k * columns + i] * q.data()[k * columns + j];
        CHECK(close(product, i == j ? 1.0 : 0.0));
      }
  }
}

TEST_CASE("STFT kernels: cosines and sines under a window") {
  const double h = std::sqrt(0.5 * 0.5 + 1.0 + 0.5 * 0.5);  // hann of 5: 0, 1/2, 1, 1/2, 0
  check_close(initialized("stft", {5, 1, 3}),
              {0, 0, 0, 0.5 / h, 0, -0.5 / h, 1 / h, -1 / h, 1 / h, 0.5 / h, 0, -0.5 / h, 0, 0, 0});
  const Initializer imaginary = initializers::STFT({.side = "imag", .window = std::nullopt});
  check_close(initialized(imaginary, {2, 1, 3}), {0, 0, 0, 0, -1, 0});
  CHECK_THROWS_AS(initializers::STFT({.window = "kaiser"}), NotSupported);
}

TEST_CASE("every initializer of Keras makes its configuration again") {
  auto& registry = Registry<InitializerBase>::global();
  for (const std::string& name : registry.names()) {
    CAPTURE(name);
    const auto made = registry.make(name);
    CHECK(made->get_config() == registry.make(name, made->get_config())->get_config());
    CHECK(registry.contains(snake_case(name)));
  }
  for (const char* name :
       {"uniform", "normal", "zero", "one", "zeros", "lecun_uniform", "OrthogonalInitializer"})
    CHECK(registry.contains(name));
  CHECK(registry.make("glorot_uniform")->get_config() == parse_json(R"({"seed": null})"));
  const auto axes = parse_json(R"({"seed": 3, "input_axes": [0], "output_axes": [1]})");
  CHECK(registry.make("HeNormal", axes)->get_config() == axes);
  CHECK_THROWS_AS(registry.make("VarianceScaling", parse_json(R"({"mode": "fan"})")), ValueError);
  CHECK_THROWS_AS(Initializer("nothing"), ValueError);
}

TEST_CASE("regularizers: values and gradients") {
  check_regularizer("l1", 0.06749999523162842, {0.01, -0.01, 0.01, 0, 0.01, -0.01});
  check_regularizer("l2", 0.1431249976158142, {0.02, -0.04, 0.01, 0, 0.06, -0.005});
  check_regularizer(regularizers::L1L2({.l1 = 0.1, .l2 = 0.2}), 3.5374999046325684,
                    {0.5, -0.9, 0.3, 0, 1.3, -0.2});
  check_regularizer(regularizers::OrthogonalRegularizer({.factor = 0.3}), 0.2663935422897339,
                    {-0.050741624, -0.028995223, -0.014497606, -0.043492824, -0.001199819, -0.014397623});
  check_regularizer(regularizers::OrthogonalRegularizer({.factor = 0.3, .mode = "columns"}),
                    0.23173707723617554,
                    {0, -0.030650519, -0.003914028, -0.1279264, -0.020433683, -0.007828057});
  CHECK(Regularizer("l1")->get_config()["l1"] == 0.009999999776482582);
  CHECK(Regularizer("l2")->get_config()["l2"] == 0.01);
  CHECK_THROWS_AS(regularizers::L2({.l2 = -1.0}), ValueError);
}

TEST_CASE("constraints project weights") {
  check_close(constrained(constraints::MaxNorm({.max_value = 1.5})),
              {0.9999999, -0.8320503, 0.49999988, 0, 1.2480755, -0.24999994});
  check_close(constrained(constraints::UnitNorm({.axis = 1})),
              {0.43643576, -0.8728715, 0.21821788, 0, 0.9965458, -0.08304548});
  check_close(constrained(constraints::MinMaxNorm({.min_value = 0.5, .rate = 0.75, .axis = {0, 1}})),
              {0.44824558, -0.89649117, 0.22412279, 0, 1.3447368, -0.112061396});
  check_close(constrained(constraints::MinMaxNorm({.min_value = 4.0, .max_value = 5.0, .axis = 1})),
              {1.745743, -3.491486, 0.8728715, 0, 3.9861832, -0.33218193});
  check_close(constrained("non_neg"), {1, 0, 0.5, 0, 3, 0});
  const auto config = parse_json(R"({"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": [0, 1]})");
  CHECK(Registry<ConstraintBase>::global().make("MinMaxNorm", config)->get_config() == config);
}

TEST_CASE("activation arguments: every form that Keras writes") {
  auto read = [](const char* text) {
    ActivationFn out;
    from_config(parse_json(text), out);
    return out;
  };
  auto written = [](const ActivationFn& fn) {
    Json json;
    to_config(json, fn);
    return json;
  };
  CHECK(read("null").is_linear());
  CHECK(written(ActivationFn()) == "linear");
  CHECK(written(ActivationFn("swish")) == "silu");
  for (
      const char* text :
      {R"("relu")",
       R"({"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"})",
       R"({"module": "keras.activations", "class_name": "function", "config": "relu", "registered_name": "relu"})"}) {
    CHECK(read(text).spec().kind == ActivationKind::relu);
    CHECK(written(read(text)) == "relu");
  }
  const ActivationFn leaky = read(
      R"({"module": "keras.layers", "class_name": "LeakyReLU", "config": {"name": "a", "negative_slope": 0.1}})");
  CHECK(leaky.spec() == ActivationSpec{.kind = ActivationKind::leaky_relu, .a = 0.1});
  CHECK(written(leaky)["class_name"] == "LeakyReLU");
  CHECK(read(written(leaky).dump().c_str()).spec() == leaky.spec());
  CHECK_THROWS_AS(read(R"("foo")"), ValueError);
  CHECK_THROWS_AS(read(R"({"class_name": "__lambda__", "config": {}})"), NotSupported);
  {
    LoadScope scope(Dialect::keras2);
    CHECK(read(R"("hard_sigmoid")").spec().kind == ActivationKind::hard_sigmoid_keras2);
  }
  const ActivationFn old = ActivationFn(ActivationSpec{.kind = ActivationKind::hard_sigmoid_keras2});
  CHECK(written(old)["class_name"] == "Sequential");  // a name that Keras 3 does not have would be refused
  CHECK(read(written(old).dump().c_str()).spec() == old.spec());
  CHECK(read(R"("hard_sigmoid")").spec().kind == ActivationKind::hard_sigmoid);
  const ActivationFn gelu = ActivationFn(ActivationSpec{.kind = ActivationKind::gelu_tanh});
  CHECK(written(gelu)["config"]["approximate"] == true);  // no more has this one a name
  CHECK(read(written(gelu).dump().c_str()).spec() == gelu.spec());
  for (const std::string& name : activation_names())
    if (name != "threshold") CHECK(written(ActivationFn(name)) == name);
  CHECK_THROWS_AS(read(R"("threshold")"), ValueError);  // it needs its arguments
  register_activation(
      {"tests>twice", [](ConstView x, View y) { y.data<float>()[0] = 2 * x.data<float>()[0]; },
       [](ConstView, ConstView, ConstView dy, View dx) { dx.data<float>()[0] = 2 * dy.data<float>()[0]; }});
  const ActivationFn twice = read(R"({"class_name": "function", "config": "tests>twice"})");
  Tensor x({1}, {3.0f}), y({1});
  twice.forward(x, y.view());
  check_close(y, {6.0});
  CHECK(written(twice)["config"] == "tests>twice");  // Keras finds no function of one's own by a string
  CHECK(read(written(twice).dump().c_str()).custom() != nullptr);
}
