#pragma once
/// @file structured.hpp  Losses over sequences and pairs: CTC, Circle.
#include "nn/training/losses/row_loss.hpp"

namespace rhyton::losses {

/// Connectionist temporal classification (Graves et al., 2006): -log of the probability of the labels (batch,
/// length; 0 is padding and the blank) under logits (batch, time, classes), over all alignments.
class CTC : public Configured<CTC, LossBase, PlainConfig> {
 public:
  static constexpr const char* keras_name = "CTC";
  explicit CTC(Config config = {});

 protected:
  Shape shape_of_values(const Shape& y_true, const Shape& y_pred) const override;
  void compute(const Batch& batch) override;

 private:
  template <class T>
  double sequence(const T* labels, Dim length, const T* logits, Dim time, Dim classes, double factor,
                  T* gradient);
  std::vector<double> log_softmax_, forward_, backward_;
  std::vector<Dim> path_;
};

struct CircleConfig {
  double gamma = 80.0, margin = 0.4;
  bool remove_diagonal = true;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name{};
  void fields(ConfigFields& v) {
    v("name", name)("reduction", reduction)("gamma", gamma)("margin", margin)("remove_diagonal",
                                                                              remove_diagonal);
  }
};
/// Circle loss (Sun et al., 2020) of embeddings (batch, units) with labels (batch,): with distances d = max(1
/// - <a, b>, 0) and m = margin, softplus(logsumexp over same labels of gamma (d^2 - m^2) + logsumexp over
/// others of gamma max(1 + m - d, 0) (1 - m - d)). Samples without a pair on either side are masked.
class Circle : public Configured<Circle, LossBase, CircleConfig> {
 public:
  static constexpr const char* keras_name = "Circle";
  explicit Circle(Config config = {});

 protected:
  bool sparse() const override { return true; }
  void compute(const Batch& batch) override;
  bool own_mask(const Batch& batch, std::vector<double>& mask) override;

 private:
  std::vector<double> distance_, slope_, term_;
};

}  // namespace rhyton::losses
