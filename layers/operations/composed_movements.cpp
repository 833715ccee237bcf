// Rearrangements that are made of simpler ones.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "layers/operations/composition.hpp"

namespace rhyton {

namespace {

using detail::Composition;
using Parts = SymbolicTensors;

/// Tensors of at least `rank` dimensions, joined along an axis.
Parts joined(const Composition& c, int rank, int axis) {
  SymbolicTensors list;
  for (SymbolicTensor x : c.inputs()) {
    while (x.shape().rank() < rank)
      x = c.call("ExpandDims", {x}, {{"axis", x.shape().rank() < 2 && rank > 1 ? 0 : -1}});
    list.push_back(x);
  }
  return {c.join("Concatenate", list, {{"axis", axis}})};
}
Parts hstack(const Composition& c) { return joined(c, 1, c.inputs()[0].shape().rank() < 2 ? 0 : 1); }
Parts vstack(const Composition& c) { return joined(c, 2, 0); }
Parts dstack(const Composition& c) { return joined(c, 3, 2); }

Parts append(const Composition& c) {
  SymbolicTensors list = {c.tensor("x1"), c.tensor("x2")};
  if (!c.arguments.find("axis"))
    for (SymbolicTensor& x : list) x = c.call("Ravel", {x});
  return {c.join("Concatenate", list, {{"axis", c.arguments.integer("axis", 0)}})};
}

/// Split along an axis; as equal as can be where the parts are a number.
Parts parts(const Composition& c, int axis, bool equal) {
  const auto x = c.tensor("x");
  const Json* given = c.arguments.find("indices_or_sections");
  if (!given) c.fail("`indices_or_sections` is missing.");
  Json cuts = *given;
  if (given->is_number_integer() && !equal) {
    const Dim count = given->get<Dim>(), size = c.size(x, axis);
    if (count < 1) c.fail("the number of parts must be positive.");
    cuts = Json::array();
    for (Dim i = 1, at = 0; i < count; ++i) cuts.push_back(at += size / count + (i <= size % count ? 1 : 0));
    if (cuts.empty()) return {x};
  }
  return c.call("Split", {x}, {{"indices_or_sections", cuts}, {"axis", axis}}).outputs();
}
Parts array_split(const Composition& c) {
  return parts(c, normalize_axis(c.arguments.integer("axis", 0), c.rank("x"), c.owner().label()), false);
}
Parts hsplit(const Composition& c) { return parts(c, c.rank("x") == 1 ? 0 : 1, true); }
Parts vsplit(const Composition& c) { return parts(c, 0, true); }
Parts dsplit(const Composition& c) { return parts(c, 2, true); }

Parts unstack(const Composition& c) {
  const auto x = c.tensor("x");
  const int axis = normalize_axis(c.arguments.integer("axis", 0), x.shape().rank(), c.owner().label());
  const Dim count = c.size(x, axis);
  Parts out;
  for (const auto& part : c.call("Split", {x}, {{"indices_or_sections", count}, {"axis", axis}}).outputs())
    out.push_back(c.call("Squeeze", {part}, {{"axis", axis}}));
  return out;
}

Parts rot90(const Composition& c) {
  const auto x = c.tensor("x");
  auto axes = c.arguments.integers("axes");
  if (axes.empty()) axes = {0, 1};
  const std::int64_t turns = ((c.arguments.integer("k", 1) % 4) + 4) % 4;
  const auto flip = [&](const SymbolicTensor& t, std::int64_t axis) {
    return c.call("Flip", {t}, {{"axis", axis}});
  };
  const auto swap = [&](const SymbolicTensor& t) {
    return c.call("Swapaxes", {t}, {{"axis1", axes[0]}, {"axis2", axes[1]}});
  };
  if (turns == 0) return {c.call("Copy", {x})};
  if (turns == 1) return {swap(flip(x, axes[1]))};
  if (turns == 2) return {flip(flip(x, axes[0]), axes[1])};
  return {flip(swap(x), axes[1])};
}

void expect_channels_last(const Composition& c) {
  if (c.arguments.text("data_format", "channels_last") != "channels_last")
    c.refuse("data_format channels_first");
}

// (n, h, w, b b c) -> (n, h b, w b, c)
Parts depth_to_space(const Composition& c) {
  expect_channels_last(c);
  const auto x = c.tensor("x");
  const Dim b = c.arguments.integer("block_size", 2), h = c.size(x, 1), w = c.size(x, 2),
            depth = c.size(x, 3);
  if (b < 1 || depth % (b * b) != 0) c.fail("the channels must be a multiple of block_size * block_size.");
  const Dim channels = depth / (b * b);
  const auto blocks = c.transpose(c.reshape(x, {unknown, h, w, b, b, channels}), {0, 1, 3, 2, 4, 5});
  return {c.reshape(blocks, {unknown, h * b, w * b, channels})};
}
Parts space_to_depth(const Composition& c) {
  expect_channels_last(c);
  const auto x = c.tensor("x");
  const Dim b = c.arguments.integer("block_size", 2), h = c.size(x, 1), w = c.size(x, 2),
            depth = c.size(x, 3);
  if (b < 1 || h % b != 0 || w % b != 0) c.fail("height and width must be multiples of block_size.");
  const auto blocks = c.transpose(c.reshape(x, {unknown, h / b, b, w / b, b, depth}), {0, 1, 3, 2, 4, 5});
  return {c.reshape(blocks, {unknown, h / b, w / b, b * b * depth})};
}

/// One side of einops's "b (h p) w -> b h (p w)": groups of names.
std::vector<std::vector<std::string>> axes_of(const Composition& c, const std::string& side) {
  std::vector<std::vector<std::string>> out;
  bool group = false;
  std::string name;
  const auto take = [&] {
    if (name.empty()) return;
    if (!group) out.emplace_back();
    out.back().push_back(name);
    name.clear();
  };
  for (char letter : side + " ") {
    if (letter == '(' || letter == ')' || letter == ' ') {
      take();
      if (letter == '(') out.emplace_back();
      if (letter != ' ') group = letter == '(';
    } else if (std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_') {
      name += letter;
    } else {
      c.refuse(fmt::format("the pattern '{}'", side));
    }
  }
  return out;
}

Parts rearrange(const Composition& c) {
  const auto x = c.tensor("tensor");
  const std::string pattern = c.arguments.text("pattern", "");
  const auto arrow = pattern.find("->");
  if (arrow == std::string::npos) c.fail("the pattern '{}' has no arrow.", pattern);
  const auto from = axes_of(c, pattern.substr(0, arrow)), to = axes_of(c, pattern.substr(arrow + 2));
  if (static_cast<int>(from.size()) != x.shape().rank()) c.fail("the pattern '{}' does not fit.", pattern);
  std::map<std::string, Dim> sizes;
  std::vector<std::string> order;
  Shape split;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const Dim whole = x.shape()[static_cast<int>(i)];
    Dim known = 1;
    int open = 0;
    for (const auto& name : from[i]) {
      const std::int64_t given = c.arguments.integer(name, unknown);
      sizes[name] = given;
      if (given < 0) {
        ++open;
      } else {
        known *= given;
      }
    }
    if (open > 1) c.fail("the sizes of the pattern '{}' do not follow.", pattern);
    for (const auto& name : from[i]) {
      if (sizes[name] < 0) sizes[name] = whole < 0 ? unknown : whole / known;
      order.push_back(name);
      split.push_back(sizes[name]);
    }
  }
  std::vector<int> permutation;
  Shape merged;
  for (const auto& group : to) {
    Dim size = 1;
    for (const auto& name : group) {
      const auto at = std::find(order.begin(), order.end(), name);
      if (at == order.end()) c.refuse(fmt::format("a new axis '{}' in the pattern", name));
      permutation.push_back(static_cast<int>(at - order.begin()));
      size = size < 0 || sizes[name] < 0 ? unknown : size * sizes[name];
    }
    merged.push_back(size);
  }
  if (permutation.size() != order.size()) c.fail("the pattern '{}' loses an axis.", pattern);
  return {c.reshape(c.transpose(c.reshape(x, split), permutation), merged)};
}

constexpr detail::ComposedEntry movements[] = {
    {"Hstack", "xs", hstack},
    {"Vstack", "xs", vstack},
    {"Dstack", "xs", dstack},
    {"Append", "x1, x2", append},
    {"ArraySplit", "x", array_split},
    {"Hsplit", "x", hsplit},
    {"Vsplit", "x", vsplit},
    {"Dsplit", "x", dsplit},
    {"Unstack", "x", unstack},
    {"Rot90", "x", rot90},
    {"DepthToSpace", "x", depth_to_space},
    {"SpaceToDepth", "x", space_to_depth},
    {"Rearrange", "tensor, pattern", rearrange},
};

}  // namespace

void detail::add_composed_movements(OperationTable& table) {
  add_entries(table, movements,
              [](OperationCall&& call) { return make_composed(std::move(call), movements); });
}

}  // namespace rhyton
