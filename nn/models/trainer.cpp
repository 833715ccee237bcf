#include "nn/models/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "nn/kernels/elementwise.hpp"
#include "nn/models/per_output.hpp"
#include "nn/raise.hpp"
#include "nn/rng.hpp"
#include "nn/training/metrics/mean.hpp"
#include "nn/unfrozen_weights.hpp"

namespace rhyton {

namespace {

// Every variable begins on a cache line, in elements of float32.
constexpr Dim alignment = 16;

/// "dense/kernel", "lstm/lstm_cell/kernel": where a weight is first met.
void collect_paths(const Layer& layer, const std::string& prefix,
                   std::map<const Weight*, std::string>& paths) {
  for (const auto& weight : layer.own_weights()) paths.emplace(weight.get(), prefix + weight->name);
  for (const auto& [attribute, part] : layer.sublayers())
    collect_paths(*part, fmt::format("{}{}/", prefix, part->name()), paths);
}

}  // namespace

class Trainer::Stream final : public GradientSink {
 public:
  Stream(OptimizerBase& optimizer, Dim offset) : optimizer_(optimizer), offset_(offset) {}

  void take(Dim begin, Dim n, const float* gradient) override {
    taken_.store(true, std::memory_order_relaxed);
    optimizer_.apply_range(offset_ + begin, offset_ + begin + n, gradient);
  }
  /// True if the gradient came since the last time somebody asked.
  bool taken() { return taken_.exchange(false, std::memory_order_relaxed); }

 private:
  OptimizerBase& optimizer_;
  Dim offset_;
  std::atomic<bool> taken_ = false;
};

Trainer::~Trainer() = default;

Trainer::Trainer(std::shared_ptr<GraphLayer> graph, const CompileArguments& arguments)
    : graph_(std::move(graph)), optimizer_(arguments.optimizer), seed_(0) {
  if (!optimizer_) throw ValueError("compile: `optimizer` must not be empty.");
  make_outputs(arguments);
  Rng rng = next_global_rng();
  seed_ = (std::uint64_t{rng.next()} << 32) | rng.next();
}

void Trainer::make_outputs(const CompileArguments& arguments) {
  const auto names = graph_->output_names();
  const auto losses = per_output(arguments.loss, names, "loss");
  auto weights = per_output(arguments.loss_weights, names, "loss_weights");
  if (arguments.loss_weights.empty()) std::fill(weights.begin(), weights.end(), 1.0);
  const auto metrics = metrics_per_output(arguments.metrics, names, "metrics");
  const auto weighted = metrics_per_output(arguments.weighted_metrics, names, "weighted_metrics");
  for (std::size_t k = 0; k < names.size(); ++k) {
    Output output;
    output.name = names[k];
    output.loss_name = names[k] + "_loss";
    output.loss = losses[k];
    output.loss_weight = weights[k];
    for (const auto& m : metrics[k].metrics) output.metrics.push_back(m);
    for (const auto& m : weighted[k].metrics) output.weighted_metrics.push_back(m);
    wants_logits_.push_back(output.loss && output.loss->wants_logits());
    outputs_.push_back(std::move(output));
  }
  output_losses_.resize(outputs_.size());
  train_options_.training = train_options_.gradients = true;
  train_options_.wants_logits = test_options_.wants_logits = wants_logits_;
}

void Trainer::check_backward(const Plan& plan) const {
  // From each trainable weight on, every step that real numbers flow through must have a backward.
  std::vector<char> carries(static_cast<std::size_t>(plan.values()), 0);
  for (const PlanStep& step : plan.steps()) {
    bool any = false;
    for (std::size_t i = 0; i < step.inputs.size(); ++i)
      any = any || (carries[static_cast<std::size_t>(step.inputs[i])] &&
                    step.layer->differentiates(static_cast<int>(i)));
    if (!any && unfrozen_weights(*step.layer).empty()) continue;
    const auto specs = step.layer->compute_output_spec(step.spec);
    for (std::size_t i = 0; i < step.outputs.size(); ++i) {
      if (!is_floating(specs[i].dtype)) continue;
      if (!step.layer->has_backward())
        raise<NotSupported>(
            "fit: {} has no backward, so the weights before it cannot be trained. Implement "
            "`backward`, or freeze them (trainable = false); predict works as it is.",
            step.layer->label());
      carries[static_cast<std::size_t>(step.outputs[i])] = 1;
    }
  }
}

void Trainer::keep_state() {
  kept_.clear();
  if (!optimizer_->built()) return;
  for (const OptimizerState& state : optimizer_->state()) kept_.emplace_back(ConstView(state.view));
}

void Trainer::bind(RunPool& pool) {
  if (bound_) return;
  std::set<const Weight*> seen;
  for (auto& w : graph_->trainable_weights())
    if (seen.insert(w.get()).second) variables_.push_back(w);

  FlatParameters flat;
  flat.alignment = alignment;
  std::map<const Weight*, std::string> paths;
  collect_paths(*graph_, "", paths);
  for (const auto& w : variables_) {
    flat.variables.push_back({paths[w.get()], w->value.shape(), flat.size, w->options.constraint});
    flat.size += (w->value.size() + alignment - 1) / alignment * alignment;
  }
  auto block = allocate_aligned(static_cast<std::size_t>(flat.size) * sizeof(float), true);
  gradients_ = Tensor({std::max<Dim>(flat.size, 1)});
  flat.weights = static_cast<float*>(block.get());
  flat.gradients = gradients_.data();
  GradientMap map;
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    Weight& w = *variables_[i];
    const Dim offset = flat.variables[i].offset;
    w.value.relocate(block, flat.weights + offset);
    w.touch();
    gradient_views_.emplace_back(flat.gradients + offset, w.value.shape(), DType::float32);
    if (optimizer_->streams()) streams_.push_back(std::make_unique<Stream>(*optimizer_, offset));
    // A penalty's gradient is added behind backward.
    map[&w] = {gradient_views_.back(),
               streams_.empty() || w.options.regularizer ? nullptr : streams_[i].get()};
  }
  pool.set_gradients(std::move(map));
  optimizer_->build(std::move(flat));
  restore_state();
  bound_ = true;
}

void Trainer::restore_state() {
  const auto state = optimizer_->state();
  bool fits = state.size() == kept_.size();
  for (std::size_t i = 0; fits && i < state.size(); ++i) fits = state[i].view.shape() == kept_[i].shape();
  for (std::size_t i = 0; fits && i < state.size(); ++i) copy(kept_[i], state[i].view);
  kept_.clear();
}

RunPool::Lease Trainer::lease(RunPool& pool, const KernelOptions& options, const TrainingBatch& batch,
                              bool training) {
  shapes_.clear();
  for (const ConstView& x : batch.x) shapes_.push_back(x.shape());
  RunOptions& run_options = training ? train_options_ : test_options_;
  run_options.kernel = options;
  auto run = pool.acquire(shapes_, run_options);
  for (std::size_t i = 0; i < batch.x.size(); ++i) run->set_input(static_cast<int>(i), batch.x[i]);
  return run;
}

double Trainer::run_losses(Run& run, const TrainingBatch& batch, bool gradients) {
  resolve_metrics(run, batch);
  double total = 0.0;
  const auto rows = static_cast<double>(batch.x[0].shape()[0]);
  for (std::size_t k = 0; k < outputs_.size(); ++k) {
    Output& output = outputs_[k];
    const int i = static_cast<int>(k);
    View gradient = gradients ? run.output_gradient(i) : View();
    const ConstView weight = k < batch.sample_weight.size() ? batch.sample_weight[k] : ConstView();
    if (output.loss) {
      LossInputs inputs;
      inputs.y_true = batch.y[k];
      inputs.y_pred = run.output(i);
      inputs.logits = run.logits(i);
      inputs.logits_activation = run.logits_activation(i);
      inputs.sample_weight = weight;
      inputs.mask = run.output_mask(i);
      const double value = output.loss->evaluate(inputs, gradient);
      output_losses_[k].add(value, rows);
      total += output.loss_weight * value;
      if (gradient && output.loss_weight != 1.0) scale_by(gradient, output.loss_weight);
    } else if (gradient) {
      fill(gradient, 0.0);
    }
    const auto mask = [&](const Metric& metric) {
      return metrics::honours_mask(*metric) ? run.output_mask(i) : ConstView();
    };
    for (auto& metric : output.metrics) metric->update(batch.y[k], run.output(i), mask(metric));
    for (auto& metric : output.weighted_metrics)
      metric->update(batch.y[k], run.output(i), weight ? weight : mask(metric));
  }
  return total + run.activity_loss();
}

double Trainer::penalties(bool gradients) {
  double total = 0.0;
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    const auto& regularizer = variables_[i]->options.regularizer;
    if (!regularizer) continue;
    total += regularizer->value(variables_[i]->value);
    if (gradients) regularizer->add_gradient(variables_[i]->value, gradient_views_[i], 1.0);
  }
  return total;
}

double Trainer::train_step(RunPool& pool, const KernelOptions& options, const TrainingBatch& batch) {
  // Not before: a compiled model predicts and is evaluated even if it cannot be trained here.
  if (steps_ == 0) check_backward(pool.plan());
  bind(pool);
  const auto run = lease(pool, options, batch, true);
  run->forward(seed_ + static_cast<std::uint64_t>(steps_++));
  double total = run_losses(*run, batch, true);
  if (!streams_.empty()) optimizer_->begin_step();
  run->backward();
  // First what the pass itself changed: a normalized kernel is what the optimizer moves on from.
  run->commit_updates();
  total += penalties(true);
  // As if all losses, those that layers add as well, had been scaled before backward.
  if (const double scale = optimizer_->loss_scale(); scale != 1.0) scale_by(gradients_.view(), scale);
  if (steps_ == 1) find_idle(*run);
  update();
  for (auto& w : variables_) w->touch();
  loss_.add(total, static_cast<double>(batch.x[0].shape()[0]));
  return last_loss_ = total;
}

void Trainer::find_idle(const Run& run) {
  for (const auto& w : variables_)
    if (!w->options.regularizer && !run.trains(*w)) idle_.emplace_back(w.get(), Tensor(w->value));
}

void Trainer::update() {
  for (auto& [weight, value] : idle_) copy(weight->value, value.view());
  if (streams_.empty()) {
    optimizer_->apply();
  } else {
    // What no stream took, in runs that are as long as possible.
    Dim begin = 0;
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (!streams_[i]->taken()) continue;
      const View& taken = gradient_views_[i];
      const Dim offset = taken.data<float>() - gradients_.data<float>();
      optimizer_->apply_ranges(begin, offset);
      begin = offset + taken.shape().size();
    }
    optimizer_->apply_ranges(begin, gradients_.size());
    optimizer_->end_step();
  }
  for (auto& [weight, value] : idle_) copy(value, weight->value.view());
}

double Trainer::test_step(RunPool& pool, const KernelOptions& options, const TrainingBatch& batch) {
  bind(pool);
  const auto run = lease(pool, options, batch, false);
  run->forward();
  const double total = run_losses(*run, batch, false) + penalties(false);
  run->commit_updates();
  loss_.add(total, static_cast<double>(batch.x[0].shape()[0]));
  return last_loss_ = total;
}

void Trainer::resolve_metrics(const Run& run, const TrainingBatch& batch) {
  if (metrics_resolved_) return;
  metrics_resolved_ = true;
  MetricNames names;
  for (const bool weighted : {false, true})
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      Output& output = outputs_[k];
      const std::string prefix = outputs_.size() > 1 ? output.name + "_" : "";
      for (Metric& metric : weighted ? output.weighted_metrics : output.metrics) {
        const std::string own = metric->name();
        metric = resolve_metric(metric, batch.y[k].shape(), run.output(static_cast<int>(k)).shape());
        (weighted ? output.weighted_names : output.metric_names).push_back(names.next(prefix, own, weighted));
      }
    }
}

const Results& Trainer::results() {
  // The same names in the same order every time: their strings are made once.
  std::size_t n = 0;
  auto put = [&](const std::string& name, double value) {
    if (n == results_.size()) results_.emplace_back(name, 0.0);
    if (results_[n].first != name) results_[n].first = name;
    results_[n++].second = value;
  };
  static const std::string loss = "loss";
  put(loss, loss_.value());
  for (std::size_t k = 0; outputs_.size() > 1 && k < outputs_.size(); ++k)
    if (outputs_[k].loss) put(outputs_[k].loss_name, output_losses_[k].value());
  for (const Output& output : outputs_) {
    for (std::size_t i = 0; i < output.metric_names.size(); ++i)
      put(output.metric_names[i], output.metrics[i]->result());
    for (std::size_t i = 0; i < output.weighted_names.size(); ++i)
      put(output.weighted_names[i], output.weighted_metrics[i]->result());
  }
  results_.resize(n);
  return results_;
}

void Trainer::reset_metrics() {
  loss_ = {};
  std::fill(output_losses_.begin(), output_losses_.end(), Mean{});
  for (Output& output : outputs_) {
    for (auto& m : output.metrics) m->reset();
    for (auto& m : output.weighted_metrics) m->reset();
  }
}

}  // namespace rhyton
