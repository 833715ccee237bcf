#include "nn/kernels/global_pool.hpp"

#include <algorithm>

namespace rhyton {

namespace {

/// (batch, cells, channels) with the steps between cells and channels.
struct Layout {
  Dim batch, cells, channels, cell_step, channel_step;
};

Layout layout(const Shape& x, bool channels_first) {
  const Dim channels = x[channels_first ? 1 : -1];
  const Dim cells = x.product(1, x.rank()) / std::max<Dim>(channels, 1);
  return {x[0], cells, channels, channels_first ? 1 : channels, channels_first ? cells : 1};
}

template <class T>
T weight_of(const bool* mask, Dim cell) {
  return mask == nullptr || mask[cell] ? T(1) : T(0);
}

template <class T>
T count_of(const bool* mask, Dim cells) {
  return mask == nullptr ? static_cast<T>(cells) : static_cast<T>(std::count(mask, mask + cells, true));
}

template <class T>
void pool(PoolKind kind, const Layout& l, const T* x, const bool* mask, T* y) {
  for (Dim n = 0; n < l.batch; ++n, x += l.cells * l.channels, y += l.channels) {
    const bool* m = mask ? mask + n * l.cells : nullptr;
    if (l.cell_step == 1) {
      for (Dim c = 0; c < l.channels; ++c) {
        const T* row = x + c * l.channel_step;
        if (kind == PoolKind::max) {
          y[c] = *std::max_element(row, row + l.cells);
          continue;
        }
        T sum = 0;
        for (Dim i = 0; i < l.cells; ++i) sum += row[i] * weight_of<T>(m, i);
        y[c] = sum / count_of<T>(m, l.cells);
      }
      continue;
    }
    // Channels lie side by side: whole rows are combined.
    if (kind == PoolKind::max) {
      std::copy_n(x, l.channels, y);
      for (Dim i = 1; i < l.cells; ++i)
        for (Dim c = 0; c < l.channels; ++c) y[c] = std::max(y[c], x[i * l.channels + c]);
      continue;
    }
    std::fill_n(y, l.channels, T(0));
    for (Dim i = 0; i < l.cells; ++i) {
      if (m && !m[i]) continue;
      for (Dim c = 0; c < l.channels; ++c) y[c] += x[i * l.channels + c];
    }
    const T scale = T(1) / count_of<T>(m, l.cells);
    for (Dim c = 0; c < l.channels; ++c) y[c] *= scale;
  }
}

/// The average's gradient, where channels lie side by side: every row is the same one.
template <class T>
void spread_rows(const Layout& l, const bool* mask, const T* dy, T scale, T* dx) {
  for (Dim i = 0; i < l.cells; ++i, dx += l.channels) {
    const T factor = scale * weight_of<T>(mask, i);
    for (Dim c = 0; c < l.channels; ++c) dx[c] = dy[c] * factor;
  }
}

/// The maximum's gradient, shared by equal cells, for one image.
template <class T>
void spread_to_best(const Layout& l, const T* x, const T* y, const T* dy, T* dx) {
  constexpr Dim strip = 64;
  for (Dim first = 0; first < l.channels; first += strip) {
    const Dim width = std::min(strip, l.channels - first);
    T share[strip] = {};
    const auto for_cells = [&](auto&& f) {  // the inner loop along memory
      const Dim base = first * l.channel_step;
      if (l.channel_step == 1)
        for (Dim i = 0; i < l.cells; ++i)
          for (Dim c = 0; c < width; ++c) f(base + i * l.channels + c, c);
      else
        for (Dim c = 0; c < width; ++c)
          for (Dim i = 0; i < l.cells; ++i) f(base + c * l.cells + i, c);
    };
    const T* best = y + first;
    for_cells([&](Dim at, Dim c) { share[c] += x[at] == best[c] ? T(1) : T(0); });
    for (Dim c = 0; c < width; ++c) share[c] = dy[first + c] / share[c];
    for_cells([&](Dim at, Dim c) { dx[at] = x[at] == best[c] ? share[c] : T(0); });
  }
}

template <class T>
void gradient(PoolKind kind, const Layout& l, const T* x, const bool* mask, const T* y, const T* dy, T* dx) {
  for (Dim n = 0; n < l.batch; ++n, dy += l.channels) {
    const bool* m = mask ? mask + n * l.cells : nullptr;
    const Dim image = n * l.cells * l.channels;
    const T scale = T(1) / count_of<T>(m, l.cells);
    if (kind == PoolKind::max)
      spread_to_best(l, x + image, y + n * l.channels, dy, dx + image);
    else if (l.channel_step == 1)
      spread_rows(l, m, dy, scale, dx + image);
    else
      for (Dim c = 0; c < l.channels; ++c)
        for (Dim i = 0; i < l.cells; ++i) dx[image + c * l.cells + i] = dy[c] * scale * weight_of<T>(m, i);
  }
}

}  // namespace

void global_pool(PoolKind kind, bool channels_first, ConstView x, ConstView mask, View y) {
  dispatch_real(y.dtype(), [&]<class T>(T) {
    pool<T>(kind, layout(x.shape(), channels_first), x.data<T>(), mask ? mask.data<bool>() : nullptr,
            y.data<T>());
  });
}

void global_pool_gradient(PoolKind kind, bool channels_first, ConstView x, ConstView mask, ConstView y,
                          ConstView dy, View dx) {
  dispatch_real(dx.dtype(), [&]<class T>(T) {
    const bool max = kind == PoolKind::max;
    gradient<T>(kind, layout(dx.shape(), channels_first), max ? x.data<T>() : nullptr,
                mask ? mask.data<bool>() : nullptr, max ? y.data<T>() : nullptr, dy.data<T>(), dx.data<T>());
  });
}

}  // namespace rhyton
