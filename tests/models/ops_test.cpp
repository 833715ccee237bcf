// keras.ops as a program writes them: values, shapes, gradients, and the way through files.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "layers/operations/operation_layer.hpp"
#include "rhyton.hpp"

using namespace rhyton;

namespace {

/// What a graph on one (2, 3) input makes of the data, before and after a trip through JSON.
Tensor run(const SymbolicTensor& x, const SymbolicTensor& y, const Tensor& data) {
  const Model model(x, y);
  const Tensor out = model.predict(data, {.batch_size = 2});
  const Tensor again = model_from_json(model.to_json()).predict(data, {.batch_size = 2});
  REQUIRE(out.shape() == again.shape());
  REQUIRE(out.dtype() == again.dtype());
  CHECK(out.cast(DType::float64).values<double>() == again.cast(DType::float64).values<double>());
  return out;
}

const Tensor data({2, 3}, {1.0f, -2.0f, 3.0f, 0.5f, 4.0f, -1.0f});

void check(const SymbolicTensor& x, const SymbolicTensor& y, const Shape& shape,
           std::vector<double> expected) {
  const Tensor out = run(x, y, data);
  CHECK(out.shape() == shape);
  const auto values = out.cast(DType::float64).values<double>();
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK(values[i] == doctest::Approx(expected[i]).epsilon(1e-6));
}

}  // namespace

TEST_CASE("ops: every function of the list is an operation that is known, on graphs and on numbers") {
  const std::vector<std::string> names = operation_names();
  const Tensor whole({2, 2}, std::vector<std::int32_t>{1, 2, 3, 4});
  const Tensor small({2, 2}, {0.1f, -0.2f, 0.3f, 0.5f});
  // Of whole numbers where the operation is one of bits.
  const auto fits = [&](const std::string& operation) {
    CHECK_MESSAGE(std::find(names.begin(), names.end(), operation) != names.end(), operation);
    const bool bits = operation.starts_with("Bitwise") || operation.ends_with("Shift") ||
                      operation == "Gcd" || operation == "Lcm";
    return bits ? whole : small;
  };
#define RHYTON_CHECK(function, module, operation) \
  CAPTURE(#function);                             \
  CHECK_NOTHROW(ops::function(fits(#operation), fits(#operation)));
  RHYTON_BINARY_OPS(RHYTON_CHECK)
#undef RHYTON_CHECK
#define RHYTON_CHECK(function, module, operation) CHECK_NOTHROW(ops::function(fits(#operation)));
  RHYTON_UNARY_OPS(RHYTON_CHECK)
#undef RHYTON_CHECK
#define RHYTON_CHECK(function, module, operation)       \
  fits(#operation);                                     \
  CHECK(ops::function(small).shape() == Shape{});       \
  CHECK(ops::function(small, {0}).shape() == Shape{2}); \
  CHECK(ops::function(small, -1, true).shape() == Shape{2, 1});
  RHYTON_REDUCTION_OPS(RHYTON_CHECK)
#undef RHYTON_CHECK
#define RHYTON_CHECK(function, module, operation) \
  CHECK_NOTHROW(ops::function(ops::expand_dims(fits(#operation), 1), 1));
  RHYTON_AXIS_OPS(RHYTON_CHECK)
#undef RHYTON_CHECK
}

TEST_CASE("ops: arithmetic with numbers on both sides") {
  Input x({3});
  check(x, 2 * x + 1, {2, 3}, {3, -3, 7, 2, 9, -1});
  check(x, 1 - x, {2, 3}, {0, 3, -2, 0.5, -3, 2});
  check(x, 1.0 / x, {2, 3}, {1, -0.5, 1.0 / 3, 2, 0.25, -1});
  check(x, x / 2, {2, 3}, {0.5, -1, 1.5, 0.25, 2, -0.5});
  check(x, -x * x, {2, 3}, {-1, -4, -9, -0.25, -16, -1});
  check(x, ops::power(2, x), {2, 3}, {2, 0.25, 8, std::sqrt(2.0), 16, 0.5});
  check(x, ops::mod(x, 2), {2, 3}, {1, 0, 1, 0.5, 0, 1});
  check(x, ops::where(x > 0, x, 0.1), {2, 3}, {1, 0.1, 3, 0.5, 4, 0.1});
  check(x, ops::cast(x >= 1, DType::int32), {2, 3}, {1, 0, 1, 0, 1, 0});
  check(x, ops::maximum(x, Tensor({3}, {0.0f, 1.0f, 2.0f})), {2, 3}, {1, 1, 3, 0.5, 4, 2});
  check(x, ops::clip(x, -1, 2), {2, 3}, {1, -1, 2, 0.5, 2, -1});
}

TEST_CASE("ops: reductions") {
  Input x({3});
  check(x, ops::sum(x, 1), {2}, {2, 3.5});
  check(x, ops::mean(x, -1, true), {2, 1}, {2.0 / 3, 3.5 / 3});
  check(x, ops::max(x, {0, 1}), {}, {4});
  check(x, ops::sum(x), {}, {5.5});
  check(x, ops::argmax(x, -1), {2}, {2, 1});
  check(x, ops::var(x, 1), {2}, {38.0 / 9, 4.3888888888});
  check(x, ops::cumsum(x, 1), {2, 3}, {1, -1, 2, 0.5, 4.5, 3.5});
  check(x, ops::any(x > 3, 1), {2}, {0, 1});
}

TEST_CASE("ops: elements in other places") {
  Input x({3});
  check(x, ops::get_item(x, {Slice{}, -1}), {2}, {3, -1});
  check(x, ops::get_item(x, {ops::ellipsis, Slice{.step = -1}}), {2, 3}, {3, -2, 1, -1, 4, 0.5});
  check(x, ops::get_item(x, {Slice{}, ops::newaxis, Slice{1}}), {2, 1, 2}, {-2, 3, 4, -1});
  check(x, ops::transpose(x), {3, 2}, {1, 0.5, -2, 4, 3, -1});
  check(x, ops::reshape(x, {-1, 1, 3}), {2, 1, 3}, {1, -2, 3, 0.5, 4, -1});
  check(x, ops::squeeze(ops::expand_dims(x, 1), 1), {2, 3}, {1, -2, 3, 0.5, 4, -1});
  check(x, ops::pad(x, {{0, 0}, {1, 0}}, "constant", 7), {2, 4}, {7, 1, -2, 3, 7, 0.5, 4, -1});
  check(x, ops::take(x, Tensor({2}, std::vector<std::int32_t>{2, 0}), 1), {2, 2}, {3, 1, -1, 0.5});
  check(x, ops::concatenate({x, ops::square(x)}), {2, 6}, {1, -2, 3, 1, 4, 9, 0.5, 4, -1, 0.25, 16, 1});
  check(x, ops::stack({x, x}, 1), {2, 2, 3}, {1, -2, 3, 1, -2, 3, 0.5, 4, -1, 0.5, 4, -1});
  const auto parts = ops::split(x, 3, 1);
  REQUIRE(parts.size() == 3);
  check(x, parts[0] + parts[2], {2, 1}, {4, -0.5});
  check(x, ops::split(x, {1}, -1)[1], {2, 2}, {-2, 3, 4, -1});
  check(x, ops::top_k(x, 2)[0], {2, 2}, {3, 1, 4, 0.5});
  check(x, ops::one_hot(ops::argmax(x, 1), 3), {2, 3}, {0, 0, 1, 0, 1, 0});
}

TEST_CASE("ops: products and activations") {
  Input x({3});
  check(x, ops::matmul(x, Tensor({3, 1}, {1.0f, 2.0f, 3.0f})), {2, 1}, {6, 5.5});
  check(x, ops::einsum("bi,bj->bij", {x, ops::get_item(x, {Slice{}, Slice{0, 1}})}), {2, 3, 1},
        {1, -2, 3, 0.25, 2, -0.5});
  check(x, ops::leaky_relu(x, 0.5), {2, 3}, {1, -1, 3, 0.5, 4, -0.5});
  check(x, ops::sum(ops::softmax(x), -1), {2}, {1, 1});
  check(x, ops::logsumexp(x, 1), {2},
        {std::log(std::exp(1) + std::exp(-2) + std::exp(3)),
         std::log(std::exp(0.5) + std::exp(4) + std::exp(-1))});
}

TEST_CASE("ops: a model made of them trains") {
  Input x({3});
  const SymbolicTensor mean = Dense({.units = 2, .name = "mean"})(x), spread = Dense({.units = 2})(x);
  const SymbolicTensor code = mean + ops::exp(0.5 * spread);
  Model model(x, Dense({.units = 3})(code));
  model.compile({.optimizer = Adam({.learning_rate = 0.05}), .loss = "mse"});
  const double before = model.evaluate(data, data)["loss"];
  model.fit(data, data, {.epochs = 60, .verbose = 0});
  CHECK(model.evaluate(data, data)["loss"] < before / 4);
}

TEST_CASE("ops: mistakes") {
  Input x({3}), y({4});
  CHECK_THROWS_AS(x + y, ValueError);
  CHECK_THROWS_AS(ops::add(1, 2), ValueError);
  CHECK_THROWS_AS(ops::concatenate(SymbolicTensors{}), ValueError);
  CHECK_THROWS_AS(ops::mean(x, 5), ValueError);
  CHECK_THROWS_AS(ops::get_item(x, {0, 0, 0}), ValueError);
  CHECK_THROWS_AS(ops::reshape(x, {-1, -1}), ValueError);
}

TEST_CASE("ops: on numbers") {
  const auto values = [](const Tensor& x) { return x.cast(DType::float64).values<double>(); };
  using Doubles = std::vector<double>;
  CHECK(ops::argmax(data, -1).values<std::int32_t>() == std::vector<std::int32_t>{2, 1});
  CHECK(values(ops::mean(data, 0)) == Doubles{0.75, 1, 1});
  CHECK(ops::mean(data, {0, 1}, true).shape() == Shape{1, 1});
  CHECK(ops::sum(data).shape() == Shape{});
  CHECK(values(data - ops::mean(data, 0)) == Doubles{0.25, -3, 2, -0.25, 3, -2});
  CHECK(values(2 * data + 1) == Doubles{3, -3, 7, 2, 9, -1});
  CHECK(values(-data / ops::sum(data)) == values(data * (-1 / 5.5)));
  CHECK(values(ops::where(ops::greater(data, 0), data, 0)) == Doubles{1, 0, 3, 0.5, 4, 0});
  CHECK(values(ops::where(ops::greater(data, 0), ops::zeros_like(data), data)) ==
        Doubles{0, -2, 0, 0, 0, -1});
  CHECK(values(ops::get_item(data, {Slice{}, -1})) == Doubles{3, -1});
  CHECK(values(ops::transpose(data)) == Doubles{1, 0.5, -2, 4, 3, -1});
  CHECK(values(ops::top_k(data, 1)[0]) == Doubles{3, 4});
  CHECK(ops::concatenate({data, data}, 0).shape() == Shape{4, 3});
  CHECK(ops::stack({data, data}).shape() == Shape{2, 2, 3});
  CHECK(ops::split(data, 3, 1).size() == 3);
  CHECK(values(ops::einsum("ij,kj->ik", data, data)) == Doubles{14, -10.5, -10.5, 17.25});
  CHECK(values(ops::matmul(data, ops::ones({3, 1}))) == Doubles{2, 3.5});
  CHECK(values(ops::take(data, Tensor({1}, std::vector<std::int32_t>{2}), 1)) == Doubles{3, -1});
  CHECK(ops::one_hot(ops::arange(0, 3), 3).values() == std::vector<float>{1, 0, 0, 0, 1, 0, 0, 0, 1});
  CHECK(ops::exp(Tensor::full({}, 0.0)).shape() == Shape{});
  CHECK(values(ops::add(ops::ones({2, 1}), ops::full({3}, 2))) == Doubles{3, 3, 3, 3, 3, 3});
  CHECK_THROWS_AS(ops::argmax(data, 2), ValueError);
  CHECK_THROWS_AS(data + ops::ones({4}), ValueError);
}

TEST_CASE("ops: numbers leave the names of models alone") {
  clear_session();
  Input x({3});
  const Model before(x, ops::exp(x) + 1);
  (void)(ops::exp(data) + data);
  utils::clear_session();
  Input again({3});
  const Model after(again, ops::exp(again) + 1);
  CHECK(before.to_json() != "");
  CHECK(after.input_names() == before.input_names());
  (void)(ops::exp(data) + data);
  Input next({3});
  CHECK(Model(next, next + 1).input_names() == std::vector<std::string>{before.input_names()[0] + "_1"});
}
