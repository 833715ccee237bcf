// What layers draw in training: distributions under fixed seeds, seeds of their own, gradients.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/layers/training.hpp"

using namespace rhyton;
using namespace rhyton::test;

namespace {

/// One pixel of every image.
std::vector<float> pixels(const std::vector<float>& y, Dim row, Dim column) {
  std::vector<float> out;
  for (Dim n = 0; n < images; ++n)
    out.push_back(y[static_cast<std::size_t>((n * side + row) * side + column)]);
  return out;
}

}  // namespace

TEST_CASE("RandomFlip turns about half of the images over, whole") {
  Training flip("RandomFlip", {{"mode", "horizontal"}}, ramp(false));
  const auto y = flip.forward(1);
  int turned = 0;
  for (Dim n = 0; n < images; ++n) {
    const float* image = &y[static_cast<std::size_t>(n * side * side)];
    const bool over = image[0] != 0.0f;
    turned += over;
    for (Dim i = 0; i < side * side; ++i)
      REQUIRE(image[i] == static_cast<float>(over ? side - 1 - i % side : i % side));
  }
  CHECK(turned > images / 2 - 50);
  CHECK(turned < images / 2 + 50);
  CHECK(flip.forward(1) == y);
  CHECK(flip.forward(2) != y);
  CHECK(flip.backward(0.5f) == std::vector<float>(y.size(), 0.5f));
}

TEST_CASE("RandomRotation draws its angles evenly") {
  const Json config = {{"factor", {-0.05, 0.15}}, {"fill_mode", "nearest"}};
  // Beside the middle, a step along the row is (cos, sin) in the image.
  Training rows("RandomRotation", config, ramp(true)), columns("RandomRotation", config, ramp(false));
  const auto sines = pixels(rows.forward(3), middle, middle + 2);
  const auto cosines = pixels(columns.forward(3), middle, middle + 2);
  std::vector<float> turns;
  for (std::size_t i = 0; i < sines.size(); ++i)
    turns.push_back(std::atan2(sines[i] - middle, cosines[i] - middle) / 6.2831853f);
  check_uniform(turns, -0.05, 0.15);
}

TEST_CASE("RandomZoom draws both factors evenly, or one for both") {
  const Json both = {{"height_factor", {-0.2, 0.4}}, {"width_factor", {-0.1, 0.1}}};
  std::vector<float> tall = pixels(Training("RandomZoom", both, ramp(true)).forward(5), middle + 2, middle);
  std::vector<float> wide = pixels(Training("RandomZoom", both, ramp(false)).forward(5), middle, middle + 2);
  for (float& v : tall) v = (v - middle) / 2 - 1;
  for (float& v : wide) v = (v - middle) / 2 - 1;
  check_uniform(tall, -0.2, 0.4);
  check_uniform(wide, -0.1, 0.1);
  const Json one = {{"height_factor", 0.3}};
  const auto down = pixels(Training("RandomZoom", one, ramp(true)).forward(5), middle + 2, middle);
  const auto across = pixels(Training("RandomZoom", one, ramp(false)).forward(5), middle, middle + 2);
  for (std::size_t i = 0; i < down.size(); ++i) CHECK(down[i] == doctest::Approx(across[i]));
}

TEST_CASE("RandomTranslation draws both distances evenly") {
  const Json config = {{"height_factor", {-0.3, 0.1}}, {"width_factor", 0.2}};
  std::vector<float> down =
      pixels(Training("RandomTranslation", config, ramp(true)).forward(7), middle, middle);
  std::vector<float> across =
      pixels(Training("RandomTranslation", config, ramp(false)).forward(7), middle, middle);
  for (float& v : down) v = (middle - v) / side;
  for (float& v : across) v = (middle - v) / side;
  check_uniform(down, -0.3, 0.1);
  check_uniform(across, -0.2, 0.2);
}

TEST_CASE("RandomShear draws both shears evenly, of one sign") {
  const Json config = {{"x_factor", {0.1, 0.3}}, {"y_factor", {0.0, 0.2}}, {"fill_mode", "nearest"}};
  std::vector<float> down = pixels(Training("RandomShear", config, ramp(true)).forward(4), middle, middle);
  std::vector<float> across = pixels(Training("RandomShear", config, ramp(false)).forward(4), middle, middle);
  int turned = 0;
  for (std::size_t i = 0; i < down.size(); ++i) {
    const float sign = across[i] < middle ? -1.0f : 1.0f;
    turned += sign < 0;
    across[i] = sign * (across[i] - middle) / middle;
    down[i] = sign * (down[i] - middle) / middle;
  }
  check_uniform(across, 0.1, 0.3);
  check_uniform(down, 0.0, 0.2);
  CHECK(std::abs(turned - images / 2) < 50);
}

TEST_CASE("RandomInvert and RandomGrayscale choose their share of the images") {
  const Tensor x = Tensor::full({images, 1, 1, 3}, 0.25);
  const auto inverted =
      Training("RandomInvert", {{"factor", {0.3, 0.3}}, {"value_range", {0, 1}}}, x).forward(2);
  const auto count = std::count(inverted.begin(), inverted.end(), 0.75f);
  CHECK(count % 3 == 0);
  CHECK(std::abs(static_cast<double>(count) / 3.0 - 0.3 * images) < 46.0);
  Tensor red({images, 1, 1, 3});
  for (Dim i = 0; i < red.size(); i += 3) red.data()[i] = 1.0f;
  const auto grey = Training("RandomGrayscale", {{"factor", 0.7}}, red).forward(2);
  const auto kept = std::count(grey.begin(), grey.end(), 1.0f);
  CHECK(std::abs(static_cast<double>(kept) - 0.3 * images) < 46.0);
}

TEST_CASE("RandomCrop cuts the same box out of a batch, anywhere") {
  Training rows("RandomCrop", {{"height", 6}, {"width", 4}}, ramp(true, 2));
  std::vector<int> seen(4);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto y = rows.forward(seed);
    REQUIRE(y.size() == 2 * 6 * 4);
    const auto top = static_cast<std::size_t>(y[0]);
    REQUIRE(top < 4);
    ++seen[top];
    for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(y[i] == static_cast<float>(top + i / 4 % 6));
    if (seed > 0) continue;
    // The gradient goes back to where the box was.
    const auto dx = rows.backward(1.0f);
    CHECK(std::count(dx.begin(), dx.end(), 1.0f) == 2 * 6 * 4);
    CHECK(std::count(dx.begin(), dx.end(), 0.0f) == 2 * (side * side - 6 * 4));
  }
  for (const int count : seen) CHECK(count > 25);
}

TEST_CASE("RandomContrast and RandomBrightness draw one number an image") {
  Tensor x({images, 1, 2, 1});
  for (Dim i = 0; i < x.size(); ++i) x.data()[i] = i % 2 == 0 ? 0.25f : 0.75f;
  std::vector<float> contrasts, sums;
  const auto scaled =
      Training("RandomContrast", {{"factor", {0.2, 0.5}}, {"value_range", {-10, 10}}}, x).forward(9);
  for (std::size_t i = 0; i < scaled.size(); i += 2) {
    contrasts.push_back((scaled[i + 1] - scaled[i]) / 0.5f);
    CHECK(scaled[i] + scaled[i + 1] == doctest::Approx(1.0));
  }
  check_uniform(contrasts, 0.8, 1.5);
  const auto shifted =
      Training("RandomBrightness", {{"factor", {-0.1, 0.3}}, {"value_range", {-10, 10}}}, x).forward(9);
  for (std::size_t i = 0; i < shifted.size(); i += 2) {
    sums.push_back((shifted[i] - 0.25f) / 20.0f);
    CHECK(shifted[i + 1] - shifted[i] == doctest::Approx(0.5));
  }
  check_uniform(sums, -0.1, 0.3);
}

TEST_CASE(
    "a seed of its own makes a layer draw the same in every process, and something else in every call") {
  for (const char* name : {"RandomFlip", "RandomBrightness", "Dropout", "GaussianNoise", "GaussianDropout",
                           "AlphaDropout", "SpatialDropout2D", "MixUp", "RandomSharpness", "RandomErasing"}) {
    INFO(std::string(name));
    Json config = {{"seed", 11}};
    if (std::string(name) == "RandomBrightness" || std::string(name) == "RandomSharpness")
      config["factor"] = 0.3;
    if (std::string(name) == "GaussianNoise") config["stddev"] = 0.3;
    if (std::string(name).ends_with("Dropout") || std::string(name).ends_with("2D")) config["rate"] = 0.4;
    Training first(name, config, ramp(false, 20)), second(name, config, ramp(false, 20));
    const auto a = first.forward(1), b = first.forward(1);
    CHECK(second.forward(2) == a);
    CHECK(second.forward(3) == b);
    CHECK(a != b);
  }
}

TEST_CASE("Dropout and its relatives keep the share and the scale that they promise") {
  const Tensor ones = Tensor::full({50, 40, 1, 10}, 1.0);
  Training dropout("Dropout", {{"rate", 0.3}}, ones);
  const auto y = dropout.forward(1);
  const auto dropped = std::count(y.begin(), y.end(), 0.0f);
  CHECK(static_cast<double>(dropped) / static_cast<double>(y.size()) == doctest::Approx(0.3).epsilon(0.03));
  CHECK(std::all_of(y.begin(), y.end(), [](float v) { return v == 0.0f || v == 1.0f / 0.7f; }));
  CHECK(dropout.backward(1.0f) == y);

  const auto spatial = Training("SpatialDropout2D", {{"rate", 0.5}}, ones).forward(1);
  for (std::size_t i = 0; i < spatial.size(); ++i) REQUIRE(spatial[i] == spatial[i / 400 * 400 + i % 10]);

  const Moments gaussian = moments(Training("GaussianDropout", {{"rate", 0.2}}, ones).forward(1));
  CHECK(gaussian.mean == doctest::Approx(1.0).epsilon(0.02));
  CHECK(gaussian.deviation == doctest::Approx(0.5).epsilon(0.03));
  const Moments noise = moments(Training("GaussianNoise", {{"stddev", 0.4}}, ones).forward(1));
  CHECK(noise.mean == doctest::Approx(1.0).epsilon(0.02));
  CHECK(noise.deviation == doctest::Approx(0.4).epsilon(0.03));

  // AlphaDropout keeps mean 0 and variance 1.
  Tensor normal({20000});
  Rng(3).fill_normal(normal.view());
  const Moments alpha = moments(Training("AlphaDropout", {{"rate", 0.3}}, normal).forward(1));
  CHECK(std::abs(alpha.mean) < 0.04);
  CHECK(alpha.deviation == doctest::Approx(1.0).epsilon(0.03));
}

namespace {

/// Image n of as many pixels as there are images holds a 1 at pixel n.
Tensor marked(Dim count) {
  Tensor x({count, 1, count, 1});
  for (Dim n = 0; n < count; ++n) x.data()[n * count + n] = 1.0f;
  return x;
}

/// The rectangle of the numbers that are not `background`: its height and width; fails where it is none.
std::pair<Dim, Dim> rectangle(const float* image, Dim height, Dim width, float background) {
  Dim rows = 0, columns = 0, count = 0;
  for (Dim r = 0; r < height; ++r) {
    Dim here = 0;
    for (Dim c = 0; c < width; ++c) here += image[r * width + c] != background;
    rows += here > 0;
    columns = std::max(columns, here);
    count += here;
  }
  CHECK(count == rows * columns);
  return {rows, columns};
}

}  // namespace

TEST_CASE("MixUp weighs pairs of a random order by a beta distribution") {
  constexpr Dim count = 40;
  Training mix("MixUp", {{"alpha", 0.3}}, marked(count));
  std::vector<float> weights;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto y = mix.forward(seed);
    std::vector<int> used(count);
    for (Dim n = 0; n < count; ++n) {
      const float* row = &y[static_cast<std::size_t>(n * count)];
      float sum = 0;
      for (Dim p = 0; p < count; ++p) {
        sum += row[p];
        if (p != n && row[p] > 0.0f) ++used[static_cast<std::size_t>(p)];
      }
      CHECK(sum == doctest::Approx(1.0));
      if (row[n] < 1.0f) weights.push_back(row[n]);
    }
    CHECK(*std::max_element(used.begin(), used.end()) <= 1);
  }
  // Weights that rounded to 1 are missing: one in ten.
  const Moments m = moments(weights);
  CHECK(m.least >= 0.0);
  CHECK(m.mean == doctest::Approx(0.5).epsilon(0.15));
  CHECK(m.deviation == doctest::Approx(0.5 / std::sqrt(1.6)).epsilon(0.1));
  // Every image is told of its part in two others.
  const auto dx = mix.backward(1.0f);
  double sum = 0;
  for (const float v : dx) sum += v;
  CHECK(sum == doctest::Approx(count * count));
}

TEST_CASE("CutMix puts a box of another image into each") {
  constexpr Dim count = 60, size = 16;
  Tensor x({count, size, size, 1});
  for (Dim i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i / (size * size));
  Training cut("CutMix", {{"factor", {1.0, 1.0}}}, x);
  const auto y = cut.forward(4);
  double share = 0;
  for (Dim n = 0; n < count; ++n) {
    const auto [rows, columns] =
        rectangle(&y[static_cast<std::size_t>(n * size * size)], size, size, static_cast<float>(n));
    share += static_cast<double>(rows * columns) / static_cast<double>(count * size * size);
  }
  CHECK(std::abs(share - 0.5) < 0.15);
  const auto dx = cut.backward(1.0f);
  double sum = 0;
  for (const float v : dx) sum += v;
  CHECK(sum == doctest::Approx(count * size * size));
}

TEST_CASE("RandomErasing fills boxes of the promised sizes in the promised share of the images") {
  constexpr Dim size = 20;
  const Json config = {{"factor", {0.4, 0.4}}, {"scale", {0.09, 0.25}}, {"fill_value", 5.0}};
  const auto y = Training("RandomErasing", config, Tensor({images, size, size, 1})).forward(6);
  int changed = 0;
  for (Dim n = 0; n < images; ++n) {
    const auto [rows, columns] = rectangle(&y[static_cast<std::size_t>(n * size * size)], size, size, 0.0f);
    if (rows == 0) continue;
    ++changed;
    for (const Dim side : {rows, columns}) {
      CHECK(side >= 6 - 1);
      CHECK(side <= 10 + 1);
    }
  }
  CHECK(std::abs(changed - 0.4 * images) < 50);
  // Noise fills a box otherwise, within the range of values.
  const Moments noise = moments(
      Training("RandomErasing", {{"scale", {1.0, 1.0}}, {"value_range", {-1, 1}}, {"factor", {1.0, 1.0}}},
               Tensor({20, size, size, 3}))
          .forward(6));
  CHECK(noise.least == -1.0);
  CHECK(noise.most == 1.0);
  CHECK(std::abs(noise.mean) < 0.05);
}

TEST_CASE("RandomPosterization draws a number of bits, RandomHue a way to turn, Solarization a threshold") {
  Tensor levels({images, 1, 256, 1});
  for (Dim i = 0; i < levels.size(); ++i) levels.data()[i] = static_cast<float>(i % 256);
  const auto poster = Training("RandomPosterization", {{"factor", {2, 5}}}, levels).forward(3);
  std::vector<int> bits(9);
  for (Dim n = 0; n < images; ++n) {
    std::vector<float> row(&poster[static_cast<std::size_t>(n * 256)],
                           &poster[static_cast<std::size_t>(n * 256)] + 256);
    row.erase(std::unique(row.begin(), row.end()), row.end());
    ++bits[static_cast<std::size_t>(std::lround(std::log2(static_cast<double>(row.size()))))];
  }
  for (const std::size_t k : {2u, 3u, 4u}) CHECK(std::abs(bits[k] - static_cast<double>(images) / 3) < 50);

  Tensor red({images, 1, 1, 3});
  for (Dim i = 0; i < red.size(); i += 3) red.data()[i] = 1.0f;
  const Json turn = {{"factor", {0.5, 0.5}}, {"value_range", {0, 1}}};
  const auto hues = Training("RandomHue", turn, red).forward(3);
  int greenish = 0;
  for (std::size_t i = 0; i < hues.size(); i += 3) {
    greenish += hues[i + 1] == doctest::Approx(1.0);
    CHECK(hues[i] == doctest::Approx(0.5));
    CHECK(std::max(hues[i + 1], hues[i + 2]) == doctest::Approx(1.0));
  }
  CHECK(std::abs(greenish - images / 2) < 50);

  const Json dark = {{"addition_factor", {0.0, 0.0}}, {"threshold_factor", {0.0, 0.4}}};
  const auto solar = Training("Solarization", dark, levels).forward(3);
  std::vector<float> thresholds;
  for (Dim n = 0; n < images; ++n) {
    Dim kept = 0;
    while (solar[static_cast<std::size_t>(n * 256 + kept)] == static_cast<float>(kept)) ++kept;
    thresholds.push_back(static_cast<float>(kept) - 0.5f);
    CHECK(solar[static_cast<std::size_t>(n * 256 + kept)] == static_cast<float>(255 - kept));
  }
  for (float& t : thresholds) t = std::clamp(t, 0.0f, 102.0f);
  check_uniform(thresholds, 0.0, 102.0);
}
