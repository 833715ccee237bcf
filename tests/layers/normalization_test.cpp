// Corners of normalization that the cases do not reach: their gradients are too steep for differences.
#include <doctest/doctest.h>

#include "nn/load_scope.hpp"
#include "tests/layers/training.hpp"

using namespace rhyton;
using namespace rhyton::test;

TEST_CASE("short vectors are normalized as far down as in Keras") {
  // Measured with Keras 3.15.1: UnitNormalization bounds the length at 1e-12, Dot at 1e-7; Keras 2 bounds the
  // square of both at 1e-12.
  const Tensor x({3, 2}, std::vector<float>{3e-8f, 4e-8f, 3e-14f, 4e-14f, 3.0f, 4.0f});
  const std::vector<float> expected{0.6f, 0.8f, 0.03f, 0.04f, 0.6f, 0.8f};
  const auto y = Training("UnitNormalization", {}, x).forward(0);
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(expected[i]).epsilon(1e-5));
  const LoadScope scope(Dialect::keras2);
  const auto older = Training("UnitNormalization", {}, x).forward(0);
  CHECK(older[0] == doctest::Approx(0.03).epsilon(1e-5));
  CHECK(older[4] == doctest::Approx(0.6).epsilon(1e-5));
}

TEST_CASE("equal numbers are exactly their own mean") {
  // A rounding error in the mean, times 1 / sqrt(epsilon), would be seen.
  Tensor x({4, 3});
  for (Dim i = 0; i < x.size(); ++i) x.data()[i] = 0.1f + 0.37f * static_cast<float>(i / 3);
  const auto y = Training("LayerNormalization", {{"epsilon", 1e-12}, {"center", false}}, x).forward(0);
  for (const float v : y) CHECK(v == 0.0f);
}
