#include "layers/preprocessing/clahe.hpp"

#include <algorithm>
#include <cmath>

namespace rhyton {

namespace {

constexpr Dim levels = 256;

/// Level of a pixel, 0 for what is no number.
template <class T>
Dim level(T v) {
  return v > T(0) ? static_cast<Dim>(std::min(v, T(255))) : 0;
}

/// The histogram's cumulative distribution, spread over 0 to 255, where the histogram was.
template <class T>
void make_table(T* cells, T pixels, double clip_limit) {
  if (clip_limit > 0.0) {
    const T limit = static_cast<T>(clip_limit) * pixels / T(levels);
    T excess = 0;
    for (Dim i = 0; i < levels; ++i) {
      excess += std::max(cells[i] - limit, T(0));
      cells[i] = std::min(cells[i], limit);
    }
    for (Dim i = 0; i < levels; ++i) cells[i] += excess / T(levels);
  }
  for (Dim i = 1; i < levels; ++i) cells[i] += cells[i - 1];
  const T least = cells[0], range = pixels == least ? T(1) : pixels - least;
  for (Dim i = 0; i < levels; ++i) cells[i] = std::clamp((cells[i] - least) * T(255) / range, T(0), T(255));
}

/// The two tiles between whose middles a pixel lies, and how far it is on its way to the second.
template <class T>
struct Between {
  Between(Dim pixel, Dim tile, Dim tiles) {
    const T at = (static_cast<T>(pixel) - static_cast<T>(tile) / T(2)) / static_cast<T>(tile);
    const T floor = std::floor(at);
    share = at - floor;
    first = std::clamp<Dim>(static_cast<Dim>(floor), 0, tiles - 1);
    second = std::clamp<Dim>(static_cast<Dim>(floor) + 1, 0, tiles - 1);
  }
  Dim first, second;
  T share;
};

}  // namespace

ContrastLimitedAdaptiveHistogramEqualization::ContrastLimitedAdaptiveHistogramEqualization(Config config)
    : LayerOf(std::move(config)) {
  const auto& grid = config_.tile_grid_size;
  // Each tile needs a table.
  constexpr std::int64_t most = 1024;
  if (grid.size() != 2 || std::min(grid[0], grid[1]) <= 0 || std::max(grid[0], grid[1]) > most)
    fail("`tile_grid_size` must be two positive integers, at most {}.", most);
}

Shapes ContrastLimitedAdaptiveHistogramEqualization::compute_output_shape(const Shapes& input_shapes) const {
  ops::check_images(*this, input_shapes);
  return input_shapes;
}

void ContrastLimitedAdaptiveHistogramEqualization::prepare(Prepare& p) const {
  p.backward_reads(false, false);
  p.scratch(static_cast<std::size_t>(config_.tile_grid_size[0] * config_.tile_grid_size[1] * levels) *
            size_of(p.options().dtype));
}

template <class T>
void ContrastLimitedAdaptiveHistogramEqualization::equalize(const T* x, T* y, Dim height, Dim width, Dim step,
                                                            T* tables) const {
  const ops::ValueRange range(config_.value_range);
  const Dim down = config_.tile_grid_size[0], across = config_.tile_grid_size[1];
  const Dim tile_height = (height + down - 1) / down, tile_width = (width + across - 1) / across;
  std::fill_n(tables, down * across * levels, T(0));
  // Beyond the image lies its mirror, the border itself included.
  const auto mirrored = [](Dim i, Dim n) {
    i %= 2 * n;
    return i < n ? i : 2 * n - 1 - i;
  };
  for (Dim i = 0; i < down * tile_height; ++i)
    for (Dim j = 0; j < across * tile_width; ++j) {
      T* table = tables + (i / tile_height * across + j / tile_width) * levels;
      table[level(range.to_255(x[(mirrored(i, height) * width + mirrored(j, width)) * step]))] += T(1);
    }
  for (Dim tile = 0; tile < down * across; ++tile)
    make_table(tables + tile * levels, static_cast<T>(tile_height * tile_width), config_.clip_limit);
  for (Dim i = 0; i < height; ++i) {
    const Between<T> row(i, tile_height, down);
    for (Dim j = 0; j < width; ++j) {
      const Between<T> column(j, tile_width, across);
      const Dim at = (i * width + j) * step, l = level(range.to_255(x[at]));
      const auto value = [&](Dim a, Dim b) { return tables[(a * across + b) * levels + l]; };
      const T top = value(row.first, column.first) * (T(1) - column.share) +
                    value(row.first, column.second) * column.share;
      const T bottom = value(row.second, column.first) * (T(1) - column.share) +
                       value(row.second, column.second) * column.share;
      y[at] = range.from_255(top * (T(1) - row.share) + bottom * row.share);
    }
  }
}

void ContrastLimitedAdaptiveHistogramEqualization::call(Call& c) const {
  const ConstView x = c.input();
  const View y = c.output();
  const ops::ImageLayout image(x.shape(), config_.data_format);
  dispatch_real(c.real(), [&]<class T>(T) {
    for (Dim plane = 0; plane < image.batch * image.outer; ++plane)
      for (Dim channel = 0; channel < image.inner; ++channel) {
        const Dim at = plane * image.height * image.width * image.inner + channel;
        equalize(x.data<T>() + at, y.data<T>() + at, image.height, image.width, image.inner,
                 static_cast<T*>(c.scratch()));
      }
  });
}

}  // namespace rhyton
