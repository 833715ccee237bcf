#include "nn/graph/run.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "nn/graph/run_bindings.hpp"
#include "nn/kernels/denormals.hpp"
#include "nn/kernels/elementwise.hpp"
#include "nn/kernels/thread_limit.hpp"
#include "nn/raise.hpp"

namespace rhyton {

using detail::Step;

namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a + 0x9e3779b97f4a7c15ULL * (b + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// NaN into what a step is to write, where it does not lie on what the step reads.
void poison(const std::vector<View>& written, const std::vector<View>& read) {
  for (const View& view : written) {
    const bool shared =
        std::any_of(read.begin(), read.end(), [&](const View& r) { return r.raw() == view.raw(); });
    if (view && !shared && view.dtype() != DType::string) std::memset(view.raw(), 0xff, view.bytes());
  }
}

class Stopwatch {
 public:
  explicit Stopwatch(double* sum) : sum_(sum) {
    if (sum_) start_ = std::chrono::steady_clock::now();
  }
  ~Stopwatch() {
    if (sum_)
      *sum_ += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  double* sum_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace

Run::Run(std::shared_ptr<const Plan> plan, const Shapes& input_shapes, const RunOptions& options,
         const GradientMap& gradients)
    : plan_(std::move(plan)),
      input_shapes_(input_shapes),
      options_(options),
      program_(detail::make_program(*plan_, input_shapes, options)),
      bindings_(std::make_unique<Bindings>()) {
  detail::run_passes(program_, options_);
  detail::mark_gradients(program_, options_);
  prepare_steps();
  plan_values();
  plan_gradients(gradients);
  memory_.lay_out();
  bind(gradients);
}

Run::~Run() = default;

const TensorSpec& Run::input_spec(int i) const {
  return program_.values[static_cast<std::size_t>(program_.inputs[static_cast<std::size_t>(i)])].spec;
}

const TensorSpec& Run::output_spec(int i) const {
  return program_.values[static_cast<std::size_t>(program_.outputs[static_cast<std::size_t>(i)])].spec;
}

void Run::set_input(int i, ConstView data) {
  const TensorSpec& spec = input_spec(i);
  if (data.shape() != spec.shape || data.dtype() != spec.dtype)
    raise<ValueError>("Run: input {} must be {} {}. Received: {} {}.", i, to_string(spec.dtype),
                      to_string(spec.shape), to_string(data.dtype()), to_string(data.shape()));
  // Inputs are only read; views are writable so that one type serves all slots of a step.
  void* raw = const_cast<void*>(data.raw());
  for (View* view : bindings_->input_views[static_cast<std::size_t>(i)])
    *view = View(raw, view->shape(), view->dtype());
}

void Run::refresh_weights() {
  const std::uint64_t now = weights_epoch();
  if (now == epoch_) return;
  for (Step& step : program_.steps) {
    std::uint64_t version = 0;
    for (std::size_t i = 0; i < step.weights.size(); ++i) {
      Weight& weight = *step.weights[i];
      version = std::max(version, weight.version);
      View& view = step.weight_views[i];
      if (weight.value.dtype() == view.dtype()) {
        view = weight.value.view();
      } else if (weight.version > epoch_) {
        copy(weight.value, view);
      }
    }
    if (version > step.weights_version) {
      step.weights_version = version;
      for (auto& kernel : step.kernels) kernel->weights_changed();
      Call call(step);
      step.op->weights_changed(call);
    }
  }
  epoch_ = now;
}

void Run::forward(std::uint64_t seed) {
  const FlushDenormals flush;
  refresh_weights();
  for (std::size_t s = 0; s < program_.steps.size(); ++s) {
    Step& step = program_.steps[s];
    if (step.is_alias && !step.computes_mask) continue;
    const Stopwatch watch(profiling_ ? &profile_[s].forward.ms : nullptr);
    step.seed = mix(seed, s);
    std::fill(step.updated.begin(), step.updated.end(), char{0});
    step.loss = 0.0;
    Call call(step);
    if (options_.poison && !step.is_alias) {
      poison(step.out, step.in);
      poison(step.saved, {});
      if (step.forward_scratch) std::memset(step.forward_scratch, 0xff, step.scratch_bytes);
    }
    const ThreadLimit limit(step.most_threads);
    if (!step.is_alias) step.op->call(call);
    if (step.computes_mask) step.op->compute_mask(call);
  }
}

bool Run::trains(const Weight& weight) const {
  for (const Step& step : program_.steps)
    for (std::size_t i = 0; i < step.weights.size(); ++i)
      if (step.weights[i].get() == &weight && step.wants_dw[i] && step.gradient_opened[i]) return true;
  return false;
}

double Run::activity_loss() const {
  double sum = 0.0;
  for (const Step& step : program_.steps) sum += step.loss;
  return sum;
}

ConstView Run::output(int i) const { return bindings_->outputs[static_cast<std::size_t>(i)]; }
ConstView Run::output_mask(int i) const { return bindings_->output_masks[static_cast<std::size_t>(i)]; }
ConstView Run::logits(int i) const { return bindings_->logits[static_cast<std::size_t>(i)]; }
View Run::output_gradient(int i) { return bindings_->output_gradients[static_cast<std::size_t>(i)]; }
ConstView Run::input_gradient(int i) const { return bindings_->input_gradients[static_cast<std::size_t>(i)]; }

void Run::backward(bool accumulate) {
  const FlushDenormals flush;
  for (View& view : bindings_->unread_gradients) fill(view, 0.0);
  if (!accumulate)
    for (View& view : bindings_->unreached_weights) fill(view, 0.0);
  for (const auto& [from, to] : bindings_->start_additions) add_into(from, to);
  for (std::size_t s = program_.steps.size(); s-- > 0;) {
    Step& step = program_.steps[s];
    if (!step.wants_gradient) continue;
    const Stopwatch watch(profiling_ ? &profile_[s].backward.ms : nullptr);
    const auto& plan = bindings_->gradients[s];
    if (!step.is_alias) {
      for (std::size_t i = 0; i < step.gradients.size(); ++i) {
        step.gradients[i].accumulate = accumulate || plan.accumulates[i];
        // What forward computed anew for a weight takes effect first, and the optimizer moves on from it.
        step.gradients[i].sink = accumulate || step.updated[i] ? nullptr : plan.sinks[i];
        step.gradient_opened[i] = 0;
      }
      Backward backward(step);
      if (options_.poison) {
        poison(step.dx, step.dy);
        if (step.backward_scratch) std::memset(step.backward_scratch, 0xff, step.scratch_bytes);
      }
      const ThreadLimit limit(step.most_threads);
      step.op->backward(backward);
      // Weights that this call of the layer does not use.
      for (std::size_t i = 0; i < step.gradients.size(); ++i)
        if (step.gradients[i] && !step.gradients[i].accumulate && !step.gradient_opened[i])
          fill(step.gradients[i].view, 0.0);
    }
    for (const auto& [from, to] : plan.moves) copy(from, to);
    for (const auto& [from, to] : plan.additions) add_into(from, to);
  }
}

void Run::commit_updates() {
  for (Step& step : program_.steps) {
    for (std::size_t i = 0; i < step.updated.size(); ++i) {
      if (!step.updated[i]) continue;
      Weight& weight = *step.weights[i];
      copy(step.updates[i], weight.value.view());
      weight.touch();
      step.updated[i] = 0;
    }
  }
}

void Run::start_profile() {
  profiling_ = true;
  profile_.clear();
  for (const Step& step : program_.steps) {
    StepProfile p;
    p.name = step.name;
    if (const auto* layer = dynamic_cast<const Layer*>(step.op.get())) p.layer_class = layer->class_name();
    if (!step.kernels.empty()) p.implementation = step.kernels.front()->implementation();
    const auto bytes = [](const auto& views) {
      double sum = 0.0;
      for (const auto& view : views) sum += static_cast<double>(view.bytes());
      return sum;
    };
    p.forward.bytes = bytes(step.in) + bytes(step.out) + bytes(step.weight_views);
    p.forward.flops = step.op->flops(step.spec, step.output_specs);
    if (step.wants_gradient) {
      const auto any = [](const auto& flags) {
        return std::find(flags.begin(), flags.end(), true) != flags.end();
      };
      const bool dx = any(step.wants_dx), dw = any(step.wants_dw);
      p.backward.flops = p.forward.flops * ((dx ? 1.0 : 0.0) + (dw ? 1.0 : 0.0));
      p.backward.bytes = bytes(step.dy) + bytes(step.dx);
      if (step.reads_inputs) p.backward.bytes += bytes(step.in);
      if (step.reads_outputs) p.backward.bytes += bytes(step.out);
      if (dx) p.backward.bytes += bytes(step.weight_views);
      for (const GradTarget& target : step.gradients)
        p.backward.bytes += static_cast<double>(target.view.bytes());
    }
    profile_.push_back(std::move(p));
  }
}

std::vector<StepProfile> Run::profile() const { return profile_; }

std::vector<std::string> Run::implementations() const {
  std::vector<std::string> out;
  for (const Step& step : program_.steps) {
    std::string text = step.name + ":";
    for (const auto& kernel : step.kernels) text += std::string(" ") + kernel->implementation();
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace rhyton
