#include "nn/kernels/activation.hpp"

#include <array>
#include <numbers>

#include "tests/kernels/activation_values.hpp"
#include "tests/kernels/support.hpp"

using namespace rhyton;

namespace {

Tensor gradient_of(const ActivationSpec& spec, const Tensor& x, const Tensor& dy) {
  Tensor y(dy.shape(), x.dtype()), dx = Tensor::full(x.shape(), std::nan(""), x.dtype());
  activation_forward(spec, x, y.view());
  const bool by_output = gradient_from_output(spec);
  activation_backward(spec, by_output ? ConstView() : x.view(), by_output ? y.view() : ConstView(), dy,
                      dx.view());
  return dx;
}

/// sum(f(x) dy), whose gradient is what activation_backward returns.
double objective(const ActivationSpec& spec, const Tensor& x, const Tensor& dy) {
  Tensor y(dy.shape(), x.dtype());
  activation_forward(spec, x, y.view());
  double total = 0.0;
  for (Dim i = 0; i < y.size(); ++i) total += y.data<double>()[i] * dy.data<double>()[i];
  return total;
}

void check_finite_differences(const ActivationSpec& spec, const Shape& in, const Shape& out) {
  Tensor x = random_tensor(in, DType::float64, 3, -2.0, 2.0);
  const Tensor dy = random_tensor(out, DType::float64, 4), dx = gradient_of(spec, x, dy);
  std::vector<double> expected;
  for (Dim i = 0; i < x.size(); ++i) {
    const double kept = x.data<double>()[i], step = 1e-6;
    x.data<double>()[i] = kept + step;
    const double above = objective(spec, x, dy);
    x.data<double>()[i] = kept - step;
    expected.push_back((above - objective(spec, x, dy)) / (2 * step));
    x.data<double>()[i] = kept;
  }
  CHECK(deviation(dx, expected, 1e-6, 1e-8) <= 1.0);
}

}  // namespace

TEST_CASE("element-wise activations agree with Keras, values and gradients") {
  for (const KerasActivation& k : keras_activations) {
    CAPTURE(k.name);
    const auto n = static_cast<Dim>(activation_points.size());
    for (const DType dtype : {DType::float32, DType::float64}) {
      const Tensor x = Tensor({n}, activation_points).cast(dtype);
      Tensor y({n}, dtype);
      activation_forward(k.spec, x, y.view());
      check_close(y, k.values);
      const double rtol = dtype == DType::float32 ? 1e-5 : 1e-7;  // torch keeps 1 / 6 in single precision
      CHECK(deviation(gradient_of(k.spec, x, Tensor::full({n}, 1.0, dtype)), k.gradients, rtol, 1e-6) <= 1.0);
      Tensor in_place = x;
      activation_forward(k.spec, in_place, in_place.view());
      CHECK(as_double(in_place) == as_double(y));
    }
  }
}

TEST_CASE("every name of Keras is known, and the names are sorted") {
  const auto names = activation_names();
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(names.size() == 30);
  for (const auto& name : names) {
    const auto spec = activation_by_name(name);
    REQUIRE(spec.has_value());
    CHECK(activation_name(spec->kind) == name);
  }
  CHECK(activation_by_name("swish")->kind == ActivationKind::silu);
  CHECK_FALSE(activation_by_name("softmin").has_value());
  CHECK(*activation_by_name("relu") == ActivationSpec{ActivationKind::relu});
}

TEST_CASE("float32 functions keep 1e-6 relative accuracy over the whole range") {
  struct Exact {
    ActivationKind kind;
    double (*f)(double);
  };
  const Exact functions[] = {
      {ActivationKind::exponential, [](double x) { return std::exp(x); }},
      {ActivationKind::tanh, [](double x) { return std::tanh(x); }},
      {ActivationKind::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {ActivationKind::silu, [](double x) { return x / (1 + std::exp(-x)); }},
      {ActivationKind::softplus, [](double x) { return x > 30 ? x : std::log1p(std::exp(x)); }},
      {ActivationKind::log_sigmoid, [](double x) { return x < -30 ? x : -std::log1p(std::exp(-x)); }},
      {ActivationKind::elu, [](double x) { return x > 0 ? x : std::expm1(x); }},
      {ActivationKind::mish, [](double x) { return x * std::tanh(x > 30 ? x : std::log1p(std::exp(x))); }},
  };
  const Dim n = 200001;
  Tensor x({n}), y({n});
  for (Dim i = 0; i < n; ++i)
    x.data()[i] = static_cast<float>(-80.0 + 160.0 * static_cast<double>(i) / (n - 1));
  for (const Exact& e : functions) {
    CAPTURE(activation_name(e.kind));
    ActivationSpec spec{e.kind, 1.0};
    activation_forward(spec, x, y.view());
    double worst = 0.0;
    for (Dim i = 0; i < n; ++i) {
      const double exact = e.f(x.data()[i]);
      if (std::abs(exact) > 1e-37) worst = std::max(worst, std::abs(y.data()[i] - exact) / std::abs(exact));
    }
    CHECK(worst < 1e-6);
  }
}

TEST_CASE("extreme inputs") {
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor x({5}, {-infinity, -200.0f, 200.0f, infinity, std::nanf("")});
  const auto run = [&](const char* name) {
    Tensor y({5});
    activation_forward(*activation_by_name(name), x, y.view());
    CHECK(std::isnan(y.data()[4]));
    return std::vector<float>(y.data(), y.data() + 4);
  };
  CHECK(run("exponential") == std::vector<float>{0, 0, infinity, infinity});
  CHECK(run("sigmoid") == std::vector<float>{0, 0, 1, 1});
  CHECK(run("tanh") == std::vector<float>{-1, -1, 1, 1});
  CHECK(run("elu") == std::vector<float>{-1, -1, 200, infinity});
  CHECK(run("softplus") == std::vector<float>{0, 0, 200, infinity});
  CHECK(run("relu") == std::vector<float>{0, 0, 200, infinity});
  CHECK(run("relu6") == std::vector<float>{0, 0, 6, 6});
  CHECK(run("leaky_relu") == std::vector<float>{-infinity, -40, 200, infinity});
}

TEST_CASE("relu: its zeros are positive, whatever its bounds") {
  const float infinity = std::numeric_limits<float>::infinity();
  Tensor x({20});
  for (Dim i = 0; i < 20; ++i)
    x.data()[i] = std::array{-infinity, -3.0f, -0.0f, 0.0f, 0.125f, 0.25f, 0.5f, 4.0f, 7.0f, infinity}
        [static_cast<std::size_t>(i % 10)];
  for (const double most : {static_cast<double>(infinity), 6.0})
    for (const double threshold : {0.0, 0.25}) {
      Tensor y({20});
      activation_forward({.kind = ActivationKind::relu, .b = most, .c = threshold}, x, y.view());
      for (Dim i = 0; i < 20; ++i) {
        CAPTURE(i);
        const float above = x.data()[i] > static_cast<float>(threshold) ? x.data()[i] : 0.0f;
        CHECK(y.data()[i] == std::min(above, static_cast<float>(most)));
        CHECK(!std::signbit(y.data()[i]));
      }
    }
}

TEST_CASE("softmax, log_softmax, sparsemax and glu along any axis") {
  SUBCASE("softmax by its definition") {
    const Tensor x = random_tensor({3, 5, 4}, DType::float32, 7, -3.0, 3.0);
    for (const int axis : {-1, 0, 1}) {
      Tensor y(x.shape()), logarithm(x.shape());
      activation_forward({.kind = ActivationKind::softmax, .axis = axis}, x, y.view());
      activation_forward({.kind = ActivationKind::log_softmax, .axis = axis}, x, logarithm.view());
      std::vector<double> expected(static_cast<std::size_t>(x.size())), logs = expected;
      const Dim strides[] = {20, 4, 1};
      const int at = axis < 0 ? axis + 3 : axis;
      for (Dim i = 0; i < x.size(); ++i) {
        const Dim first = i - i / strides[at] % x.shape()[at] * strides[at];
        double total = 0.0;
        for (Dim j = 0; j < x.shape()[at]; ++j) total += std::exp(double{x.data()[first + j * strides[at]]});
        expected[static_cast<std::size_t>(i)] = std::exp(double{x.data()[i]}) / total;
        logs[static_cast<std::size_t>(i)] = x.data()[i] - std::log(total);
      }
      check_close(y, expected);
      check_close(logarithm, logs);
    }
  }
  SUBCASE("large logits do not overflow") {
    const Tensor x({1, 3}, {1000.0f, 999.0f, -1000.0f});
    Tensor y({1, 3});
    activation_forward(*activation_by_name("softmax"), x, y.view());
    check_close(y, {std::numbers::e / (1 + std::numbers::e), 1 / (1 + std::numbers::e), 0.0});
  }
  SUBCASE("sparsemax as Keras computes it") {
    const Tensor x({2, 3}, {1.0f, 2.0f, 3.0f, 0.1f, 0.2f, 0.15f});
    Tensor y({2, 3});
    activation_forward(*activation_by_name("sparsemax"), x, y.view());
    check_close(y, {0.0, 0.0, 1.0, 0.1, 0.2, 0.15});
  }
  SUBCASE("gradients") {
    for (const int axis : {-1, 0, 1}) {
      check_finite_differences({.kind = ActivationKind::softmax, .axis = axis}, {3, 4, 6}, {3, 4, 6});
      check_finite_differences({.kind = ActivationKind::log_softmax, .axis = axis}, {3, 4, 6}, {3, 4, 6});
      check_finite_differences({.kind = ActivationKind::sparsemax, .axis = axis}, {3, 4, 6}, {3, 4, 6});
    }
    check_finite_differences({.kind = ActivationKind::glu, .axis = -1}, {3, 4, 6}, {3, 4, 3});
    check_finite_differences({.kind = ActivationKind::glu, .axis = 1}, {3, 4, 6}, {3, 2, 6});
  }
}
