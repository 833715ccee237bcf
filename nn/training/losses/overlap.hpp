#pragma once
/// @file overlap.hpp  Losses of overlapping regions: Dice, Tversky.
#include "nn/constraints/constraint.hpp"
#include "nn/training/losses/row_loss.hpp"

namespace rhyton::losses {

using constraints::Axes;

/// Sums over some axes: each region (an index of the axes that stay) has one value.
class OverlapLoss : public LossBase {
 protected:
  /// The value of a region from I = sum(t p), T = sum(t), P = sum(p); its derivative with respect to one p is
  /// `of_intersection` t + `of_prediction`.
  struct Region {
    double intersection = 0.0, target = 0.0, prediction = 0.0;
    double value = 0.0, of_intersection = 0.0, of_prediction = 0.0;
  };
  virtual void finish(Region& region) const = 0;
  virtual const std::optional<Axes>& axes() const = 0;
  void compute(const Batch& batch) override;
  Shape shape_of_values(const Shape& y_true, const Shape& y_pred) const override;

 private:
  std::vector<Region> regions_;
};

struct DiceConfig {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  std::optional<Axes> axis{};
  void fields(ConfigFields& v) { v("name", name)("reduction", reduction)("axis", axis); }
};
/// 1 - 2 I / (T + P + epsilon), over all axes or the given ones.
class Dice : public Configured<Dice, OverlapLoss, DiceConfig> {
 public:
  static constexpr const char* keras_name = "Dice";
  explicit Dice(Config config = {});

 protected:
  void finish(Region& region) const override;
  const std::optional<Axes>& axes() const override { return config_.axis; }
};

struct TverskyConfig {
  double alpha = 0.5, beta = 0.5;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  std::optional<Axes> axis{};
  void fields(ConfigFields& v) {
    v("name", name)("reduction", reduction)("alpha", alpha)("beta", beta)("axis", axis);
  }
};
/// 1 - I / (I + alpha sum((1 - p) t) + beta sum(p (1 - t)) + epsilon).
class Tversky : public Configured<Tversky, OverlapLoss, TverskyConfig> {
 public:
  static constexpr const char* keras_name = "Tversky";
  explicit Tversky(Config config = {});

 protected:
  void finish(Region& region) const override;
  const std::optional<Axes>& axes() const override { return config_.axis; }
};

}  // namespace rhyton::losses
