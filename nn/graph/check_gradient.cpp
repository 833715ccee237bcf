#include "nn/graph/check_gradient.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/rng.hpp"

namespace rhyton {

namespace {

/// Where the plan's inputs come from.
class Source final : public Layer {
 public:
  Source() : Layer("input", false, "") {}
  std::string class_name() const override { return "Source"; }
  void write_config(ConfigWriter&) const override {}
};

/// y = x, carrying the second input as its mask.
class AttachMask final : public Layer {
 public:
  AttachMask() : Layer("mask", false, "") {}
  std::string class_name() const override { return "AttachMask"; }
  void write_config(ConfigWriter&) const override {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs[0]};
  }
  MaskRule mask_rule(const CallSpec&) const override { return MaskRule::compute; }
  std::optional<Shape> mask_shape(const CallSpec& spec, int) const override { return spec.inputs[1].shape; }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override { copy(c.input(), c.output()); }
  void compute_mask(Call& c) const override { copy(c.input(1), c.output_mask()); }
  void backward(Backward& b) const override {
    if (const View dx = b.dx()) copy(b.dy(), dx);
  }
};

SymbolicTensor source(const TensorSpec& spec) { return placeholder(spec, std::make_shared<Source>()); }

double sum_of_products(ConstView a, ConstView b) {
  double sum = 0.0;
  for (Dim i = 0; i < a.size(); ++i) sum += a.data<double>()[i] * b.data<double>()[i];
  return sum;
}

/// The layer's weights in double precision for as long as it lives.
class WideWeights {
 public:
  explicit WideWeights(const Layer& layer) {
    for (const auto& weight : layer.weights()) {
      if (!is_floating(weight->value.dtype())) continue;
      originals_.emplace_back(weight, weight->value);
      weight->value = weight->value.cast(DType::float64);
      weight->touch();
    }
  }
  WideWeights(const WideWeights&) = delete;
  WideWeights& operator=(const WideWeights&) = delete;
  ~WideWeights() {
    for (auto& [weight, value] : originals_) {
      weight->value = std::move(value);
      weight->touch();
    }
  }

 private:
  std::vector<std::pair<std::shared_ptr<Weight>, Tensor>> originals_;
};

class Checker {
 public:
  Checker(const LayerRef& layer, const CallSpec& call, const GradientCheckOptions& options)
      : options_(options), plan_(plan_call(layer, call)), wide_(*layer), rng_(options.seed) {
    make_values();
    GradientMap targets;
    for (const auto& weight : layer->trainable_weights()) {
      weights_.push_back(weight);
      gradients_.push_back(Tensor::full(weight->value.shape(), std::nan(""), DType::float64));
    }
    for (std::size_t i = 0; i < weights_.size(); ++i) targets[weights_[i].get()] = {gradients_[i].view()};
    RunOptions run;
    run.kernel.dtype = DType::float64;
    run.kernel.engine = Engine::eigen;
    run.training = options.training;
    run.gradients = run.input_gradients = true;
    Shapes shapes;
    for (const Tensor& v : values_) shapes.push_back(v.shape());
    run_ = std::make_unique<Run>(plan_, shapes, run, targets);
    for (std::size_t i = 0; i < values_.size(); ++i) run_->set_input(static_cast<int>(i), values_[i]);
    for (int i = 0; i < run_->outputs(); ++i) {
      const TensorSpec& spec = run_->output_spec(i);
      upstream_.emplace_back(spec.shape, spec.dtype);
      if (is_floating(spec.dtype)) rng_.fill_uniform(upstream_.back().view(), -1.0, 1.0);
    }
  }

  GradientCheck check() {
    forward();
    for (int i = 0; i < run_->outputs(); ++i)
      if (const View dy = run_->output_gradient(i)) copy(upstream_[static_cast<std::size_t>(i)], dy);
    run_->backward();
    std::vector<Tensor> input_gradients;
    for (int i = 0; i < run_->inputs(); ++i) {
      const ConstView dx = run_->input_gradient(i);
      input_gradients.push_back(dx ? Tensor(dx) : Tensor());
    }
    for (std::size_t i = 0; i < values_.size(); ++i)
      if (input_gradients[i]) compare("input " + std::to_string(i), values_[i], input_gradients[i], nullptr);
    for (std::size_t i = 0; i < weights_.size(); ++i)
      compare(fmt::format("weight '{}'", weights_[i]->name), weights_[i]->value, gradients_[i],
              weights_[i].get());
    result_.passed = result_.error <= options_.tolerance;
    return result_;
  }

 private:
  void make_values() {
    const auto& specs = plan_->input_specs();
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const DType dtype = is_floating(specs[i].dtype) ? DType::float64 : specs[i].dtype;
      if (i < options_.values.size()) {
        values_.push_back(is_floating(dtype) ? options_.values[i].cast(dtype) : options_.values[i]);
        continue;
      }
      Shape shape = specs[i].shape;
      for (int d = 0; d < shape.rank(); ++d)
        if (shape[d] < 0) shape[d] = 2;
      values_.emplace_back(shape, dtype);
      if (is_floating(dtype)) rng_.fill_uniform(values_.back().view(), -1.0, 1.0);
      if (dtype == DType::boolean) fill(values_.back().view(), 1.0);
    }
  }

  double forward() {
    run_->forward(options_.seed);
    double sum = run_->activity_loss();
    for (int i = 0; i < run_->outputs(); ++i)
      if (is_floating(run_->output_spec(i).dtype))
        sum += sum_of_products(run_->output(i), upstream_[static_cast<std::size_t>(i)]);
    return sum;
  }

  double difference(Tensor& value, Dim i, double up, double down, Weight* weight) {
    double& x = value.data<double>()[i];
    const double at = x;
    x = at + up;
    if (weight) weight->touch();
    const double above = forward();
    x = at - down;
    if (weight) weight->touch();
    const double below = forward();
    x = at;
    if (weight) weight->touch();
    return (above - below) / (up + down);
  }

  void compare(const std::string& name, Tensor& value, const Tensor& gradient, Weight* weight) {
    double scale = 1.0;
    for (double g : gradient.values<double>()) scale = std::max(scale, std::abs(g));
    const Dim n = value.size(), samples = std::min<Dim>(n, options_.samples);
    for (Dim k = 0; k < samples; ++k) {
      const Dim i = samples == n ? k : static_cast<Dim>(rng_.below(static_cast<std::uint64_t>(n)));
      const double analytic = gradient.data<double>()[i];
      double best = HUGE_VAL, numeric = 0.0;
      // A smaller step where the first one may have crossed a kink; one side of it where x lies on a kink.
      for (const auto& [up, down] : {std::pair{1e-5, 1e-5}, {1e-7, 1e-7}, {1e-7, 0.0}, {0.0, 1e-7}}) {
        const double found = difference(value, i, up, down, weight);
        const double error = std::abs(found - analytic) / scale;
        if (error < best) best = error, numeric = found;
        if (best <= options_.tolerance) break;
      }
      ++result_.compared;
      if (best <= result_.error) continue;
      result_.error = best;
      result_.where = fmt::format("{} [{}]: analytic {}, numeric {}", name, i, analytic, numeric);
    }
  }

  const GradientCheckOptions& options_;
  std::shared_ptr<const Plan> plan_;
  WideWeights wide_;
  Rng rng_;
  std::vector<Tensor> values_, upstream_, gradients_;
  std::vector<std::shared_ptr<Weight>> weights_;
  std::unique_ptr<Run> run_;
  GradientCheck result_;
};

}  // namespace

std::shared_ptr<const Plan> plan_call(const LayerRef& layer, const CallSpec& call) {
  SymbolicTensors inputs, masks, arguments;
  for (const TensorSpec& spec : call.inputs) inputs.push_back(source(spec));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    arguments.push_back(inputs[i]);
    if (!call.masked(static_cast<int>(i))) continue;
    masks.push_back(source({*call.masks[i], DType::boolean}));
    arguments.back() = LayerRef(AttachMask())(SymbolicTensors{inputs[i], masks.back()});
  }
  const SymbolicTensor y = call_layer(layer, arguments, call.roles, call.flags);
  inputs.insert(inputs.end(), masks.begin(), masks.end());
  return std::make_shared<Plan>(inputs, y.outputs());
}

GradientCheck check_gradient(const LayerRef& layer, const CallSpec& call,
                             const GradientCheckOptions& options) {
  return Checker(layer, call, options).check();
}

GradientCheck check_gradient(const LayerRef& layer, const Shapes& input_shapes,
                             const GradientCheckOptions& options) {
  CallSpec call;
  for (const Shape& shape : input_shapes) call.inputs.push_back({shape, DType::float32});
  return check_gradient(layer, call, options);
}

}  // namespace rhyton
