// Random images that need more than one number each: perspectives, elastic changes, chains of layers, sizes.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/layers/training.hpp"

using namespace rhyton;
using namespace rhyton::test;

namespace {

/// Where every pixel of an image of ramps comes from: its column and its row.
struct Origins {
  std::vector<float> columns, rows;
};
Origins origins(const char* name, const Json& config, Dim count, Dim size, std::uint64_t seed) {
  return {Training(name, config, ramp(false, count, size)).forward(seed),
          Training(name, config, ramp(true, count, size)).forward(seed)};
}

double sum(const std::vector<float>& values) {
  double out = 0;
  for (const float v : values) out += v;
  return out;
}

}  // namespace

TEST_CASE("RandomPerspective moves three corners, and straight lines stay straight") {
  constexpr Dim size = 11, count = 300;
  const Json config = {{"factor", {1.0, 1.0}}, {"scale", 0.4}, {"fill_value", -1000.0}};
  const Origins from = origins("RandomPerspective", config, count, size, 3);
  std::vector<float> across;
  for (Dim n = 0; n < count; ++n) {
    const auto at = [&](Dim r, Dim c) {
      const auto i = static_cast<std::size_t>((n * size + r) * size + c);
      return std::pair(from.columns[i], from.rows[i]);
    };
    // The upper left corner has no distance to move by.
    CHECK(std::abs(at(0, 0).first) + std::abs(at(0, 0).second) < 1e-2f);
    // Points of a line come from points of a line.
    for (const Dim r : {2, 5}) {
      const auto [x0, y0] = at(r, 1);
      const auto [x1, y1] = at(r, 3);
      const auto [x2, y2] = at(r, 5);
      if (std::min({x0, x1, x2, y0, y1, y2}) < 0.0f) continue;
      CHECK(std::abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) < 1e-3);
    }
    // Of the first row, the right corner 10 was moved to 10 (1 + u): pixel 5 comes from between, and the
    // denominator 1 + g x of the row tells u from it.
    const auto [x, y] = at(0, 5);
    if (x > 0.0f) across.push_back(x);
  }
  CHECK(across.size() > count / 2);
  const Moments m = moments(across);
  CHECK(m.mean > 4.5);
  CHECK(m.mean < 6.0);
  CHECK(m.deviation > 0.3);

  // No scale, no change; and the gradient is the transpose: as many ones come back as were taken in.
  Training still("RandomPerspective", {{"factor", {1.0, 1.0}}, {"scale", 0.0}}, ramp(false, 3));
  const auto y = still.forward(1), x = ramp(false, 3).values<float>();
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(x[i]));
  Training some("RandomPerspective", {{"factor", {0.3, 0.3}}, {"scale", 0.5}}, ramp(false, images));
  const auto changed = some.forward(2), original = ramp(false, images).values<float>();
  int same = 0;
  for (Dim n = 0; n < images; ++n) {
    const auto first = static_cast<std::size_t>(n * side * side);
    same += std::equal(&changed[first], &changed[first] + side * side, &original[first],
                       [](float a, float b) { return std::abs(a - b) < 1e-4f; });
  }
  CHECK(std::abs(same - 0.7 * images) < 50);
  Training ones("RandomPerspective", {{"factor", {1.0, 1.0}}, {"scale", 0.3}},
                Tensor::full({5, 8, 8, 2}, 1.0));
  const double taken = sum(ones.forward(4));
  CHECK(sum(ones.backward(1.0f)) == doctest::Approx(taken));
  CHECK_THROWS_WITH_AS(Training("RandomPerspective", {}, Tensor({2, 1, 5, 1})),
                       doctest::Contains("RandomPerspective"), ValueError);
}

TEST_CASE("RandomElasticTransform moves pixels smoothly, by distances of the promised size") {
  constexpr Dim size = 64, count = 8;
  const Json config = {{"factor", {1.0, 1.0}}, {"scale", {0.9, 0.9}}, {"fill_mode", "nearest"}};
  const Origins from = origins("RandomElasticTransform", config, count, size, 5);
  // sigma = 0.9 * 0.05 * 64; noise of deviation sigma under a window of this sigma keeps 1 / (2 sqrt(pi)
  // sigma) of it, times sigma: 1 / (2 sqrt(pi)); alpha = 0.9 * 0.1 * 64 pixels of that.
  const double expected = 0.9 * 0.1 * size / (2 * std::sqrt(3.14159265));
  for (const bool rows : {false, true}) {
    std::vector<float> moved, steps;
    for (Dim n = 0; n < count; ++n)
      for (Dim r = 16; r < 48; ++r)
        for (Dim c = 16; c < 48; ++c) {
          const auto i = static_cast<std::size_t>((n * size + r) * size + c);
          const auto& places = rows ? from.rows : from.columns;
          moved.push_back(places[i] - static_cast<float>(rows ? r : c));
          steps.push_back(places[i + 1] - places[i] - (rows ? 0.0f : 1.0f));
        }
    CHECK(std::abs(moments(moved).mean) < expected / 2);
    CHECK(moments(moved).deviation == doctest::Approx(expected).epsilon(0.2));
    // Neighbours move alike: their difference is about moved / (sqrt(2) sigma).
    CHECK(moments(steps).deviation < 0.4 * moments(moved).deviation);
  }
  Training some("RandomElasticTransform", {{"factor", {0.25, 0.25}}, {"scale", {0.5, 0.5}}},
                ramp(false, images));
  const auto y = some.forward(2), x = ramp(false, images).values<float>();
  int same = 0;
  for (Dim n = 0; n < images; ++n) {
    const auto first = static_cast<std::size_t>(n * side * side);
    same += std::equal(&y[first], &y[first] + side * side, &x[first]);
  }
  CHECK(std::abs(same - 0.75 * images) < 45);
  // Each pixel of y is a mean of pixels of x, within the range of values.
  Training means("RandomElasticTransform", {{"factor", {1.0, 1.0}}}, Tensor::full({3, 12, 12, 2}, 7.0));
  const auto made = means.forward(6);
  CHECK(std::all_of(made.begin(), made.end(), [](float v) { return std::abs(v - 7.0f) < 1e-4f; }));
  CHECK(sum(means.backward(1.0f)) == doctest::Approx(3 * 12 * 12 * 2));
  const auto clipped = Training("RandomElasticTransform", {{"factor", {1.0, 1.0}}, {"value_range", {0, 5}}},
                                Tensor::full({1, 4, 4, 1}, 7.0));
  Training same_range("RandomElasticTransform", {{"factor", {1.0, 1.0}}, {"value_range", {0, 5}}},
                      Tensor::full({1, 4, 4, 1}, 7.0));
  for (const float v : same_range.forward(1)) CHECK(v == 5.0f);
}

TEST_CASE("RandAugment takes its layers with equal chances, one for all images") {
  // Two dark pixels and a bright one: what was done is seen from the values of one step.
  Tensor x({4, 6, 6, 3});
  Rng(1).fill_uniform(x.view(), 40.0, 200.0);
  const auto original = x.values<float>();
  Training one("RandAugment", {{"num_ops", 1}, {"factor", 0.5}}, x);
  std::set<std::vector<float>> seen;
  int still = 0;
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    const auto y = one.forward(seed);
    seen.insert(y);
    still += y == original;
    REQUIRE(std::all_of(y.begin(), y.end(), [](float v) { return std::isfinite(v); }));
  }
  // Two of eleven layers do the same every time.
  CHECK(seen.size() > 70);
  CHECK(still < 20);
  CHECK(one.forward(7) == one.forward(7));
  CHECK(Training("RandAugment", {{"num_ops", 0}}, x).forward(1) == original);
  // Differences confirm the gradient: steps of the layers that bend are far away.
  Training two("RandAugment", {{"num_ops", 2}, {"factor", {0.1, 0.1}}, {"value_range", {0, 255}}}, x);
  int checked = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    two.forward(seed);
    const auto dx = two.backward(1.0f);
    Tensor moved = x;
    for (Dim i = 0; i < 30; ++i) moved.data()[i] += 0.25f;
    const double up =
        sum(Training("RandAugment", {{"num_ops", 2}, {"factor", {0.1, 0.1}}}, moved).forward(seed));
    const double slope = (up - sum(two.forward(seed))) / 0.25;
    double told = 0;
    for (std::size_t i = 0; i < 30; ++i) told += dx[i];
    checked += std::abs(slope - told) < 0.02 * std::abs(slope) + 0.05;
  }
  CHECK(checked > 20);
}

TEST_CASE("AugMix mixes chains into the images, by shares that sum to one") {
  // What layers that move pixels or do nothing make of one colour is this colour; those that change it stay
  // within the range.
  Tensor x({3, 6, 6, 3});
  Rng(2).fill_uniform(x.view(), 50.0, 180.0);
  const auto original = x.values<float>();
  Training none("AugMix", {{"chain_depth", 0}}, x);
  const auto y = none.forward(3);
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(original[i]));
  for (const float v : none.backward(2.0f)) CHECK(v == doctest::Approx(2.0));

  Training mix("AugMix", {{"factor", {0.2, 0.2}}, {"all_ops", true}}, x);
  std::set<std::vector<float>> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto made = mix.forward(seed);
    seen.insert(made);
    REQUIRE(std::all_of(made.begin(), made.end(), [](float v) { return v >= 0.0f && v <= 255.0f; }));
    const auto dx = mix.backward(1.0f);
    REQUIRE(std::all_of(dx.begin(), dx.end(), [](float v) { return std::isfinite(v); }));
  }
  CHECK(seen.size() == 60);
  CHECK(mix.forward(5) == mix.forward(5));
  CHECK(mix.forward(5) != mix.forward(6));
  CHECK_THROWS_WITH_AS(Training("AugMix", {{"alpha", 0.0}}, x), doctest::Contains("alpha"), ValueError);
  CHECK_THROWS_WITH_AS(Training("AugMix", {{"num_chains", -1}}, x), doctest::Contains("num_chains"),
                       ValueError);
}

TEST_CASE("RandomHeight and RandomWidth draw another size for every run") {
  for (const bool height : {true, false}) {
    const char* name = height ? "RandomHeight" : "RandomWidth";
    set_random_seed(4);
    std::vector<float> sizes;
    for (int i = 0; i < 300; ++i) {
      Training resized(name, {{"factor", {-0.5, 0.25}}}, ramp(height, 2, 40));
      const auto y = resized.forward(1);
      REQUIRE(y.size() % (2 * 40) == 0);
      sizes.push_back(static_cast<float>(y.size() / (2 * 40)) + 0.5f);
      if (i > 0) continue;
      // Half a step of the new size beyond the first pixel's middle, as resizing has it.
      const double scale = 40.0 / static_cast<double>(y.size() / (2 * 40));
      const std::size_t second = height ? 40 : 1;
      CHECK(y[second] == doctest::Approx(std::max(0.0, 1.5 * scale - 0.5)).epsilon(1e-3));
      CHECK(sum(resized.backward(1.0f)) == doctest::Approx(static_cast<double>(y.size())));
    }
    check_uniform(sizes, 20.0, 50.0);
    const auto seeded = [&] {
      return Training(name, {{"factor", 0.4}, {"seed", 3}}, ramp(height, 1, 40)).forward(1).size();
    };
    CHECK(seeded() == seeded());
  }
}
