#pragma once
/// @file normalization.hpp  keras.layers.Normalization
#include "nn/adaptable.hpp"
#include "nn/arguments.hpp"
#include "nn/layer.hpp"
#include "nn/numbers.hpp"

namespace rhyton {

/// The axes that have a mean and a variance of their own: one, several, or none (null).
struct KeptAxes {
  KeptAxes(int axis) : axes{axis} {}
  KeptAxes(std::initializer_list<Dim> list) : axes(list) {}
  KeptAxes(std::nullptr_t) {}
  Shape axes;
};
void from_config(const Json& json, KeptAxes& value);
void to_config(Json& json, const KeptAxes& value);

struct NormalizationConfig {
  KeptAxes axis = -1;
  bool invert = false;
  /// None: learned by `adapt`. Their axes are the last ones of `axis`.
  std::optional<NestedNumbers> mean = {}, variance = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f("axis", axis)("invert", invert)("mean", mean)("variance", variance); }
};

/// y = (x - mean) / max(sqrt(variance), 1e-7), or the inverse of it. The shape stays.
/// Weights (if neither is given): mean, variance (the kept axes), count (int32, unused as in Keras).
class Normalization final : public LayerOf<Normalization, NormalizationConfig>, public Adaptable {
 public:
  static constexpr const char* keras_name = "Normalization";
  explicit Normalization(Config config = {});

  void build(const Shapes& input_shapes) override;
  Shapes compute_output_shape(const Shapes& input_shapes) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  bool supports_masking() const override { return true; }

 protected:
  /// Mean and biased variance over all axes that are not kept. Builds the layer if it is not built.
  void adapt_batches(const std::vector<Tensor>& batches) override;

 private:
  Shape kept(const Shape& x) const;
  /// x's shape, 1 along the axes that are not kept.
  Shape broadcast_shape(const Shape& x) const;

  template <class T>
  struct Moments {
    const T *mean, *deviation;
  };
  /// How x is run over: as rows under a table of moments. Few channels behind many positions are several
  /// times in the table, for rows that are worth a vector.
  struct Pattern {
    Shape rows, table;
  };
  Pattern pattern(const Shape& x) const;
  /// Mean and deviation of each kept position, repeated to `size` entries, written to `scratch`.
  template <class T>
  Moments<T> moments(const StepContext& c, void* scratch, Dim size) const;

  // Since build:
  Shape kept_;
  int mean_ = -1, variance_ = -1;
  Tensor given_mean_, given_variance_;  ///< repeated to the kept axes' sizes; float64
};

}  // namespace rhyton
