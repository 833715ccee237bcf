// Products of vectors, matrices and tensors, as einsums or element by element.
#include <fmt/format.h>

#include "layers/operations/composition.hpp"

namespace rhyton {

namespace {

using detail::Composition;
using Parts = SymbolicTensors;

std::string letters(int count, char first) {
  std::string out;
  for (int i = 0; i < count; ++i) out += static_cast<char>(first + i);
  return out;
}

SymbolicTensor einsum(const Composition& c, const std::string& equation, const SymbolicTensor& a,
                      const SymbolicTensor& b) {
  return c.call("Einsum", {a, b}, {{"subscripts", equation}});
}

/// Sums over pairs of axes; the rest of a comes first.
SymbolicTensor contracted(const Composition& c, const SymbolicTensor& a, const SymbolicTensor& b,
                          const std::vector<std::int64_t>& of_a, const std::vector<std::int64_t>& of_b) {
  const int ra = a.shape().rank(), rb = b.shape().rank();
  std::string x = letters(ra, 'a'), y = letters(rb, 'A');
  for (std::size_t i = 0; i < of_a.size(); ++i)
    y[static_cast<std::size_t>(normalize_axis(of_b.at(i), rb, c.owner().label()))] =
        x[static_cast<std::size_t>(normalize_axis(of_a[i], ra, c.owner().label()))];
  std::string out;
  for (char label : x + y)
    if ((x.find(label) == std::string::npos) != (y.find(label) == std::string::npos)) out += label;
  return einsum(c, fmt::format("{},{}->{}", x, y, out), a, b);
}

Parts tensordot(const Composition& c) {
  const auto a = c.tensor("x1"), b = c.tensor("x2");
  const Json* axes = c.arguments.find("axes");
  std::vector<std::int64_t> of_a, of_b;
  const auto list = [&](const Json& json) {
    std::vector<std::int64_t> out;
    for (const Json& axis : json.is_array() ? json : Json::array({json})) {
      if (!axis.is_number_integer()) c.fail("`axes` must be whole numbers.");
      out.push_back(axis.get<std::int64_t>());
    }
    return out;
  };
  if (axes && axes->is_array() && axes->size() == 2) {
    of_a = list((*axes)[0]);
    of_b = list((*axes)[1]);
    if (of_a.size() != of_b.size()) c.fail("`axes` must name as many axes of both.");
  } else {
    if (axes && !axes->is_number_integer()) c.fail("`axes` must be a number, or two lists of them.");
    const std::int64_t count = axes ? axes->get<std::int64_t>() : 2;
    if (count < 0 || count > a.shape().rank() || count > b.shape().rank())
      c.fail("`axes` must not be more than there are. Received: axes={}.", count);
    for (std::int64_t i = 0; i < count; ++i) {
      of_a.push_back(a.shape().rank() - count + i);
      of_b.push_back(i);
    }
  }
  return {contracted(c, a, b, of_a, of_b)};
}

Parts dot(const Composition& c) {
  const auto a = c.tensor("x1"), b = c.tensor("x2");
  if (a.shape().rank() == 0 || b.shape().rank() == 0) return {c.call("Multiply", {a, b})};
  return {contracted(c, a, b, {-1}, {b.shape().rank() == 1 ? 0 : -2})};
}

Parts inner(const Composition& c) { return {contracted(c, c.tensor("x1"), c.tensor("x2"), {-1}, {-1})}; }

Parts outer(const Composition& c) {
  const auto flat = [&](const char* name) { return c.call("Ravel", {c.tensor(name)}); };
  return {einsum(c, "i,j->ij", flat("x1"), flat("x2"))};
}

Parts vdot(const Composition& c) {
  const auto flat = [&](const char* name) { return c.call("Ravel", {c.tensor(name)}); };
  return {einsum(c, "i,i->", flat("x1"), flat("x2"))};
}

/// The last axis of vectors in space.
Parts cross(const Composition& c) {
  for (const char* axis : {"axisa", "axisb", "axisc", "axis"})
    if (c.arguments.integer(axis, -1) != -1) c.refuse("another axis than the last");
  const auto a = c.tensor("x1"), b = c.tensor("x2");
  if (c.size(a, -1) != 3 || c.size(b, -1) != 3) c.refuse("vectors of another length than 3");
  const auto turned = [&](const SymbolicTensor& x, Json order) {
    return c.call("Take", {x, std::move(order)}, {{"axis", -1}});
  };
  const Json once = {1, 2, 0}, twice = {2, 0, 1};
  return {c.call("Subtract", {c.call("Multiply", {turned(a, once), turned(b, twice)}),
                              c.call("Multiply", {turned(a, twice), turned(b, once)})})};
}

/// Every element of a times all of b, in blocks.
Parts kron(const Composition& c) {
  const auto a = c.tensor("x1"), b = c.tensor("x2");
  const int rank = a.shape().rank();
  if (b.shape().rank() != rank) c.refuse("tensors of different ranks");
  Shape sa, sb, y;
  for (int i = 0; i < rank; ++i) {
    const Dim da = a.shape()[i], db = b.shape()[i];
    if ((da < 0 || db < 0) && i > 0) c.fail("all sizes but the first must be known.");
    sa.push_back(da);
    sa.push_back(1);
    sb.push_back(1);
    sb.push_back(db);
    y.push_back(da < 0 || db < 0 ? unknown : da * db);
  }
  if (a.shape().front() < 0 || b.shape().front() < 0) {
    Json of_a = Json::array(), of_b = Json::array();
    for (int i = 0; i < rank; ++i) {
      of_a.push_back(2 * i + 1);
      of_b.push_back(2 * i);
    }
    const auto product = c.call("Multiply", {c.call("ExpandDims", {a}, {{"axis", of_a}}),
                                             c.call("ExpandDims", {b}, {{"axis", of_b}})});
    return {c.reshape(product, y)};
  }
  return {c.reshape(c.call("Multiply", {c.reshape(a, sa), c.reshape(b, sb)}), y)};
}

constexpr detail::ComposedEntry products[] = {
    {"Tensordot", "x1, x2", tensordot}, {"Dot", "x1, x2", dot},   {"Inner", "x1, x2", inner},
    {"Outer", "x1, x2", outer},         {"Vdot", "x1, x2", vdot}, {"Cross", "x1, x2", cross},
    {"Kron", "x1, x2", kron},
};

}  // namespace

void detail::add_composed_products(OperationTable& table) {
  add_entries(table, products, [](OperationCall&& call) { return make_composed(std::move(call), products); });
}

}  // namespace rhyton
