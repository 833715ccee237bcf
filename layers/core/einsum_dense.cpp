#include "layers/core/einsum_dense.hpp"

#include <algorithm>

#include "nn/kernels/elementwise.hpp"
#include "nn/ops/activation_op.hpp"
#include "nn/ops/dense_op.hpp"

namespace rhyton {

namespace {

constexpr auto npos = std::string::npos;

std::string common_prefix(const std::string& a, const std::string& b) {
  return std::string(a.begin(), std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first);
}

}  // namespace

EinsumDense::EinsumDense(Config config) : LayerOf(std::move(config)) {
  if (config_.output_shape.empty()) fail("`output_shape` must have at least one dimension.");
}

EinsumLabels EinsumDense::labels(const Shape& x) const {
  try {
    return parse_einsum(config_.equation, x.rank());
  } catch (const ValueError& error) {
    fail(error.what());
  }
}

Shape EinsumDense::output_shape(const EinsumLabels& labels, const Shape& x) const {
  Shape y{x[0]};
  const bool left = config_.equation.starts_with("...");
  const int elided = static_cast<int>(
      std::count_if(labels.x.begin(), labels.x.end(), [](char label) { return label < 'A'; }));
  for (int i = 1; left && i < elided; ++i) y.push_back(x[i]);
  for (Dim d : config_.output_shape) y.push_back(d);
  for (int i = x.rank() - elided; !left && i < x.rank(); ++i) y.push_back(x[i]);
  if (y.rank() != static_cast<int>(labels.y.size()))
    fail("`output_shape` does not fit the equation's output '{}'. Received: equation={}, output_shape={}.",
         labels.y, config_.equation, to_string(config_.output_shape));
  for (int i = 0; i < y.rank(); ++i) {
    const auto in_x = labels.x.find(labels.y[static_cast<std::size_t>(i)]);
    if (in_x == npos) continue;
    const Dim d = x[static_cast<int>(in_x)];
    if (y[i] >= 0 && d >= 0 && y[i] != d)
      fail(
          "input and output do not have one size along '{}'. Received: input shape {}, "
          "output_shape={}, equation={}.",
          labels.y.substr(static_cast<std::size_t>(i), 1), to_string(x), to_string(config_.output_shape),
          config_.equation);
    if (y[i] < 0) y[i] = d;
  }
  return y;
}

void EinsumDense::build(const Shapes& input_shapes) {
  expect_inputs(input_shapes, 1);
  const Shape& x = input_shapes[0];
  const EinsumLabels l = labels_ = labels(x);
  dense_ = is_dense(l);
  const Shape y = output_shape(l, x);
  Shape kernel;
  std::vector<std::int64_t> input_axes, output_axes;
  for (std::size_t i = 0; i < l.w.size(); ++i) {
    const auto in_x = l.x.find(l.w[i]), in_y = l.y.find(l.w[i]);
    if (in_x == npos && in_y == npos)
      fail("the kernel's axis '{}' stands neither in the input nor in the output of {}.", l.w.substr(i, 1),
           config_.equation);
    kernel.push_back(in_y != npos ? y[static_cast<int>(in_y)] : x[static_cast<int>(in_x)]);
    (in_y != npos ? output_axes : input_axes).push_back(static_cast<std::int64_t>(i));
  }
  const Initializer& drawn = config_.kernel_initializer;
  const auto scaled = drawn ? drawn->with_axes(input_axes, output_axes) : nullptr;
  kernel_ = add_weight(
      "kernel", kernel,
      {scaled ? Initializer(scaled) : drawn, config_.kernel_regularizer, config_.kernel_constraint});
  if (!config_.bias_axes) return;
  std::size_t first = l.y.size();
  for (char label : *config_.bias_axes) {
    const auto at = l.y.find(label);
    if (at == npos)
      fail("`bias_axes` must be letters of the equation's output. Received: bias_axes=" + *config_.bias_axes +
           ", equation=" + config_.equation + ".");
    first = std::min(first, at);
  }
  Shape bias;
  for (std::size_t i = first; i < l.y.size(); ++i)
    bias.push_back(config_.bias_axes->find(l.y[i]) == npos ? 1 : y[static_cast<int>(i)]);
  bias_ =
      add_weight("bias", bias, {config_.bias_initializer, config_.bias_regularizer, config_.bias_constraint});
}

Shapes EinsumDense::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  const Shape& x = input_shapes[0];
  if (built()) {
    expect_rank(input_shapes, build_spec().inputs[0].shape.rank());
    const EinsumLabels l = labels(x);
    const Shape& kernel = own_weights()[0]->value.shape();
    for (std::size_t i = 0; i < l.w.size(); ++i)
      if (const auto at = l.x.find(l.w[i]); at != npos)
        expect_axis(input_shapes, static_cast<int>(at), kernel[static_cast<int>(i)]);
  }
  return {ops::activated_shape(*this, config_.activation, output_shape(labels(x), x))};
}

bool EinsumDense::is_dense(const EinsumLabels& l) const {
  const std::string rows = common_prefix(l.x, l.y);
  const std::string inner = l.x.substr(rows.size()), columns = l.y.substr(rows.size());
  if (inner.empty() || columns.empty() || l.w != inner + columns) return false;
  if (!config_.bias_axes) return true;
  std::string axes = *config_.bias_axes, all = columns;
  std::sort(axes.begin(), axes.end());
  std::sort(all.begin(), all.end());
  return axes == all;
}

void EinsumDense::prepare(Prepare& p) const {
  const Shape& x = p.input().shape;
  const Shape w = p.weight_shape(kernel_);
  if (dense_) {
    const int inner = static_cast<int>(labels_.x.size() - common_prefix(labels_.x, labels_.y).size());
    return ops::prepare_dense(
        p, kernel_, config_.activation, bias_,
        {x.product(0, x.rank() - inner), w.product(0, inner), w.product(inner, w.rank())});
  }
  p.keep(make_einsum({labels_, x, w, p.options()}));
  ops::Activated(config_.activation).prepare(p, true);
}

void EinsumDense::call(Call& c) const {
  if (dense_) return ops::call_dense(c, kernel_, config_.activation, bias_);
  const ops::Activated activated(config_.activation);
  const View z = activated.target(c);
  c.kernel<EinsumKernel>().forward(c.input(), c.weight(kernel_), z);
  if (bias_ >= 0) add_broadcast(c.weight(bias_), z);
  if (!config_.activation.is_linear()) config_.activation.forward(z, c.output());
}

void EinsumDense::backward(Backward& b) const {
  if (dense_) return ops::backward_dense(b, kernel_, config_.activation, bias_);
  const ConstView dz = ops::Activated(config_.activation).dz(b);
  b.kernel<EinsumKernel>().backward(b.input(), b.weight(kernel_), dz, b.dx(), b.gradient(kernel_));
  if (const View dbias = b.dw(bias_)) sum_broadcast(dz, dbias);
}

Traits EinsumDense::traits(const CallSpec& spec) const {
  if (!dense_ || config_.activation.custom()) return {};
  const Shape& w = own_weights()[0]->value.shape();
  if (w.rank() != 2 || static_cast<int>(labels_.y.size()) != spec.shape().rank()) return {};
  return DenseTraits{kernel_, bias_, w[1], config_.activation.spec()};
}

double EinsumDense::flops(const CallSpec& spec, const std::vector<TensorSpec>&) const {
  double count = 2.0;
  for (std::size_t i = 0; i < labels_.x.size(); ++i)
    count *= static_cast<double>(spec.shape()[static_cast<int>(i)]);
  for (std::size_t i = 0; i < labels_.w.size(); ++i)
    if (labels_.x.find(labels_.w[i]) == npos)
      count *= static_cast<double>(own_weights()[0]->value.shape()[static_cast<int>(i)]);
  return count;
}

}  // namespace rhyton
