#include "nn/training/losses/loss.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "nn/raise.hpp"

namespace rhyton {

void squeeze_or_expand(Shape& a, Shape& b) {
  auto fit = [](Shape& longer, Shape& shorter) {
    if (longer.back() != 1) return;
    if (shorter.rank() == 1)
      shorter.push_back(1);
    else
      longer = longer.slice(0, -1);
  };
  if (a.rank() == b.rank() + 1)
    fit(a, b);
  else if (b.rank() == a.rank() + 1)
    fit(b, a);
}

void LossBase::set_common(std::string& name, const char* default_name,
                          const std::optional<std::string>& reduction) {
  if (name.empty()) name = default_name;
  name_ = name;
  // Made once: checks that pass must not allocate.
  axis_text_ = name_ + ": axis";
  mask_text_ = name_ + ": mask and sample_weight";
  weight_text_ = name_ + ": per-sample losses and sample_weight";
  reduction_ = reduction.value_or("none");
  if (reduction_ == "auto") reduction_ = "sum_over_batch_size";
  for (const char* known : {"sum_over_batch_size", "sum", "none", "mean", "mean_with_sample_weight"})
    if (reduction_ == known) return;
  raise<ValueError>(
      "{}: `reduction` must be 'sum_over_batch_size', 'sum', 'mean', 'mean_with_sample_weight' "
      "or 'none'. Received: reduction={}",
      name_, reduction_);
}

Shape LossBase::shape_of_values(const Shape& y_true, const Shape& y_pred) const {
  const int axis = normalize_axis(class_axis(), y_pred.rank(), axis_text_);
  const Shape values = y_pred.slice(0, axis).concat(y_pred.from(axis + 1));
  const bool fits = sparse() ? y_true.rank() == values.rank() && y_true == values : y_true == y_pred;
  if (!fits)
    raise<ValueError>("{}: y_true and y_pred do not fit{}. Received: y_true.shape={}, y_pred.shape={}", name_,
                      sparse() ? " (class indices: y_true has y_pred's shape without the class axis)" : "",
                      to_string(y_true), to_string(y_pred));
  return values;
}

namespace {

/// A copy of x in the type of a buffer, from its element `first` on.
View converted(ConstView x, View buffer, Dim first) {
  const auto offset = static_cast<std::size_t>(first) * size_of(buffer.dtype());
  const View out(static_cast<char*>(buffer.raw()) + offset, x.shape(), buffer.dtype());
  copy(x, out);
  return out;
}

void read(ConstView view, std::vector<double>& out) {
  out.resize(static_cast<std::size_t>(view.size()));
  copy(view, View(out.data(), view.shape(), DType::float64));
}

// Calls f(position in a, position in b) for each element of the broadcast of both shapes.
template <class F>
void for_broadcast(const Shape& a, const Shape& b, const Shape& all, F&& f) {
  std::array<Dim, Shape::max_rank> step_a{}, step_b{}, index{};
  auto strides = [&](const Shape& shape, std::array<Dim, Shape::max_rank>& steps) {
    Dim step = 1;
    for (int i = shape.rank() - 1, to = all.rank() - 1; i >= 0; --i, --to) {
      if (shape[i] != 1) steps[static_cast<std::size_t>(to)] = step;
      step *= shape[i];
    }
  };
  strides(a, step_a);
  strides(b, step_b);
  Dim at_a = 0, at_b = 0;
  for (Dim n = all.size(); n > 0; --n) {
    f(static_cast<std::size_t>(at_a), static_cast<std::size_t>(at_b));
    for (int i = all.rank() - 1; i >= 0; --i) {
      const auto k = static_cast<std::size_t>(i);
      at_a += step_a[k];
      at_b += step_b[k];
      if (++index[k] < all[i]) break;
      at_a -= step_a[k] * all[i];
      at_b -= step_b[k] * all[i];
      index[k] = 0;
    }
  }
}

/// Whether targets have size 1 along some axes, and that of predictions along the others.
bool can_spread(const Shape& y_true, const Shape& y_pred) {
  if (y_true.rank() != y_pred.rank() || y_true == y_pred) return false;
  for (int i = 0; i < y_true.rank(); ++i)
    if (y_true[i] != 1 && y_true[i] != y_pred[i]) return false;
  return true;
}

}  // namespace

LossBase::Batch LossBase::prepare(const LossInputs& inputs) {
  Batch batch{};
  batch.logits = takes_logits(inputs);
  const ConstView given = batch.logits ? inputs.logits : inputs.y_pred;
  // The buffer holds targets, and behind them predictions that are whole numbers.
  const bool whole = !is_floating(given.dtype());
  batch.dtype = whole ? DType::float32 : given.dtype();
  const bool spread = spreads_targets() && can_spread(inputs.y_true.shape(), given.shape());
  const bool converts = inputs.y_true.dtype() != batch.dtype || edits_targets() || spread;
  const Dim targets_size = spread ? given.size() : inputs.y_true.size();
  const Dim needed = targets_size + (whole ? given.size() : 0);
  if ((whole || converts) && (targets_.size() < needed || targets_.dtype() != batch.dtype))
    targets_ = Tensor::uninitialized({needed}, batch.dtype);
  const ConstView pred = whole ? converted(given, targets_.view(), targets_size) : given;
  batch.y_pred = pred.raw();
  batch.shape = pred.shape();
  batch.true_shape = spread ? batch.shape : inputs.y_true.shape();
  if (batch.shape.rank() == 0) batch.shape = {1};
  if (batch.true_shape.rank() == 0) batch.true_shape = {1};
  if (sparse()) {
    // One index a row: a class axis of size 1 in y_true goes.
    if (batch.true_shape.rank() == batch.shape.rank()) {
      const int axis = normalize_axis(class_axis(), batch.shape.rank(), axis_text_);
      if (batch.true_shape[axis] == 1)
        batch.true_shape = batch.true_shape.slice(0, axis).concat(batch.true_shape.from(axis + 1));
    }
  } else {
    squeeze_or_expand(batch.true_shape, batch.shape);
  }
  values_shape_ = shape_of_values(batch.true_shape, batch.shape);

  batch.y_true = inputs.y_true.raw();
  if (converts) {
    if (spread) {
      read(inputs.y_true, weight_);
      product_.clear();
      for_broadcast(inputs.y_true.shape(), batch.shape, batch.shape,
                    [&](std::size_t t, std::size_t) { product_.push_back(weight_[t]); });
    }
    const ConstView all =
        spread ? ConstView(View(product_.data(), batch.shape, DType::float64)) : inputs.y_true;
    const View targets = converted(all, targets_.view(), 0);
    if (edits_targets()) edit_targets(targets);
    batch.y_true = targets.raw();
  }
  const int axis = normalize_axis(class_axis(), batch.shape.rank(), axis_text_);
  batch.outer = batch.shape.product(0, axis);
  batch.classes = batch.shape[axis];
  batch.inner = batch.shape.product(axis + 1, batch.shape.rank());
  values_.resize(static_cast<std::size_t>(values_shape_.size()));
  batch.values = values_.data();
  return batch;
}

// Keras: values * (sample_weight * mask), then sum or mean over the product's elements. A mask weighs total /
// valid in means, so that they are over the valid entries.
void LossBase::weigh(const LossInputs& inputs, const Batch& batch) {
  const bool none = reduction_ == "none", mean = reduction_ == "mean" || reduction_ == "sum_over_batch_size";
  bool weighted = false;
  if (inputs.mask) {
    read(inputs.mask, mask_);
    mask_shape_ = inputs.mask.shape();
  }
  std::vector<double>& own = weight_;
  if (own_mask(batch, own)) {
    if (inputs.mask && mask_.size() == own.size()) {
      for (std::size_t i = 0; i < own.size(); ++i) mask_[i] = mask_[i] != 0.0 && own[i] != 0.0 ? 1.0 : 0.0;
    } else {
      mask_ = own;
      mask_shape_ = values_shape_;
    }
    weighted = true;
  }
  weighted = weighted || inputs.mask;
  if (weighted) {
    double valid = 0.0;
    for (double& m : mask_) valid += m = m != 0.0 ? 1.0 : 0.0;
    const double each = !mean ? 1.0 : valid > 0.0 ? static_cast<double>(mask_.size()) / valid : 0.0;
    for (double& m : mask_) m *= each;
  }
  factors_.assign(values_.size(), 0.0);
  if (!weighted && !inputs.sample_weight) {
    const double each = none || reduction_ == "sum"
                            ? 1.0
                            : 1.0 / static_cast<double>(std::max<std::size_t>(values_.size(), 1));
    std::fill(factors_.begin(), factors_.end(), each);
    return;
  }
  if (inputs.sample_weight) {
    read(inputs.sample_weight, weight_);
    weight_shape_ = inputs.sample_weight.shape();
    if (weighted) {
      squeeze_or_expand(mask_shape_, weight_shape_);
      const Shape all = broadcast(mask_shape_, weight_shape_, mask_text_);
      product_.clear();
      for_broadcast(mask_shape_, weight_shape_, all,
                    [&](std::size_t m, std::size_t w) { product_.push_back(mask_[m] * weight_[w]); });
      weight_.swap(product_);
      weight_shape_ = all;
    }
  } else {
    weight_.swap(mask_);
    weight_shape_ = mask_shape_;
  }
  Shape of_values = values_shape_;
  if (of_values.rank() == 0) of_values = {};
  squeeze_or_expand(of_values, weight_shape_);
  const Shape all = broadcast(of_values, weight_shape_, weight_text_);
  for_broadcast(of_values, weight_shape_, all,
                [&](std::size_t v, std::size_t w) { factors_[v] += weight_[w]; });
  if (none || reduction_ == "sum") return;
  const double divisor = reduction_ == "mean_with_sample_weight"
                             ? std::accumulate(weight_.begin(), weight_.end(), 0.0)
                             : static_cast<double>(all.size());
  for (double& factor : factors_) factor = divisor == 0.0 ? 0.0 : factor / divisor;
}

double LossBase::evaluate(const LossInputs& inputs, View gradient) {
  Batch batch = prepare(inputs);
  weigh(inputs, batch);
  if (gradient) {
    batch.factors = factors_.data();
    batch.gradient = gradient.raw();
  }
  compute(batch);
  if (gradient && inputs.logits && !batch.logits) {
    const ActivationSpec activation{.kind = inputs.logits_activation};
    activation_backward(activation, inputs.logits, inputs.y_pred, gradient, gradient);
  }
  double total = 0.0;
  // A value that counts nothing counts nothing even where it is not finite.
  for (std::size_t i = 0; i < values_.size(); ++i)
    total += factors_[i] == 0.0 ? 0.0 : values_[i] * factors_[i];
  return total;
}

const std::vector<double>& LossBase::compute_values(ConstView y_true, ConstView y_pred) {
  // Where losses make predictions real, Keras's metrics make targets whole.
  const bool whole = !is_floating(y_pred.dtype()) && is_floating(y_true.dtype());
  const Tensor rounded = whole ? Tensor(y_true).cast(y_pred.dtype()) : Tensor();
  compute(prepare({.y_true = whole ? ConstView(rounded) : y_true, .y_pred = y_pred}));
  return values_;
}

}  // namespace rhyton
