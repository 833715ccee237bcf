#pragma once
/// @file loss.hpp  What training minimizes: values by sample, weights, masks, the reduction and the gradient.
#include <optional>
#include <string>
#include <vector>

#include "nn/kernels/activation.hpp"
#include "nn/object.hpp"

namespace rhyton {

/// One output's targets and predictions. Shapes follow Keras: ranks may differ by a last dimension of 1.
struct LossInputs {
  ConstView y_true;  ///< any number
  ConstView y_pred;  ///< float32 or float64
  /// What the last activation of y_pred was applied to, where the caller has it, and that activation:
  /// crossentropies then work on logits, without clipping (see `uses_logits`).
  ConstView logits{};
  ActivationKind logits_activation = ActivationKind::linear;
  ConstView sample_weight{};  ///< broadcast to the per-sample losses
  ConstView mask{};           ///< of y_pred; any number or boolean
};

/// Base of `keras.losses`. An object keeps scratch: one thread at a time. Nothing is allocated once it has
/// seen the largest batch.
class LossBase : public Object {
 public:
  static constexpr const char* family = "loss";
  static constexpr const char* module = "keras.losses";

  /// The reduced loss; with reduction "none" the sum of the weighted values (see `values`). `gradient`, where
  /// given, is assigned the gradient of the result with respect to the logits if `inputs.logits` is there, to
  /// y_pred otherwise; it has y_pred's shape and dtype. Throws ValueError on shapes that do not fit.
  virtual double evaluate(const LossInputs& inputs, View gradient = {});
  /// A loss on its own: its value for these tensors.
  double operator()(ConstView y_true, ConstView y_pred, ConstView sample_weight = {}) {
    return evaluate({.y_true = y_true, .y_pred = y_pred, .sample_weight = sample_weight});
  }
  /// True for losses of probabilities that work on logits where the model offers them.
  bool wants_logits() const {
    return uses_logits(ActivationKind::softmax) || uses_logits(ActivationKind::sigmoid);
  }
  /// True when the loss is computed from the logits: they are there, and those of the activation that belongs
  /// to this loss.
  bool takes_logits(const LossInputs& inputs) const {
    return inputs.logits && uses_logits(inputs.logits_activation);
  }
  /// Whether this loss prefers the input of that activation to its output.
  virtual bool uses_logits(ActivationKind) const { return false; }

  /// Per-sample losses of the last `evaluate`, unweighted, and the factor of each in the result.
  const std::vector<double>& values() const { return values_; }
  const std::vector<double>& factors() const { return factors_; }
  const Shape& values_shape() const { return values_shape_; }
  /// The values alone, without weights or reduction; for metrics.
  const std::vector<double>& compute_values(ConstView y_true, ConstView y_pred);

  const std::string& name() const { return name_; }
  /// The string by which it was given, if it was: files say it as it was typed.
  const std::string& given_name() const { return given_name_; }
  void set_given_name(std::string name) { given_name_ = std::move(name); }
  const std::string& reduction() const { return reduction_; }

 protected:
  /// An empty name becomes the default one. `reduction` none is "none"; Keras 2's "auto" is
  /// "sum_over_batch_size". Throws ValueError on others.
  void set_common(std::string& name, const char* default_name, const std::optional<std::string>& reduction);

  /// A batch made ready: both tensors of `dtype` and, seen around the loss's axis, (outer, classes, inner).
  struct Batch {
    DType dtype;
    Shape shape;       ///< of y_pred
    Shape true_shape;  ///< of y_true, ranks aligned
    const void* y_true;
    const void* y_pred;
    bool logits;
    Dim outer, classes, inner;
    const double* factors;  ///< one a value; null when no gradient is wanted
    void* gradient;         ///< null likewise; to be assigned whole
    double* values;
  };
  virtual void compute(const Batch& batch) = 0;
  /// The value of one row along the class axis; gradient, if not null, is assigned factor times its gradient.
  template <class T>
  using RowFunction = double (*)(const LossBase& loss, const T* y_true, const T* y_pred, Dim n, bool logits,
                                 double factor, T* gradient);
  /// `compute` by rows; `scratch` is for those that do not lie in one piece. For float and double.
  template <class T>
  void for_each_row(const Batch& batch, RowFunction<T> row, std::vector<double>& scratch) const;
  /// The shape of the values for y_pred's shape, after checking y_true's; by default without the class axis.
  virtual Shape shape_of_values(const Shape& y_true, const Shape& y_pred) const;
  virtual int class_axis() const { return -1; }
  /// Targets are class indices, one a row.
  virtual bool sparse() const { return false; }
  /// Targets of size 1 along an axis stand for all of it.
  virtual bool spreads_targets() const { return false; }
  /// Changes targets in place before anything is computed.
  virtual bool edits_targets() const { return false; }
  virtual void edit_targets(View) const {}
  /// Marks values that do not count, from the targets or the values; true when there are such rules.
  virtual bool own_mask(const Batch&, std::vector<double>&) { return false; }

 private:
  Batch prepare(const LossInputs& inputs);
  void weigh(const LossInputs& inputs, const Batch& batch);

  std::string name_, given_name_, reduction_, axis_text_, mask_text_, weight_text_;
  std::vector<double> values_, factors_, mask_, weight_, product_;
  Shape values_shape_, mask_shape_, weight_shape_;
  Tensor targets_;
};

template <>
Registry<LossBase>& Registry<LossBase>::global();
template <>
Ref<LossBase>::Ref(const std::string& name);
extern template class Ref<LossBase>;

/// A loss, or its name: "mse", "sparse_categorical_crossentropy", ...
using Loss = Ref<LossBase>;

/// Aligns ranks that differ by a last dimension of 1, as Keras does; the sizes stay.
void squeeze_or_expand(Shape& a, Shape& b);

}  // namespace rhyton
