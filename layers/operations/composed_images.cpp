// Operations on images: their layers do the work.
#include "layers/operations/composition.hpp"

namespace rhyton {

namespace {

using detail::Composition;
using Parts = SymbolicTensors;

bool channels_first(const Composition& c) {
  return c.arguments.text("data_format", "channels_last") == "channels_first";
}

Parts resize(const Composition& c) {
  const auto size = c.arguments.integers("size");
  if (size.size() != 2) c.fail("`size` must be a height and a width.");
  Json config = {{"height", size[0]}, {"width", size[1]}};
  for (const char* name : {"interpolation", "antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio",
                           "fill_mode", "fill_value", "data_format"})
    if (const Json* json = c.arguments.find(name)) config[name] = *json;
  return {c.layer("Resizing", c.tensor("images"), config)};
}

/// What stands before and behind an image's two axes: given, or what the size wanted leaves to one of them.
struct Edges {
  Dim top, bottom, left, right;
};
/// `sign`: 1 for edges that are added, -1 for edges that are cut.
Edges edges(const Composition& c, const SymbolicTensor& x, const std::string& suffix, Dim sign) {
  const int rank = x.shape().rank();
  if (rank < 3 || rank > 4) c.fail("expected one image or a batch. Received shape {}.", to_string(x.shape()));
  const auto along = [&](const char* before, const char* after, const char* target, int axis) {
    const std::string names[] = {before + suffix, after + suffix};
    Dim first = c.arguments.integer(names[0], 0), last = c.arguments.integer(names[1], 0);
    if (c.arguments.find(target)) {
      const Dim rest = sign * (c.arguments.integer(target, 0) - c.size(x, axis));
      if (!c.arguments.find(names[0]))
        first = rest - last;
      else if (!c.arguments.find(names[1]))
        last = rest - first;
    }
    if (first < 0 || last < 0) c.fail("negative edges along axis {}.", axis);
    return std::pair(first, last);
  };
  const int axis = rank - (channels_first(c) ? 2 : 3);
  const auto [top, bottom] = along("top", "bottom", "target_height", axis);
  const auto [left, right] = along("left", "right", "target_width", axis + 1);
  return {top, bottom, left, right};
}

/// Calls the layer of this name on a batch.
Parts framed(const Composition& c, const char* layer, const char* argument, const SymbolicTensor& x,
             const Edges& e) {
  const Json config = {{argument, {{e.top, e.bottom}, {e.left, e.right}}},
                       {"data_format", channels_first(c) ? "channels_first" : "channels_last"}};
  if (x.shape().rank() == 4) return {c.layer(layer, x, config)};
  const auto batch = c.call("ExpandDims", {x}, {{"axis", 0}});
  return {c.call("Squeeze", {c.layer(layer, batch, config)}, {{"axis", 0}})};
}

Parts pad_images(const Composition& c) {
  const auto x = c.tensor("images");
  return framed(c, "ZeroPadding2D", "padding", x, edges(c, x, "_padding", 1));
}
Parts crop_images(const Composition& c) {
  const auto x = c.tensor("images");
  return framed(c, "Cropping2D", "cropping", x, edges(c, x, "_cropping", -1));
}

Parts grayscale(const Composition& c) {
  const auto x = c.tensor("images");
  Json shares = {0.2989, 0.5870, 0.1140};
  const int axis = channels_first(c) ? -3 : -1;
  if (axis == -3) shares = {{{0.2989}}, {{0.5870}}, {{0.1140}}};
  return {c.reduce("Sum", c.call("Multiply", {x, shares}), axis, true)};
}

constexpr detail::ComposedEntry images[] = {
    {"Resize", "images", resize},
    {"PadImages", "images", pad_images},
    {"CropImages", "images", crop_images},
    {"RGBToGrayscale", "images", grayscale},
};

}  // namespace

void detail::add_composed_images(OperationTable& table) {
  add_entries(table, images, [](OperationCall&& call) { return make_composed(std::move(call), images); });
}

}  // namespace rhyton
