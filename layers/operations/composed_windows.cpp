// Windows that slide over images and signals.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "layers/operations/composition.hpp"

namespace rhyton {

namespace {

using detail::Composition;
using Parts = SymbolicTensors;

/// Cells of a grid of windows: for each place of a window, the numbers of its cells in a row of them all.
Json window_cells(const std::vector<Dim>& sizes, const std::vector<Dim>& window,
                  const std::vector<Dim>& strides, const std::vector<Dim>& dilation, Shape& places) {
  Json rows = Json::array({0}), cells = Json::array({0});
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const Dim count = (sizes[i] - (window[i] - 1) * dilation[i] - 1) / strides[i] + 1;
    places.push_back(count);
    Json further_rows = Json::array(), further_cells = Json::array();
    for (const Json& row : rows)
      for (Dim p = 0; p < count; ++p) further_rows.push_back(row.get<Dim>() * sizes[i] + p * strides[i]);
    for (const Json& cell : cells)
      for (Dim w = 0; w < window[i]; ++w)
        further_cells.push_back(cell.get<Dim>() * sizes[i] + w * dilation[i]);
    rows = std::move(further_rows);
    cells = std::move(further_cells);
  }
  Json out = Json::array();
  for (const Json& row : rows)
    for (const Json& cell : cells) out.push_back(row.get<Dim>() + cell.get<Dim>());
  return out;
}

/// The windows of an image or a volume, each as one row of its cells' channels.
Parts extract_patches(const Composition& c) {
  auto x = c.tensor("images");
  const bool channels_first = c.arguments.text("data_format", "channels_last") == "channels_first";
  const auto window = c.arguments.integers("size");
  const std::size_t n = window.size();
  const auto spread = [&](const char* name, std::vector<Dim> fallback) {
    auto values = c.arguments.integers(name);
    if (values.size() == 1) values.assign(n, values[0]);
    return values.empty() ? fallback : values;
  };
  const auto strides = spread("strides", window), dilation = spread("dilation_rate", std::vector<Dim>(n, 1));
  const bool single = x.shape().rank() == static_cast<int>(n) + 1;
  if (n < 2 || n > 3 || strides.size() != n || dilation.size() != n ||
      (!single && x.shape().rank() != static_cast<int>(n) + 2))
    c.fail("`size` does not fit images of shape {}.", to_string(x.shape()));
  if (single) x = c.call("ExpandDims", {x}, {{"axis", 0}});
  if (channels_first) x = c.call("Moveaxis", {x}, {{"source", 1}, {"destination", -1}});
  if (c.arguments.text("padding", "valid") == "same") {
    Json widths = Json::array({Json::array({0, 0})});
    for (std::size_t i = 0; i < n; ++i) {
      const Dim size = c.size(x, static_cast<int>(i) + 1), count = (size + strides[i] - 1) / strides[i];
      const Dim missing =
          std::max<Dim>((count - 1) * strides[i] + (window[i] - 1) * dilation[i] + 1 - size, 0);
      widths.push_back({missing / 2, missing - missing / 2});
    }
    widths.push_back({0, 0});
    x = c.call("Pad", {x}, {{"pad_width", widths}, {"mode", "constant"}});
  }
  std::vector<Dim> sizes;
  Dim cells = 1;
  for (std::size_t i = 0; i < n; ++i) {
    sizes.push_back(c.size(x, static_cast<int>(i) + 1));
    if (window[i] < 1 || strides[i] < 1 || dilation[i] < 1 || sizes[i] < (window[i] - 1) * dilation[i] + 1)
      c.fail("windows of this `size` do not fit images of shape {}.", to_string(x.shape()));
    cells *= sizes[i];
  }
  const Dim channels = c.size(x, -1);
  Shape y{x.shape()[0]};
  const Json chosen = window_cells(sizes, window, strides, dilation, y);
  Dim row = channels;
  for (const Dim w : window) row *= w;
  y.push_back(row);
  auto patches =
      c.reshape(c.call("Take", {c.reshape(x, {x.shape()[0], cells, channels}), chosen}, {{"axis", 1}}), y);
  if (channels_first) patches = c.call("Moveaxis", {patches}, {{"source", -1}, {"destination", 1}});
  return {single ? c.call("Squeeze", {patches}, {{"axis", 0}}) : patches};
}

/// Sequences of a length that overlap, along the last axis.
SymbolicTensor sequences(const Composition& c, const SymbolicTensor& x, Dim length, Dim stride) {
  const Dim size = c.size(x, -1);
  if (length < 1 || stride < 1 || size < length)
    c.fail("sequences of {} do not fit {}.", length, to_string(x.shape()));
  Json index = Json::array();
  for (Dim begin = 0; begin + length <= size; begin += stride) {
    Json one = Json::array();
    for (Dim i = 0; i < length; ++i) one.push_back(begin + i);
    index.push_back(std::move(one));
  }
  return c.call("Take", {x, index}, {{"axis", x.shape().rank() - 1}});
}
Parts extract_sequences(const Composition& c) {
  return {sequences(c, c.tensor("x"), c.arguments.integer("sequence_length", 0),
                    c.arguments.integer("sequence_stride", 0))};
}

/// The transform of overlapping sequences under a window, which stands in the middle of `fft_length`.
Parts short_time_fourier(const Composition& c) {
  auto x = c.tensor("x");
  const Dim length = c.arguments.integer("sequence_length", 0),
            stride = c.arguments.integer("sequence_stride", 0);
  const Dim whole = c.arguments.integer("fft_length", 0);
  if (length < 1 || whole < length) c.fail("`fft_length` must not be less than `sequence_length`.");
  const Json* name = c.arguments.find("window");
  if (name && !name->is_string()) c.refuse("a window of numbers");
  if (name && *name != "hann" && *name != "hamming") c.fail("`window` must be hann or hamming.");
  const double base = !name ? 1.0 : *name == "hann" ? 0.5 : 0.54;
  Json window = Json::array();
  for (Dim i = 0; i < whole; ++i) {
    const Dim at = i - (whole - length) / 2;
    const double angle = 2 * std::numbers::pi * static_cast<double>(at) / static_cast<double>(length);
    window.push_back(at < 0 || at >= length ? 0.0 : base - (1 - base) * std::cos(angle));
  }
  if (c.arguments.boolean("center", true)) {
    Json widths = Json::array();
    for (int i = 1; i < x.shape().rank(); ++i) widths.push_back({0, 0});
    widths.push_back({whole / 2, whole / 2});
    x = c.call("Pad", {x}, {{"pad_width", widths}, {"mode", "reflect"}});
  }
  const auto frames = c.call("Multiply", {sequences(c, x, whole, stride), window});
  return c.call("RFFT", {frames}).outputs();
}

constexpr detail::ComposedEntry windows[] = {
    {"ExtractPatches", "images", extract_patches},
    {"ExtractSequences", "x", extract_sequences},
    {"STFT", "x", short_time_fourier},
};

}  // namespace

void detail::add_composed_windows(OperationTable& table) {
  add_entries(table, windows, [](OperationCall&& call) { return make_composed(std::move(call), windows); });
}

}  // namespace rhyton
