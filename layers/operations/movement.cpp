// Operations that only move elements: reshape and its relatives alias, all others are one gather whose source
// positions are worked out when a Run is prepared. The gradient scatters back.
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "layers/operations/gather.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

using detail::Gather;
using detail::Index;

class TransposeOperation final : public Gather {
 public:
  explicit TransposeOperation(OperationCall&& call) : Gather(std::move(call)) {
    const OperationArguments a(call_, "x, axes, axis2");
    if (call_.class_name == "Swapaxes") {
      const OperationArguments s(call_, "x, axis1, axis2");
      swap_ = {s.integer("axis1", 0), s.integer("axis2", 1)};
    } else if (call_.class_name == "Moveaxis") {
      const OperationArguments m(call_, "x, source, destination");
      source_ = m.integers("source");
      destination_ = m.integers("destination");
      if (source_.empty() || source_.size() != destination_.size())
        fail("`source` and `destination` must match.");
    } else {
      axes_ = a.integers("axes");
    }
  }

 protected:
  Shape moved_shape(const Shape& x) const override {
    Shape y;
    for (int axis : permutation(x.rank())) y.push_back(x[axis]);
    return y;
  }
  bool source_of(const Shape& x, const Index& y, Index& source) const override {
    const auto order = permutation(x.rank());
    for (std::size_t i = 0; i < order.size(); ++i) source[static_cast<std::size_t>(order[i])] = y[i];
    return true;
  }

 private:
  std::vector<int> permutation(int rank) const {
    std::vector<int> order;
    if (!swap_.empty()) {
      for (int i = 0; i < rank; ++i) order.push_back(i);
      std::swap(order[static_cast<std::size_t>(normalize_axis(swap_[0], rank, label()))],
                order[static_cast<std::size_t>(normalize_axis(swap_[1], rank, label()))]);
    } else if (!source_.empty()) {
      order.assign(static_cast<std::size_t>(rank), -1);
      std::vector<bool> taken(static_cast<std::size_t>(rank));
      for (std::size_t i = 0; i < source_.size(); ++i) {
        const int from = normalize_axis(source_[i], rank, label());
        order[static_cast<std::size_t>(normalize_axis(destination_[i], rank, label()))] = from;
        taken[static_cast<std::size_t>(from)] = true;
      }
      int next = 0;
      for (int& o : order) {
        while (o < 0 && next < rank && taken[static_cast<std::size_t>(next)]) ++next;
        if (o < 0) o = next++;
      }
    } else if (axes_.empty()) {
      for (int i = rank - 1; i >= 0; --i) order.push_back(i);
    } else {
      for (std::int64_t a : axes_) order.push_back(normalize_axis(a, rank, label()));
      auto sorted = order;
      std::sort(sorted.begin(), sorted.end());
      for (int i = 0; i < rank; ++i)
        if (static_cast<int>(sorted.size()) != rank || sorted[static_cast<std::size_t>(i)] != i)
          fail("`axes` must name each of the {} axes once.", rank);
    }
    return order;
  }
  std::vector<std::int64_t> axes_, swap_, source_, destination_;
};

class FlipOperation final : public Gather {
 public:
  explicit FlipOperation(OperationCall&& call) : Gather(std::move(call)) {
    axes_ = OperationArguments(call_, "x, axis").integers("axis");
    if (call_.class_name == "Fliplr") axes_ = {1};
    if (call_.class_name == "Flipud") axes_ = {0};
  }

 protected:
  Shape moved_shape(const Shape& x) const override { return x; }
  bool source_of(const Shape& x, const Index& y, Index& source) const override {
    source = y;
    for (int i = 0; i < x.rank(); ++i)
      if (axes_.empty() || std::any_of(axes_.begin(), axes_.end(), [&](std::int64_t a) {
            return normalize_axis(a, x.rank(), label()) == i;
          }))
        source[static_cast<std::size_t>(i)] = x[i] - 1 - y[static_cast<std::size_t>(i)];
    return true;
  }

 private:
  std::vector<std::int64_t> axes_;
};

class RollOperation final : public Gather {
 public:
  explicit RollOperation(OperationCall&& call) : Gather(std::move(call)) {
    const OperationArguments a(call_, "x, shift, axis");
    shift_ = a.integer("shift", 0);
    if (a.tensor("shift") >= 0 || (a.find("axis") && a.find("axis")->is_array()))
      throw NotSupported(label() + ": roll along several axes, or by a tensor");
    flat_ = !a.find("axis");
    axis_ = a.integer("axis", 0);
  }

 protected:
  Shape moved_shape(const Shape& x) const override { return x; }
  bool source_of(const Shape& x, const Index& y, Index& source) const override {
    source = y;
    if (flat_) {
      // As one row of cells.
      Dim at = 0;
      for (int i = 0; i < x.rank(); ++i) at = at * x[i] + y[static_cast<std::size_t>(i)];
      at = ((at - shift_) % x.size() + x.size()) % x.size();
      for (int i = x.rank() - 1; i >= 0; --i) {
        source[static_cast<std::size_t>(i)] = at % x[i];
        at /= x[i];
      }
      return true;
    }
    const int axis = normalize_axis(axis_, x.rank(), label());
    const auto a = static_cast<std::size_t>(axis);
    source[a] = ((y[a] - shift_) % x[axis] + x[axis]) % x[axis];
    return true;
  }

 private:
  std::int64_t shift_ = 0, axis_ = 0;
  bool flat_ = false;
};

class RepeatOperation final : public Gather {
 public:
  explicit RepeatOperation(OperationCall&& call) : Gather(std::move(call)) {
    const OperationArguments a(call_, "x, repeats, axis");
    repeats_ = a.integer("repeats", 1);
    if (!a.find("axis")) throw NotSupported(label() + ": repeat without an axis");
    if (repeats_ < 0) fail("`repeats` must not be negative.");
    axis_ = a.integer("axis", 0);
  }

 protected:
  Shape moved_shape(const Shape& x) const override {
    Shape y = x;
    Dim& d = y[normalize_axis(axis_, x.rank(), label())];
    if (d >= 0) d *= repeats_;
    return y;
  }
  bool source_of(const Shape& x, const Index& y, Index& source) const override {
    source = y;
    source[static_cast<std::size_t>(normalize_axis(axis_, x.rank(), label()))] /= repeats_;
    return true;
  }

 private:
  std::int64_t repeats_ = 1, axis_ = 0;
};

/// Tile and broadcast_to: dimensions come again.
class TileOperation final : public Gather {
 public:
  explicit TileOperation(OperationCall&& call) : Gather(std::move(call)) {
    broadcast_ = call_.class_name == "BroadcastTo";
    sizes_ = OperationArguments(call_, broadcast_ ? "x, shape" : "x, repeats")
                 .integers(broadcast_ ? "shape" : "repeats");
    if (sizes_.empty()) fail("the sizes are missing.");
  }

 protected:
  Shape moved_shape(const Shape& x) const override {
    if (broadcast_) {
      const Shape target(sizes_);
      if (broadcast(x, target, label()) != target && x.is_known())
        fail("cannot broadcast {} to {}.", to_string(x), to_string(target));
      return target;
    }
    const int rank = std::max(x.rank(), static_cast<int>(sizes_.size()));
    Shape y;
    for (int i = 0; i < rank; ++i) {
      const int ix = i - (rank - x.rank()), is = i - (rank - static_cast<int>(sizes_.size()));
      const Dim d = ix < 0 ? 1 : x[ix], times = is < 0 ? 1 : sizes_[static_cast<std::size_t>(is)];
      if (times < 0) fail("`repeats` must not be negative.");
      y.push_back(d < 0 ? unknown : d * times);
    }
    return y;
  }
  bool source_of(const Shape& x, const Index& y, Index& source) const override {
    const int rank = std::max(x.rank(), static_cast<int>(sizes_.size()));
    for (int i = 0; i < x.rank(); ++i)
      source[static_cast<std::size_t>(i)] = y[static_cast<std::size_t>(i + rank - x.rank())] % x[i];
    return true;
  }

 private:
  std::vector<std::int64_t> sizes_;
  bool broadcast_ = false;
};

class PadOperation final : public Gather {
 public:
  explicit PadOperation(OperationCall&& call) : Gather(std::move(call)) {
    const OperationArguments a(call_, "x, pad_width, mode, constant_values");
    mode_ = a.text("mode", "constant");
    value_ = a.number("constant_values", 0.0);
    if (mode_ != "constant" && mode_ != "reflect" && mode_ != "symmetric" && mode_ != "edge")
      raise<NotSupported>("{}: pad mode '{}'", label(), mode_);
    const Json* width = a.find("pad_width");
    if (!width) fail("`pad_width` is missing.");
    auto pair = [&](const Json& j) -> std::pair<Dim, Dim> {
      if (j.is_number_integer()) return {j.get<Dim>(), j.get<Dim>()};
      if (!j.is_array() || j.empty() || j.size() > 2 || !j[0].is_number_integer() ||
          !j.back().is_number_integer())
        fail("`pad_width` must be a number, a pair, or a list of pairs.");
      return {j[0].get<Dim>(), j.back().get<Dim>()};
    };
    if (width->is_array() && !width->empty() && (*width)[0].is_array()) {
      for (const Json& j : *width) widths_.push_back(pair(j));
    } else {
      widths_.push_back(pair(*width));
    }
    for (const auto& [before, after] : widths_)
      if (before < 0 || after < 0) fail("`pad_width` must not be negative.");
  }

 protected:
  Shape moved_shape(const Shape& x) const override {
    if (widths_.size() != 1 && static_cast<int>(widths_.size()) != x.rank())
      fail("`pad_width` must have one pair for each of the {} dimensions.", x.rank());
    Shape y = x;
    for (int i = 0; i < x.rank(); ++i)
      if (y[i] >= 0) y[i] += width(i).first + width(i).second;
    return y;
  }
  bool source_of(const Shape& x, const Index& y, Index& source) const override {
    for (int axis = 0; axis < x.rank(); ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      Dim i = y[a] - width(axis).first;
      const Dim d = x[axis];
      if (i < 0 || i >= d) {
        if (mode_ == "constant") return false;
        if (mode_ == "edge") i = std::clamp<Dim>(i, 0, d - 1);
        if (mode_ == "symmetric") i = i < 0 ? -1 - i : 2 * d - 1 - i;
        if (mode_ == "reflect") i = i < 0 ? -i : 2 * d - 2 - i;
        if (i < 0 || i >= d) fail("`pad_width` is too wide for mode '{}'.", mode_);
      }
      source[a] = i;
    }
    return true;
  }

 private:
  std::pair<Dim, Dim> width(int axis) const {
    return widths_[widths_.size() == 1 ? 0 : static_cast<std::size_t>(axis)];
  }
  std::string mode_;
  std::vector<std::pair<Dim, Dim>> widths_;
};

/// Reshape, expand_dims, squeeze, ravel: the same bytes.
class ReshapeOperation final : public OperationLayer {
 public:
  explicit ReshapeOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments a(call_, call_.class_name == "Reshape" ? "x, newshape" : "x, axis");
    sizes_ = a.integers(call_.class_name == "Reshape" ? "newshape" : "axis");
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{target(spec.inputs[0].shape), spec.inputs[0].dtype}};
  }
  void prepare(Prepare& p) const override { p.alias(); }
  void call(Call& c) const override { copy(c.input(), c.output()); }
  void backward(Backward& b) const override {
    if (b.dx()) copy(b.dy(), b.dx());
  }

 private:
  Shape target(const Shape& x) const {
    Shape y;
    if (call_.class_name == "ExpandDims") {
      const int rank = x.rank() + static_cast<int>(sizes_.size());
      std::vector<bool> fresh(static_cast<std::size_t>(rank));
      for (std::int64_t a : sizes_) fresh[static_cast<std::size_t>(normalize_axis(a, rank, label()))] = true;
      int from = 0;
      for (int i = 0; i < rank; ++i)
        y.push_back(fresh[static_cast<std::size_t>(i)] || from >= x.rank() ? 1 : x[from++]);
      return y;
    }
    if (call_.class_name == "Squeeze") {
      for (int i = 0; i < x.rank(); ++i) {
        const bool named = std::any_of(sizes_.begin(), sizes_.end(), [&](std::int64_t a) {
          return normalize_axis(a, x.rank(), label()) == i;
        });
        if (named && x[i] > 1) fail("cannot squeeze axis {} of shape {}.", i, to_string(x));
        if (!(named || (sizes_.empty() && x[i] == 1))) y.push_back(x[i]);
      }
      return y;
    }
    if (call_.class_name == "Ravel") return {x.is_known() ? x.size() : unknown};
    y = Shape(sizes_);
    int open = -1;
    Dim others = 1;
    for (int i = 0; i < y.rank(); ++i) {
      if (y[i] < 0 && open >= 0) fail("only one dimension of the new shape may be -1.");
      if (y[i] < 0) {
        open = i;
      } else {
        others *= y[i];
      }
    }
    if (open >= 0) {
      y[open] = x.is_known() && others > 0 ? x.size() / others : unknown;
    }
    if (x.is_known() && y.is_known() && y.size() != x.size())
      fail("the total size must be unchanged. Received: input shape {}, new shape {}.", to_string(x),
           to_string(y));
    return y;
  }
  std::vector<std::int64_t> sizes_;
};

}  // namespace

void detail::add_movements(OperationTable& table) {
  for (const char* name : {"Transpose", "Swapaxes", "Moveaxis"})
    table.emplace_back(name, &make_plain<TransposeOperation>);
  for (const char* name : {"Reshape", "ExpandDims", "Squeeze", "Ravel"})
    table.emplace_back(name, &make_plain<ReshapeOperation>);
  for (const char* name : {"Tile", "BroadcastTo"}) table.emplace_back(name, &make_plain<TileOperation>);
  add_get_item(table);
  for (const char* name : {"Flip", "Fliplr", "Flipud"}) table.emplace_back(name, &make_plain<FlipOperation>);
  table.emplace_back("Roll", &make_plain<RollOperation>);
  table.emplace_back("Repeat", &make_plain<RepeatOperation>);
  table.emplace_back("Pad", &make_plain<PadOperation>);
}

}  // namespace rhyton
