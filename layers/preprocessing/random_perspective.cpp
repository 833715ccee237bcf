#include "layers/preprocessing/random_perspective.hpp"

#include <array>
#include <cmath>
#include <utility>

namespace rhyton {

RandomPerspective::RandomPerspective(Config config) : RandomImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
  if (!(config_.scale >= 0.0 && config_.scale <= 1.0))
    fail("`scale` must be a number in [0, 1]. Received: scale={}.", config_.scale);
  warp_ =
      ops::random_affine(*this, config_.data_format, config_.interpolation, "constant", config_.fill_value);
  warp_.numbers = 8;
}

namespace {

using Point = std::pair<double, double>;
using Row = std::array<double, 9>;

/// The map that takes each point of `from` to that of `to`: two equations a point, solved by elimination.
void homography(const std::array<Point, 4>& from, const std::array<Point, 4>& to, double* map) {
  std::array<Row, 8> m{};
  for (std::size_t k = 0; k < 4; ++k) {
    const auto [x, y] = from[k];
    const auto [u, v] = to[k];
    m[k] = {x, y, 1, 0, 0, 0, -u * x, -u * y, u};
    m[k + 4] = {0, 0, 0, x, y, 1, -v * x, -v * y, v};
  }
  for (std::size_t c = 0; c < 8; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c + 1; r < 8; ++r)
      if (std::abs(m[r][c]) > std::abs(m[pivot][c])) pivot = r;
    std::swap(m[c], m[pivot]);
    for (std::size_t r = 0; r < 8; ++r) {
      if (r == c) continue;
      const double factor = m[r][c] / m[c][c];
      for (std::size_t k = c; k < 9; ++k) m[r][k] -= factor * m[c][k];
    }
  }
  for (std::size_t c = 0; c < 8; ++c) map[c] = m[c][8] / m[c][c];
}

}  // namespace

void RandomPerspective::prepare(Prepare& p) const {
  const ops::ImageLayout image(p.input().shape, config_.data_format);
  if (p.training() && (image.height < 2 || image.width < 2))
    fail("in training, images must be of at least 2 by 2 pixels. Received shape: {}.",
         to_string(p.input().shape));
  ops::prepare_random_affine(p, warp_);
}

void RandomPerspective::call(Call& c) const {
  ops::call_random_affine(c, warp_, generator(c), [&](const ops::ImageLayout& image, Rng& rng, double* map) {
    const double probability = ops::draw_uniform(rng, config_.factor.low, config_.factor.high);
    const bool changed = rng.uniform() < probability;
    const auto right = static_cast<double>(image.width - 1), bottom = static_cast<double>(image.height - 1);
    const std::array<Point, 4> corners = {Point{0, 0}, {right, 0}, {0, bottom}, {right, bottom}};
    std::array<Point, 4> moved = corners;
    for (auto& [x, y] : moved) {
      x += x * ops::draw_uniform(rng, -0.5 * config_.scale, 0.5 * config_.scale);
      y += y * ops::draw_uniform(rng, -0.5 * config_.scale, 0.5 * config_.scale);
    }
    homography(changed ? moved : corners, corners, map);
  });
}

void RandomPerspective::backward(Backward& b) const { ops::backward_random_affine(b, warp_); }

}  // namespace rhyton
