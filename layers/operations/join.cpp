// Concatenate, stack and split: blocks of several tensors along one axis.
#include <cstring>
#include <nlohmann/json.hpp>

#include "layers/operations/operation_layer.hpp"
#include "layers/operations/promotion.hpp"
#include "nn/uniform_inputs.hpp"

namespace rhyton {

namespace {

/// Copies the `count` cells from `begin` along an axis of `whole` out into `part`, or back in.
void copy_block(char* whole, char* part, Dim outer, Dim total, Dim begin, Dim count, std::size_t cell,
                bool in) {
  for (Dim o = 0; o < outer; ++o) {
    char* at = whole + static_cast<std::size_t>(o * total + begin) * cell;
    char* block = part + static_cast<std::size_t>(o * count) * cell;
    in ? std::memcpy(at, block, static_cast<std::size_t>(count) * cell)
       : std::memcpy(block, at, static_cast<std::size_t>(count) * cell);
  }
}

/// Concatenate along an axis, or stack along a new one.
class JoinOperation final : public OperationLayer, public UniformInputs {
 public:
  explicit JoinOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    stack_ = call_.class_name == "Stack";
    axis_ = OperationArguments(call_, stack_ ? "x, axis" : "xs, axis").integer("axis", 0);
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    Shape y = spec.inputs[0].shape;
    const int axis = normalize_axis(axis_, y.rank() + (stack_ ? 1 : 0), label());
    for (std::size_t i = 1; i < spec.inputs.size(); ++i) {
      const Shape& x = spec.inputs[i].shape;
      Shape a = x, b = y;
      if (!stack_ && a.rank() == b.rank()) a[axis] = b[axis] = 1;
      if (!a.compatible(b)) fail("inputs must have matching shapes. Received {}.", to_string(spec.shapes()));
      if (!stack_) y[axis] = y[axis] < 0 || x[axis] < 0 ? unknown : y[axis] + x[axis];
    }
    if (stack_) {
      Shape stacked;
      for (int i = 0; i <= y.rank(); ++i) {
        if (i == axis) stacked.push_back(static_cast<Dim>(spec.inputs.size()));
        if (i < y.rank()) stacked.push_back(y[i]);
      }
      y = stacked;
    }
    return {{y, detail::joined(spec.inputs)}};
  }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override {
    each(c, c.output().shape(), [&](int i, Dim outer, Dim total, Dim begin, Dim count, Dim inner) {
      copy_block(static_cast<char*>(c.output().raw()),
                 static_cast<char*>(const_cast<void*>(c.input(i).raw())), outer, total, begin, count,
                 static_cast<std::size_t>(inner) * size_of(c.output().dtype()), true);
    });
  }
  void backward(Backward& b) const override {
    each(b, b.dy().shape(), [&](int i, Dim outer, Dim total, Dim begin, Dim count, Dim inner) {
      if (b.dx(i))
        copy_block(static_cast<char*>(const_cast<void*>(b.dy().raw())), static_cast<char*>(b.dx(i).raw()),
                   outer, total, begin, count, static_cast<std::size_t>(inner) * size_of(b.dy().dtype()),
                   false);
    });
  }

 private:
  template <class F>
  void each(const StepContext& c, const Shape& y, F&& f) const {
    const int axis = normalize_axis(axis_, y.rank(), label());
    Dim begin = 0;
    for (int i = 0; i < c.inputs(); ++i) {
      const Dim count = stack_ ? 1 : c.input(i).shape()[axis];
      f(i, y.product(0, axis), y[axis], begin, count, y.product(axis + 1, y.rank()));
      begin += count;
    }
  }
  bool stack_ = false;
  std::int64_t axis_ = 0;
};

class SplitOperation final : public OperationLayer {
 public:
  explicit SplitOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments a(call_, "x, indices_or_sections, axis");
    cuts_ = a.integers("indices_or_sections");
    axis_ = a.integer("axis", 0);
    const Json* given = a.find("indices_or_sections");
    if (!given || cuts_.empty()) fail("`indices_or_sections` is missing.");
    sections_ = given->is_number_integer();
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape& x = spec.inputs[0].shape;
    const int axis = normalize_axis(axis_, x.rank(), label());
    std::vector<TensorSpec> out;
    for (const auto& [begin, count] : parts(x[axis])) {
      Shape y = x;
      y[axis] = count;
      out.push_back({y, spec.inputs[0].dtype});
    }
    return out;
  }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override {
    const Shape x = c.input().shape();
    const int axis = normalize_axis(axis_, x.rank(), label());
    const auto cell = static_cast<std::size_t>(x.product(axis + 1, x.rank())) * size_of(c.input().dtype());
    const auto list = parts(x[axis]);
    for (std::size_t i = 0; i < list.size(); ++i)
      copy_block(static_cast<char*>(const_cast<void*>(c.input().raw())),
                 static_cast<char*>(c.output(static_cast<int>(i)).raw()), x.product(0, axis), x[axis],
                 list[i].first, list[i].second, cell, false);
  }
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    const Shape x = b.dx().shape();
    const int axis = normalize_axis(axis_, x.rank(), label());
    const auto cell = static_cast<std::size_t>(x.product(axis + 1, x.rank())) * size_of(b.dx().dtype());
    const auto list = parts(x[axis]);
    for (std::size_t i = 0; i < list.size(); ++i)
      copy_block(static_cast<char*>(b.dx().raw()),
                 static_cast<char*>(const_cast<void*>(b.dy(static_cast<int>(i)).raw())), x.product(0, axis),
                 x[axis], list[i].first, list[i].second, cell, true);
  }

 private:
  std::vector<std::pair<Dim, Dim>> parts(Dim size) const {
    std::vector<std::pair<Dim, Dim>> out;
    if (sections_) {
      if (cuts_[0] <= 0 || (size >= 0 && size % cuts_[0] != 0))
        fail("cannot split {} cells into {} equal parts.", size, cuts_[0]);
      for (Dim i = 0; i < cuts_[0]; ++i)
        out.emplace_back(size < 0 ? 0 : i * (size / cuts_[0]), size < 0 ? unknown : size / cuts_[0]);
      return out;
    }
    Dim begin = 0;
    for (std::size_t i = 0; i <= cuts_.size(); ++i) {
      const Dim end = i < cuts_.size() ? cuts_[i] : size;
      if (size >= 0 && (end < begin || end > size)) fail("the cuts of a split must ascend within the axis.");
      out.emplace_back(begin, size < 0 && i == cuts_.size() ? unknown : end - begin);
      begin = end;
    }
    return out;
  }
  std::vector<std::int64_t> cuts_;
  std::int64_t axis_ = 0;
  bool sections_ = false;
};

}  // namespace

void detail::add_joins(OperationTable& table) {
  table.emplace_back("Concatenate", &make_plain<JoinOperation>);
  table.emplace_back("Stack", &make_plain<JoinOperation>);
  table.emplace_back("Split", &make_plain<SplitOperation>);
}

}  // namespace rhyton
