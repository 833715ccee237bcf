// Resizing as TensorFlow 1 did it, with corners or edges in other places, by matrices of weights; and sizes
// that keep an image's proportions.
#include <algorithm>
#include <cmath>

#include "serialization/function_call.hpp"

namespace rhyton {

namespace {

using Results = SymbolicTensors;

/// How positions of the result are found in the image.
struct Grid {
  Dim from, to;
  bool align_corners, half_pixels;

  float scale() const {
    return align_corners && to > 1 ? static_cast<float>(from - 1) / static_cast<float>(to - 1)
                                   : static_cast<float>(from) / static_cast<float>(to);
  }
  float position(Dim i) const {
    const auto at = static_cast<float>(i);
    return half_pixels ? (at + 0.5f) * scale() - 0.5f : at * scale();
  }
  Dim nearest(Dim i) const {
    const auto at = static_cast<float>(i);
    const float place = half_pixels     ? std::floor((at + 0.5f) * scale())
                        : align_corners ? std::round(at * scale())
                                        : std::floor(at * scale());
    return std::clamp<Dim>(static_cast<Dim>(place), 0, from - 1);
  }
  /// Weights of the image's rows, (from, to).
  Json weights() const {
    Json rows(static_cast<std::size_t>(from), Json(static_cast<std::size_t>(to), Json(0.0)));
    for (Dim i = 0; i < to; ++i) {
      const float at = position(i), below = std::floor(at), part = at - below;
      const auto lower = static_cast<std::size_t>(std::max<Dim>(static_cast<Dim>(below), 0)),
                 upper = static_cast<std::size_t>(std::min<Dim>(static_cast<Dim>(std::ceil(at)), from - 1));
      const auto put = [&](std::size_t row, float weight) {
        Json& cell = rows[row][static_cast<std::size_t>(i)];
        cell = cell.get<double>() + static_cast<double>(weight);
      };
      put(lower, 1 - part);
      put(upper, part);
    }
    return rows;
  }
};

/// Columns and rows in turn, each time as the last axis.
SymbolicTensor bilinear(FunctionCall& c, SymbolicTensor x, const Grid& rows, const Grid& columns) {
  x = c.call("Transpose", {c.cast(x, DType::float32)}, {{"axes", {0, 1, 3, 2}}});
  x = c.call("Matmul", {x, columns.weights()});
  x = c.call("Transpose", {x}, {{"axes", {0, 2, 3, 1}}});
  x = c.call("Matmul", {x, rows.weights()});
  return c.result("Transpose", {x}, {{"axes", {0, 3, 2, 1}}});
}

SymbolicTensor nearest(FunctionCall& c, const SymbolicTensor& x, const Grid& rows, const Grid& columns) {
  const auto places = [](const Grid& grid) {
    Json list = Json::array();
    for (Dim i = 0; i < grid.to; ++i) list.push_back(grid.nearest(i));
    return list;
  };
  const auto y = c.call("Take", {x, places(rows)}, {{"axis", 1}});
  return c.result("Take", {y, places(columns)}, {{"axis", 2}});
}

Results resize_as_before(FunctionCall& c) {
  const auto x = c.tensor("images");
  const auto size = c.integers("size");
  if (x.shape().rank() != 4) c.refuse("images of shape " + to_string(x.shape()));
  const Dim height = c.size(x, 1), width = c.size(x, 2);
  if (size.size() != 2 || height < 1 || width < 1 || size[0] < 1 || size[1] < 1)
    c.refuse("size=" + c.json("size").dump().substr(0, 100));
  c.spend(height, size[0]);
  c.spend(width, size[1]);
  const bool corners = c.flag("align_corners", false);
  bool is_nearest = c.function().ends_with("nearest_neighbor"), half_pixels = false;
  if (c.function().find("resize_images") != std::string::npos || c.function().ends_with("image.resize")) {
    const Json method = c.json("method");
    is_nearest = method == 1 || method == "nearest";
    if (!is_nearest && method != 0 && method != "bilinear" && !method.is_null())
      c.refuse("method=" + method.dump());
  } else {
    half_pixels = c.flag("half_pixel_centers", false);
  }
  if (corners && half_pixels) c.refuse("align_corners and half_pixel_centers");
  const Grid rows{height, size[0], corners, half_pixels}, columns{width, size[1], corners, half_pixels};
  return {is_nearest ? nearest(c, x, rows, columns) : bilinear(c, x, rows, columns)};
}

/// The largest size with the image's proportions inside of the one that is asked for.
Results resize(FunctionCall& c) {
  const auto x = c.tensor("images");
  auto size = c.integers("size");
  const std::string method = c.text("method", "bilinear");
  if (size.size() != 2) c.refuse("size=" + c.json("size").dump().substr(0, 100));
  const int rank = x.shape().rank();
  if (rank != 3 && rank != 4) c.refuse("images of shape " + to_string(x.shape()));
  if (c.flag("preserve_aspect_ratio", false)) {
    const auto height = static_cast<float>(c.size(x, rank - 3)),
               width = static_cast<float>(c.size(x, rank - 2));
    if (height < 1 || width < 1) c.refuse("images without a pixel");
    const float scale = std::min(static_cast<float>(size[0]) / height, static_cast<float>(size[1]) / width);
    size = {std::lrint(scale * height), std::lrint(scale * width)};
  }
  bool known = false;
  for (const char* name : {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"})
    known = known || method == name;
  if (!known) c.refuse("method=" + method);
  return {c.result("Resize", {x},
                   {{"size", size}, {"interpolation", method}, {"antialias", c.flag("antialias", false)}})};
}

}  // namespace

const detail::ExpansionTable& detail::resizing_expansions() {
  static const ExpansionTable table = {
      {"image.resize", {"images", resize}},
      {"compat.v1.image.resize_bilinear", {"images", resize_as_before}},
      {"compat.v1.image.resize_nearest_neighbor", {"images", resize_as_before}},
      {"compat.v1.image.resize_images", {"images", resize_as_before}},
      {"compat.v1.image.resize", {"images", resize_as_before}},
  };
  return table;
}

}  // namespace rhyton
