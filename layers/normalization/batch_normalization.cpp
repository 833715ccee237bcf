#include "layers/normalization/batch_normalization.hpp"

#include "nn/kernels/batch_norm_relu.hpp"
#include "nn/load_scope.hpp"
#include "nn/ops/masked_moments.hpp"

namespace rhyton {

void from_config(const Json& json, AxisArgument& value) {
  Shape axes;
  from_config(json, axes);
  if (axes.rank() != 1)
    throw NotSupported("BatchNormalization over several axes: `axis` must be one integer");
  value.value = axes[0];
}
void to_config(Json& json, const AxisArgument& value) { to_config(json, value.value); }

BatchNormalization::BatchNormalization(Config config) : LayerOf(std::move(config)) {
  if (config_.renorm) throw NotSupported(label() + ": batch renormalization (`renorm`)");
  if (!(config_.epsilon >= 0.0)) fail("`epsilon` must not be negative.");
  if (!(config_.momentum >= 0.0 && config_.momentum <= 1.0)) fail("`momentum` must be between 0 and 1.");
  keras2_ = LoadScope::dialect() == Dialect::keras2;
}

void BatchNormalization::build(const Shapes& input_shapes) {
  expect_min_rank(input_shapes, 2);
  const int axis = normalize_axis(config_.axis.value, input_shapes[0].rank(), label());
  if (axis == 0) fail("`axis` must not be the batch dimension.");
  const Dim n = known_axis(input_shapes, axis);
  if (config_.scale)
    gamma_ = add_weight("gamma", {n},
                        {config_.gamma_initializer, config_.gamma_regularizer, config_.gamma_constraint});
  if (config_.center)
    beta_ = add_weight("beta", {n},
                       {config_.beta_initializer, config_.beta_regularizer, config_.beta_constraint});
  mean_ =
      add_weight("moving_mean", {n}, {.initializer = config_.moving_mean_initializer, .trainable = false});
  variance_ = add_weight("moving_variance", {n},
                         {.initializer = config_.moving_variance_initializer, .trainable = false});
}

Shapes BatchNormalization::compute_output_shape(const Shapes& input_shapes) const {
  expect_min_rank(input_shapes, 2);
  const int axis = normalize_axis(config_.axis.value, input_shapes[0].rank(), label());
  if (built()) expect_axis(input_shapes, axis, own_weights().back()->value.shape()[0]);
  return input_shapes;
}

BatchNormDesc BatchNormalization::desc(const Shape& x) const {
  // Judged when the shapes were; no text is made here, since calls come by.
  const int axis =
      static_cast<int>(config_.axis.value < 0 ? config_.axis.value + x.rank() : config_.axis.value);
  BatchNormDesc d;
  d.outer = x.product(0, axis);
  d.channels = x[axis];
  d.inner = x.product(axis + 1, x.rank());
  d.epsilon = config_.epsilon;
  return d;
}

void BatchNormalization::prepare(Prepare& p) const {
  BatchNormDesc d = desc(p.input().shape);
  d.options = p.options();
  // Set by a pass that found a relu behind this call.
  const bool relu = p.spec().flag("relu").value_or(false);
  if (relu)
    p.keep(make_batch_norm_relu(d));
  else
    p.keep(make_batch_norm(d));
  p.backward_reads(true, relu);
  // The batch's moments, which backward needs again.
  const Shape channels{d.channels};
  p.save(channels, d.options.dtype);
  p.save(channels, d.options.dtype);
  p.scratch(2 * static_cast<std::size_t>(d.channels) * size_of(d.options.dtype));
}

void BatchNormalization::call(Call& c) const {
  auto& kernel = c.kernel<BatchNormKernel>();
  const ConstView gamma = c.weight(gamma_), beta = c.weight(beta_);
  if (!learns(c)) {
    kernel.forward_inference(c.input(), gamma, beta, c.weight(mean_), c.weight(variance_), c.output());
    return;
  }
  const Shape channels = c.weight(mean_).shape();
  const bool keep = c.wants_gradient();
  const View mean = keep ? c.saved(0) : View(c.scratch(), channels, c.real());
  const View variance =
      keep ? c.saved(1) : View(static_cast<char*>(c.scratch()) + mean.bytes(), channels, c.real());
  double count = static_cast<double>(c.input().size()) / static_cast<double>(channels[0]);
  if (c.mask()) {
    const BatchNormDesc d = desc(c.input().shape());
    count = ops::masked_moments(c.input(), c.mask(), d.outer, d.channels, d.inner, mean, variance);
    kernel.forward_inference(c.input(), gamma, beta, mean, variance, c.output());
  } else {
    kernel.forward_training(c.input(), gamma, beta, mean, variance, c.output());
  }
  const bool unbiased = keras2_ && c.input().shape().rank() == 4 && count > 1.0;
  ops::follow(c.weight_update(mean_), mean, config_.momentum, 1.0);
  ops::follow(c.weight_update(variance_), variance, config_.momentum, unbiased ? count / (count - 1.0) : 1.0);
}

void BatchNormalization::backward(Backward& b) const {
  const bool frozen = !learns(b);
  const ConstView mean = frozen ? b.weight(mean_) : ConstView(b.saved(0));
  const ConstView variance = frozen ? b.weight(variance_) : ConstView(b.saved(1));
  if (b.mask() && !frozen) {
    const BatchNormDesc d = desc(b.input().shape());
    ops::masked_norm_gradient(b.input(), b.mask(), d.outer, d.channels, d.inner, config_.epsilon,
                              b.weight(gamma_), mean, variance, b.dy(), b.dx(), b.dw(gamma_), b.dw(beta_));
    return;
  }
  if (b.spec().flag("relu").value_or(false)) {
    b.kernel<BatchNormReluKernel>().backward_relu(b.input(), b.weight(gamma_), mean, variance, b.output(),
                                                  b.dy(), frozen, b.dx(), b.gradient(gamma_),
                                                  b.gradient(beta_));
    return;
  }
  b.kernel<BatchNormKernel>().backward(b.input(), b.weight(gamma_), mean, variance, b.dy(), frozen, b.dx(),
                                       b.gradient(gamma_), b.gradient(beta_));
}

Traits BatchNormalization::traits(const CallSpec&) const {
  return BatchNormTraits{
      static_cast<int>(config_.axis.value), config_.epsilon, gamma_, beta_, mean_, variance_, !trainable()};
}

}  // namespace rhyton
