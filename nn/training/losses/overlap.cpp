#include "nn/training/losses/overlap.hpp"

#include <array>

#include "nn/keras_config.hpp"
#include "nn/raise.hpp"

namespace rhyton::losses {

namespace {

std::array<bool, Shape::max_rank> reduced_axes(const std::optional<Axes>& axes, const Shape& shape,
                                               const std::string& name) {
  std::array<bool, Shape::max_rank> reduced{};
  if (!axes) reduced.fill(true);
  if (axes)
    for (std::int64_t axis : axes->values)
      reduced[static_cast<std::size_t>(normalize_axis(axis, shape.rank(), name + ": axis"))] = true;
  return reduced;
}

// The region of each element in turn.
class RegionWalk {
 public:
  RegionWalk(const Shape& shape, const std::array<bool, Shape::max_rank>& reduced) : shape_(shape) {
    std::size_t step = 1;
    for (int i = shape.rank() - 1; i >= 0; --i) {
      const auto k = static_cast<std::size_t>(i);
      step_[k] = reduced[k] ? 0 : step;
      if (!reduced[k]) step *= static_cast<std::size_t>(shape[i]);
    }
  }
  std::size_t at() const { return at_; }
  void next() {
    for (int i = shape_.rank() - 1; i >= 0; --i) {
      const auto k = static_cast<std::size_t>(i);
      at_ += step_[k];
      if (++index_[k] < shape_[i]) return;
      at_ -= step_[k] * static_cast<std::size_t>(shape_[i]);
      index_[k] = 0;
    }
  }

 private:
  Shape shape_;
  std::array<std::size_t, Shape::max_rank> step_{};
  std::array<Dim, Shape::max_rank> index_{};
  std::size_t at_ = 0;
};

}  // namespace

Shape OverlapLoss::shape_of_values(const Shape& y_true, const Shape& y_pred) const {
  if (y_true != y_pred)
    raise<ValueError>(
        "{}: y_true and y_pred must have the same shape. Received: y_true.shape={}, y_pred.shape={}", name(),
        to_string(y_true), to_string(y_pred));
  const auto reduced = reduced_axes(axes(), y_pred, name());
  Shape out;
  for (int i = 0; i < y_pred.rank(); ++i)
    if (!reduced[static_cast<std::size_t>(i)]) out.push_back(y_pred[i]);
  return out;
}

void OverlapLoss::compute(const Batch& batch) {
  const auto reduced = reduced_axes(axes(), batch.shape, name());
  regions_.assign(values().size(), Region());
  dispatch_real(batch.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* t = static_cast<const T*>(batch.y_true);
    const T* p = static_cast<const T*>(batch.y_pred);
    const Dim n = batch.shape.size();
    RegionWalk walk(batch.shape, reduced);
    for (Dim i = 0; i < n; ++i, walk.next()) {
      Region& region = regions_[walk.at()];
      region.intersection += static_cast<double>(t[i]) * static_cast<double>(p[i]);
      region.target += static_cast<double>(t[i]);
      region.prediction += static_cast<double>(p[i]);
    }
    for (std::size_t r = 0; r < regions_.size(); ++r) {
      finish(regions_[r]);
      batch.values[r] = regions_[r].value;
    }
    T* gradient = static_cast<T*>(batch.gradient);
    if (!gradient) return;
    RegionWalk again(batch.shape, reduced);
    for (Dim i = 0; i < n; ++i, again.next()) {
      const Region& region = regions_[again.at()];
      gradient[i] =
          static_cast<T>(batch.factors[again.at()] *
                         (region.of_intersection * static_cast<double>(t[i]) + region.of_prediction));
    }
  });
}

Dice::Dice(Config config) : Configured(std::move(config)) {
  set_common(config_.name, "dice", config_.reduction);
}

void Dice::finish(Region& r) const {
  const double d = r.target + r.prediction + keras_config().epsilon;
  r.value = 1.0 - 2.0 * r.intersection / d;
  r.of_intersection = -2.0 / d;
  r.of_prediction = 2.0 * r.intersection / (d * d);
}

Tversky::Tversky(Config config) : Configured(std::move(config)) {
  set_common(config_.name, "tversky", config_.reduction);
}

void Tversky::finish(Region& r) const {
  const double a = config_.alpha, b = config_.beta;
  const double d = r.intersection + a * (r.target - r.intersection) + b * (r.prediction - r.intersection) +
                   keras_config().epsilon;
  r.value = 1.0 - r.intersection / d;
  // d' = (1 - a - b) t + b for each p.
  r.of_intersection = -1.0 / d + r.intersection / (d * d) * (1.0 - a - b);
  r.of_prediction = r.intersection / (d * d) * b;
}

}  // namespace rhyton::losses
