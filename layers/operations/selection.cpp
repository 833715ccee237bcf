// Elements picked by position: slices, diagonals, triangles, and by indices that are data.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "layers/operations/constant.hpp"
#include "layers/operations/gather.hpp"
#include "layers/operations/lines.hpp"
#include "layers/operations/promotion.hpp"
#include "nn/uniform_inputs.hpp"

namespace rhyton {

namespace {

using detail::Gather;
using detail::Index;
using detail::Lines;
using detail::Reader;

/// The cells from `start_indices` on, in the given shape; -1 stands for all that follow.
class SliceOperation final : public Gather {
 public:
  explicit SliceOperation(OperationCall&& call) : Gather(std::move(call)) {
    const OperationArguments a(call_, "inputs, start_indices, shape");
    if (a.tensor("start_indices") >= 0)
      throw NotSupported(label() + ": a slice that begins where a tensor says");
    start_ = a.integers("start_indices");
    sizes_ = a.integers("shape");
    if (start_.size() != sizes_.size()) fail("`start_indices` and `shape` must have one length.");
  }

 protected:
  Shape moved_shape(const Shape& x) const override {
    if (static_cast<int>(start_.size()) != x.rank())
      fail("`start_indices` must have one entry for each of the {} dimensions.", x.rank());
    Shape y;
    for (int i = 0; i < x.rank(); ++i) {
      const auto a = static_cast<std::size_t>(i);
      const Dim size = sizes_[a] >= 0 ? sizes_[a] : x[i] < 0 ? unknown : x[i] - start_[a];
      if (x[i] >= 0 && (start_[a] < 0 || size < 0 || start_[a] + size > x[i]))
        fail("the slice is outside of shape {}.", to_string(x));
      y.push_back(size);
    }
    return y;
  }
  bool source_of(const Shape& x, const Index& y, Index& source) const override {
    for (std::size_t i = 0; i < static_cast<std::size_t>(x.rank()); ++i) source[i] = start_[i] + y[i];
    return true;
  }

 private:
  std::vector<std::int64_t> start_, sizes_;
};

/// The diagonal of two axes, as the last axis.
class DiagonalOperation final : public Gather {
 public:
  explicit DiagonalOperation(OperationCall&& call) : Gather(std::move(call)) {
    const OperationArguments a(call_, "x, offset, axis1, axis2");
    offset_ = a.integer("offset", 0);
    axis1_ = a.integer("axis1", 0);
    axis2_ = a.integer("axis2", 1);
  }

 protected:
  Shape moved_shape(const Shape& x) const override {
    const int a = normalize_axis(axis1_, x.rank(), label()), b = normalize_axis(axis2_, x.rank(), label());
    if (a == b) fail("`axis1` and `axis2` must differ.");
    Shape y;
    for (int i = 0; i < x.rank(); ++i)
      if (i != a && i != b) y.push_back(x[i]);
    const Dim rows = x[a] + std::min<Dim>(offset_, 0), columns = x[b] - std::max<Dim>(offset_, 0);
    y.push_back(x[a] < 0 || x[b] < 0 ? unknown : std::max<Dim>(0, std::min(rows, columns)));
    return y;
  }
  bool source_of(const Shape& x, const Index& y, Index& source) const override {
    const int a = normalize_axis(axis1_, x.rank(), label()), b = normalize_axis(axis2_, x.rank(), label());
    std::size_t from = 0;
    for (int i = 0; i < x.rank(); ++i)
      if (i != a && i != b) source[static_cast<std::size_t>(i)] = y[from++];
    source[static_cast<std::size_t>(a)] = y[from] - std::min<Dim>(offset_, 0);
    source[static_cast<std::size_t>(b)] = y[from] + std::max<Dim>(offset_, 0);
    return true;
  }

 private:
  std::int64_t offset_ = 0, axis1_ = 0, axis2_ = 1;
};

/// Matrices with zeros above (tril) or below (triu) the k-th diagonal.
class TriangleOperation final : public Gather {
 public:
  explicit TriangleOperation(OperationCall&& call) : Gather(std::move(call)) {
    lower_ = call_.class_name == "Tril";
    k_ = OperationArguments(call_, "x, k").integer("k", 0);
  }

 protected:
  Shape moved_shape(const Shape& x) const override {
    if (x.rank() < 2) fail("expected matrices. Received shape {}.", to_string(x));
    return x;
  }
  bool source_of(const Shape& x, const Index& y, Index& source) const override {
    source = y;
    const auto last = static_cast<std::size_t>(x.rank() - 1);
    const Dim right = y[last] - y[last - 1];
    return lower_ ? right <= k_ : right >= k_;
  }

 private:
  bool lower_ = true;
  std::int64_t k_ = 0;
};

/// Elements along an axis at indices that are a tensor or constants: whole cells (take), or one for each
/// element of the indices (take_along_axis). Negative indices count from the end.
class TakeOperation final : public OperationLayer {
 public:
  explicit TakeOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments a(call_, "x, indices");
    along_ = call_.class_name == "TakeAlongAxis";
    if (a.tensor("x") < 0) throw NotSupported(label() + ": taking from a constant");
    if (a.integer("batch_dims", 0) != 0) throw NotSupported(label() + ": taking with batch dimensions");
    flat_ = !a.find("axis");
    axis_ = a.integer("axis", 0);
    tensor_ = a.tensor("indices");
    if (tensor_ >= 0) return;
    if (!a.find("indices")) fail("`indices` is missing.");
    indices_ = detail::constant_tensor(*a.find("indices"));
  }
  bool differentiates(int input) const override { return input != tensor_; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape x = seen(spec.inputs[0].shape);
    const Shape index =
        tensor_ >= 0 ? spec.inputs[static_cast<std::size_t>(tensor_)].shape : indices_.shape();
    const int axis = normalize_axis(axis_, x.rank(), label());
    if (!along_) return {{x.slice(0, axis).concat(index).concat(x.from(axis + 1)), spec.inputs[0].dtype}};
    if (index.rank() != x.rank()) fail("`indices` must have as many dimensions as `x`.");
    Shape y = x;
    for (int i = 0; i < x.rank(); ++i) {
      if (i == axis) {
        y[i] = index[i];
      } else if (index[i] > 1 && x[i] >= 0 && index[i] != x[i]) {
        throw NotSupported(label() + ": indices for more cells than there are");
      }
    }
    return {{y, spec.inputs[0].dtype}};
  }
  void call(Call& c) const override {
    dispatch_storage(c.output().dtype(), [&]<class T>(const T&) {
      const T* x = static_cast<const T*>(c.input().raw());
      T* y = static_cast<T*>(c.output().raw());
      each(c, [&](Dim to, Dim from) { y[to] = x[from]; });
    });
  }
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    fill(b.dx(), 0.0);
    dispatch_real(b.dx().dtype(), [&]<class T>(T) {
      const T* dy = b.dy().data<T>();
      T* dx = b.dx().data<T>();
      each(b, [&](Dim to, Dim from) { dx[from] += dy[to]; });
    });
  }

 private:
  Shape seen(const Shape& x) const { return flat_ ? Shape{x.is_known() ? x.size() : unknown} : x; }
  template <class F>
  void each(const StepContext& c, F&& f) const {
    const Shape x = seen(c.input().shape());
    const Lines lines(x, normalize_axis(axis_, x.rank(), label()));
    const ConstView index = tensor_ >= 0 ? c.input(tensor_) : indices_.view();
    const Reader at(index);
    const Dim many = along_ ? index.shape()[normalize_axis(axis_, x.rank(), label())] : index.size();
    const auto place = index_places(x, index.shape());
    for (Dim o = 0; o < lines.outer; ++o)
      for (Dim n = 0; n < many; ++n)
        for (Dim i = 0; i < lines.step; ++i) {
          const Dim to = (o * many + n) * lines.step + i;
          auto cell = static_cast<Dim>(at[!along_         ? n
                                          : place.empty() ? to
                                                          : place[static_cast<std::size_t>(to)]]);
          if (cell < 0) cell += lines.count;
          if (cell < 0 || cell >= lines.count)
            fail("index {} is outside of an axis of {}.", cell, lines.count);
          f(to, (o * lines.count + cell) * lines.step + i);
        }
  }
  /// Where the index of every element of the output stands; empty if there is one for each.
  std::vector<Dim> index_places(Shape y, const Shape& index) const {
    std::vector<Dim> places;
    if (along_) y[normalize_axis(axis_, y.rank(), label())] = index[normalize_axis(axis_, y.rank(), label())];
    if (!along_ || y == index) return places;
    places.push_back(0);
    for (int i = 0; i < y.rank(); ++i) {
      std::vector<Dim> further;
      for (const Dim place : places)
        for (Dim j = 0; j < y[i]; ++j) further.push_back(place * index[i] + (index[i] == 1 ? 0 : j));
      places = std::move(further);
    }
    return places;
  }
  bool along_ = false, flat_ = false;
  std::int64_t axis_ = 0;
  int tensor_ = -1;
  Tensor indices_;
};

/// x with the cells from `start_indices` on replaced.
class SliceUpdateOperation final : public OperationLayer, public UniformInputs {
 public:
  explicit SliceUpdateOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments a(call_, "inputs, start_indices, updates");
    if (a.tensor("start_indices") >= 0 || a.tensor("inputs") < 0 || a.tensor("updates") < 0)
      throw NotSupported(label() + ": an update of something else than two tensors at a fixed place");
    start_ = a.integers("start_indices");
    x_ = a.tensor("inputs");
    part_ = a.tensor("updates");
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const TensorSpec& x = spec.inputs[static_cast<std::size_t>(x_)];
    const Shape& part = spec.inputs[static_cast<std::size_t>(part_)].shape;
    if (static_cast<int>(start_.size()) != x.shape.rank() || part.rank() != x.shape.rank())
      fail("`start_indices` and `updates` must have the rank of `inputs`.");
    for (int i = 0; i < part.rank(); ++i)
      if (part[i] >= 0 && x.shape[i] >= 0 && start_[static_cast<std::size_t>(i)] + part[i] > x.shape[i])
        fail("the update is outside of shape {}.", to_string(x.shape));
    return {x};
  }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override {
    copy(c.input(x_), c.output());
    dispatch_storage(c.output().dtype(), [&]<class T>(const T&) {
      const T* part = static_cast<const T*>(c.input(part_).raw());
      T* y = static_cast<T*>(c.output().raw());
      each(c.input(part_).shape(), c.output().shape(), [&](Dim i, Dim at) { y[at] = part[i]; });
    });
  }
  void backward(Backward& b) const override {
    const View dx = b.dx(x_), dpart = b.dx(part_);
    dispatch_real(b.dy().dtype(), [&]<class T>(T) {
      const T* dy = b.dy().data<T>();
      if (dx) copy(b.dy(), dx);
      each(b.input(part_).shape(), b.dy().shape(), [&](Dim i, Dim at) {
        if (dx) dx.data<T>()[at] = T(0);
        if (dpart) dpart.data<T>()[i] = dy[at];
      });
    });
  }

 private:
  template <class F>
  void each(const Shape& part, const Shape& x, F&& f) const {
    Index index{};
    for (Dim i = 0; i < part.size(); ++i) {
      Dim at = 0;
      for (int a = 0; a < x.rank(); ++a)
        at = at * x[a] + start_[static_cast<std::size_t>(a)] + index[static_cast<std::size_t>(a)];
      f(i, at);
      for (int a = part.rank() - 1; a >= 0; --a) {
        if (++index[static_cast<std::size_t>(a)] < part[a]) break;
        index[static_cast<std::size_t>(a)] = 0;
      }
    }
  }
  std::vector<std::int64_t> start_;
  int x_ = 0, part_ = 1;
};

/// A one at each index along a new last axis, or for all indices of a row together (multi_hot).
class OneHotOperation final : public OperationLayer {
 public:
  explicit OneHotOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments a(call_, "x");
    multi_ = call_.class_name == "MultiHot";
    classes_ = a.integer("num_classes", 0);
    if (classes_ < 1) fail("`num_classes` must be positive.");
    if (a.integer("axis", -1) != -1)
      throw NotSupported(label() + ": classes along another axis than the last");
    if (a.boolean("sparse", false)) throw NotSupported(label() + ": sparse tensors");
    const std::string name = a.text("dtype", "float32");
    dtype_ = dtype_from_string(name);
  }
  bool differentiates(int) const override { return false; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape& x = spec.inputs[0].shape;
    Shape y = multi_ && x.rank() > 0 ? x.slice(0, x.rank() - 1) : x;
    y.push_back(classes_);
    return {{y, dtype_}};
  }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override {
    fill(c.output(), 0.0);
    const Reader x(c.input());
    const Dim together = multi_ ? c.input().shape().back() : 1;
    dispatch_number(c.output().dtype(), [&]<class T>(T) {
      T* y = c.output().data<T>();
      for (Dim i = 0; i < c.input().size(); ++i) {
        const auto at = static_cast<Dim>(x[i]);
        if (at >= 0 && at < classes_) y[i / together * classes_ + at] = T(1);
      }
    });
  }
  void backward(Backward& b) const override {
    if (b.dx()) fill(b.dx(), 0.0);
  }

 private:
  bool multi_ = false;
  Dim classes_ = 0;
  DType dtype_;
};

}  // namespace

void detail::add_selections(OperationTable& table) {
  table.emplace_back("Slice", &make_plain<SliceOperation>);
  table.emplace_back("SliceUpdate", &make_plain<SliceUpdateOperation>);
  table.emplace_back("Diagonal", &make_plain<DiagonalOperation>);
  for (const char* name : {"Tril", "Triu"}) table.emplace_back(name, &make_plain<TriangleOperation>);
  for (const char* name : {"Take", "TakeAlongAxis"}) table.emplace_back(name, &make_plain<TakeOperation>);
  for (const char* name : {"OneHot", "MultiHot"}) table.emplace_back(name, &make_plain<OneHotOperation>);
}

}  // namespace rhyton
