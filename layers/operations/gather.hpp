#pragma once
/// @file gather.hpp  Operations that move elements by a table of source positions, worked out when a Run is
/// prepared. The gradient scatters back.
#include <array>

#include "layers/operations/operation_layer.hpp"
#include "nn/tensor/memory_limit.hpp"

namespace rhyton::detail {

using Index = std::array<Dim, Shape::max_rank>;

/// Where every element of the output comes from; -1: a constant.
class Positions final : public Kernel {
 public:
  std::vector<Dim> from;
};

/// y[i] = x[source(i)], or `value` where source is negative.
class Gather : public OperationLayer {
 public:
  using OperationLayer::OperationLayer;
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{moved_shape(spec.inputs[0].shape), spec.inputs[0].dtype}};
  }
  void prepare(Prepare& p) const override {
    const Shape &x = p.input().shape, &y = p.output().shape;
    Index strides{}, index{};
    Dim step = 1;
    for (int i = x.rank() - 1; i >= 0; --i) {
      strides[static_cast<std::size_t>(i)] = step;
      step *= x[i];
    }
    require_memory(static_cast<std::uint64_t>(y.size()), sizeof(Dim), label() + ": the table of positions");
    auto positions = std::make_unique<Positions>();
    positions->from.resize(static_cast<std::size_t>(y.size()));
    for (Dim& from : positions->from) {
      Index source{};
      from = 0;
      if (source_of(x, index, source)) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(x.rank()); ++i) from += source[i] * strides[i];
      } else {
        from = -1;
      }
      for (int axis = y.rank() - 1; axis >= 0; --axis) {
        const auto a = static_cast<std::size_t>(axis);
        if (++index[a] < y[axis]) break;
        index[a] = 0;
      }
    }
    p.keep(std::move(positions));
    p.backward_reads(false, false);
  }
  void call(Call& c) const override {
    const auto& from = c.kernel<Positions>().from;
    dispatch_number(c.output().dtype(), [&]<class T>(T) {
      const T* x = c.input().data<T>();
      T* y = c.output().data<T>();
      for (std::size_t i = 0; i < from.size(); ++i) y[i] = from[i] < 0 ? static_cast<T>(value_) : x[from[i]];
    });
  }
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    fill(b.dx(), 0.0);
    const auto& from = b.kernel<Positions>().from;
    dispatch_real(b.dx().dtype(), [&]<class T>(T) {
      const T* dy = b.dy().data<T>();
      T* dx = b.dx().data<T>();
      for (std::size_t i = 0; i < from.size(); ++i)
        if (from[i] >= 0) dx[from[i]] += dy[i];
    });
  }

 protected:
  virtual Shape moved_shape(const Shape& x) const = 0;
  /// Position in x of the output's element `y`; false for a constant.
  virtual bool source_of(const Shape& x, const Index& y, Index& source) const = 0;
  double value_ = 0.0;
};

}  // namespace rhyton::detail
