// Functions of tf.image in operations of Keras 3.
#include <algorithm>
#include <cmath>

#include "serialization/function_call.hpp"

namespace rhyton {

namespace {

using Results = SymbolicTensors;
using Part = FunctionCall::Part;

/// The axis of an image's rows: images stand alone or in a batch.
int rows_of(const FunctionCall& c, const SymbolicTensor& x) {
  const int rank = x.shape().rank();
  if (rank != 3 && rank != 4) c.refuse("images of shape " + to_string(x.shape()));
  return rank - 3;
}

void expect_real(const FunctionCall& c, const SymbolicTensor& x) {
  if (x.dtype() != DType::float32) c.refuse("images of the type " + std::string(to_string(x.dtype())));
}

Results central_crop(FunctionCall& c) {
  const auto x = c.tensor("image");
  const double fraction = c.number("central_fraction", 1);
  if (!(fraction > 0 && fraction <= 1)) c.refuse("a central_fraction that is not in (0, 1]");
  std::vector<Part> parts;
  const int rows = rows_of(c, x);
  for (const int axis : {rows, rows + 1}) {
    const auto size = static_cast<double>(c.size(x, axis));
    const auto start = static_cast<std::int64_t>((size - size * fraction) / 2);
    parts.push_back({axis, start, c.size(x, axis) - start});
  }
  return {c.sliced(x, parts)};
}

Results crop_to_bounding_box(FunctionCall& c) {
  const auto x = c.tensor("image");
  const std::int64_t top = c.integer("offset_height"), left = c.integer("offset_width"),
                     height = c.integer("target_height"), width = c.integer("target_width");
  const int rows = rows_of(c, x);
  if (top < 0 || left < 0 || height < 1 || width < 1 || top > c.size(x, rows) - height ||
      left > c.size(x, rows + 1) - width)
    c.refuse("a box that is not inside of the image");
  return {c.sliced(x, {{rows, top, top + height}, {rows + 1, left, left + width}})};
}

SymbolicTensor padded(FunctionCall& c, const SymbolicTensor& x,
                      std::pair<std::int64_t, std::int64_t> vertical,
                      std::pair<std::int64_t, std::int64_t> horizontal) {
  const int rows = rows_of(c, x);
  Json widths = Json::array();
  for (int i = 0; i < x.shape().rank(); ++i) {
    const auto edge = i == rows       ? vertical
                      : i == rows + 1 ? horizontal
                                      : std::pair<std::int64_t, std::int64_t>();
    widths.push_back({edge.first, edge.second});
  }
  return c.result("Pad", {x}, {{"pad_width", widths}, {"mode", "constant"}});
}

constexpr std::int64_t largest_edge = 1 << 20;

Results pad_to_bounding_box(FunctionCall& c) {
  const auto x = c.tensor("image");
  const std::int64_t top = c.integer("offset_height"), left = c.integer("offset_width"),
                     height = c.integer("target_height"), width = c.integer("target_width");
  const int rows = rows_of(c, x);
  if (top < 0 || left < 0 || top > largest_edge || left > largest_edge || height > largest_edge ||
      width > largest_edge)
    c.refuse("negative or too large edges");
  const std::int64_t below = height - top - c.size(x, rows), right = width - left - c.size(x, rows + 1);
  if (below < 0 || right < 0) c.refuse("a box that is smaller than the image");
  return {padded(c, x, {top, below}, {left, right})};
}

Results resize_with_crop_or_pad(FunctionCall& c) {
  const auto x = c.tensor("image");
  const int rows = rows_of(c, x);
  struct Edge {
    std::int64_t from, to, before, after;
  };
  const auto along = [&](std::int64_t target, int axis) {
    const Dim size = c.size(x, axis);
    if (target < 1 || target > largest_edge) c.refuse("such a target size");
    // Rounded down, both of them: the cut and the edge.
    const std::int64_t cut = std::max<std::int64_t>(size - target, 0) / 2,
                       edge = std::max<std::int64_t>(target - size, 0) / 2,
                       kept = std::min<std::int64_t>(size, target);
    return Edge{cut, cut + kept, edge, target - edge - kept};
  };
  const Edge v = along(c.integer("target_height"), rows), h = along(c.integer("target_width"), rows + 1);
  const auto cut = c.sliced(x, {{rows, v.from, v.to}, {rows + 1, h.from, h.to}}, false);
  return {padded(c, cut, {v.before, v.after}, {h.before, h.after})};
}

SymbolicTensor transposed(FunctionCall& c, const SymbolicTensor& x, bool last) {
  const Json axes = rows_of(c, x) == 1 ? Json{0, 2, 1, 3} : Json{1, 0, 2};
  return last ? c.result("Transpose", {x}, {{"axes", axes}}) : c.call("Transpose", {x}, {{"axes", axes}});
}

/// Quarters of a turn, against the clock.
Results rot90(FunctionCall& c) {
  const auto x = c.tensor("image");
  const int rows = rows_of(c, x);
  const std::int64_t k = ((c.integer("k", 1) % 4) + 4) % 4;
  if (k == 0) return {c.result("Copy", {x})};
  if (k == 2) return {c.result("Flip", {x}, {{"axis", Json::array({rows, rows + 1})}})};
  const Json columns = {{"axis", Json::array({rows + 1})}};
  if (k == 1) return {transposed(c, c.call("Flip", {x}, columns), true)};
  return {c.result("Flip", {transposed(c, x, false)}, columns)};
}

Results transpose(FunctionCall& c) { return {transposed(c, c.tensor("image"), true)}; }

Results grayscale_to_rgb(FunctionCall& c) {
  const auto x = c.tensor("images");
  if (c.size(x, -1) != 1) c.refuse("images of more than one channel");
  Json repeats(static_cast<std::size_t>(x.shape().rank()), Json(1));
  repeats.back() = 3;
  return {c.result("Tile", {x}, {{"repeats", repeats}})};
}

Results adjust_brightness(FunctionCall& c) {
  const auto x = c.tensor("image");
  expect_real(c, x);
  return {c.result("Add", {x, c.operand("delta")})};
}

Results adjust_contrast(FunctionCall& c) {
  const auto x = c.tensor("images");
  expect_real(c, x);
  const auto factor = c.operand("contrast_factor");
  const auto mean = c.reduce("Mean", x, {-3, -2}, true);
  return {c.result("Add", {c.call("Multiply", {c.call("Subtract", {x, mean}), factor}), mean})};
}

Results adjust_gamma(FunctionCall& c) {
  const auto x = c.tensor("image");
  expect_real(c, x);
  const double gamma = c.number("gamma", 1), gain = c.number("gain", 1);
  return {c.result("Multiply", {c.call("Power", {x, Json(gamma)}), Json(gain)})};
}

Results per_image_standardization(FunctionCall& c) {
  const auto x = c.cast(c.tensor("image"), DType::float32);
  if (x.shape().rank() < 3) c.refuse("images of shape " + to_string(x.shape()));
  double pixels = 1;
  for (const int axis : {-1, -2, -3}) pixels *= static_cast<double>(c.size(x, axis));
  const Json axes = {-1, -2, -3};
  const auto mean = c.reduce("Mean", x, axes, true);
  const auto deviation = c.call("Maximum", {c.reduce("Std", x, axes, true), Json(1 / std::sqrt(pixels))});
  return {c.result("TrueDivide", {c.call("Subtract", {x, mean}), deviation})};
}

/// Another space of colours, by a matrix.
Results recolour(FunctionCall& c) {
  const auto x = c.tensor("images");
  expect_real(c, x);
  const std::string& f = c.function();
  static const Json rgb_to_yiq = {{0.299, 0.59590059, 0.2115},
                                  {0.587, -0.27455667, -0.52273617},
                                  {0.114, -0.32134392, 0.31119955}},
                    yiq_to_rgb = {{1.0, 1.0, 1.0},
                                  {0.95598634, -0.27201283, -1.10674021},
                                  {0.6208248, -0.64720424, 1.70423049}},
                    rgb_to_yuv = {{0.299, -0.14714119, 0.61497538},
                                  {0.587, -0.28886916, -0.51496512},
                                  {0.114, 0.43601035, -0.10001026}},
                    yuv_to_rgb = {
                        {1.0, 1.0, 1.0}, {0.0, -0.394642334, 2.03206185}, {1.13988303, -0.58062185, 0.0}};
  const Json& matrix = f.ends_with("rgb_to_yiq")   ? rgb_to_yiq
                       : f.ends_with("yiq_to_rgb") ? yiq_to_rgb
                       : f.ends_with("rgb_to_yuv") ? rgb_to_yuv
                                                   : yuv_to_rgb;
  return {c.result("Matmul", {x, matrix})};
}

Results convert_image_dtype(FunctionCall& c) {
  const auto x = c.tensor("image");
  c.flag("saturate", false);  // says something of whole numbers as results
  if (c.text("dtype", "") != "float32") c.refuse("another type than float32");
  if (x.dtype() == DType::float32) return {c.result("Copy", {x})};
  if (x.dtype() != DType::uint8) c.refuse("images of the type " + std::string(to_string(x.dtype())));
  return {c.result("Multiply", {c.cast(x, DType::float32), Json(1.0 / 255)})};
}

Results extract_patches(FunctionCall& c) {
  const auto x = c.tensor("images");
  const auto middle = [&](const char* name) -> Json {
    const auto sizes = c.integers(name);
    if (sizes.size() != 4 || sizes[0] != 1 || sizes[3] != 1)
      c.refuse(std::string(name) + " over the batch or the channels");
    return {sizes[1], sizes[2]};
  };
  const std::string padding = c.text("padding", "");
  if (padding != "SAME" && padding != "VALID") c.refuse("padding=" + padding);
  const Json rates = middle("rates");
  return {c.result("ExtractPatches", {x},
                   {{"size", middle("sizes")},
                    {"strides", middle("strides")},
                    {"dilation_rate", rates == Json{1, 1} ? Json(1) : rates},
                    {"padding", padding == "SAME" ? "same" : "valid"},
                    {"data_format", "channels_last"}})};
}

}  // namespace

const detail::ExpansionTable& detail::image_expansions() {
  static const ExpansionTable table = {
      {"image.central_crop", {"image", central_crop}},
      {"image.crop_to_bounding_box", {"image", crop_to_bounding_box}},
      {"image.pad_to_bounding_box", {"image", pad_to_bounding_box}},
      {"image.resize_with_crop_or_pad", {"image", resize_with_crop_or_pad}},
      {"image.rot90", {"image", rot90}},
      {"image.transpose", {"image", transpose}},
      {"image.grayscale_to_rgb", {"images", grayscale_to_rgb}},
      {"image.adjust_brightness", {"image", adjust_brightness}},
      {"image.adjust_contrast", {"images", adjust_contrast}},
      {"image.adjust_gamma", {"image", adjust_gamma}},
      {"image.per_image_standardization", {"image", per_image_standardization}},
      {"image.rgb_to_yiq", {"images", recolour}},
      {"image.yiq_to_rgb", {"images", recolour}},
      {"image.rgb_to_yuv", {"images", recolour}},
      {"image.yuv_to_rgb", {"images", recolour}},
      {"image.convert_image_dtype", {"image", convert_image_dtype}},
      {"image.extract_patches", {"images", extract_patches}},
  };
  return table;
}

}  // namespace rhyton
