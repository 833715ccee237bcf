#include "nn/training/optimizers/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nn/kernels/parallel.hpp"
#include "nn/load_scope.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

constexpr Dim grain = 1 << 15;

double sum_of_squares(const float* x, Dim n) {
  constexpr std::size_t lanes = 16;
  constexpr Dim block = 4096;
  double total = 0.0;
  for (Dim begin = 0; begin < n; begin += block) {
    const Dim end = std::min(begin + block, n), whole = begin + (end - begin) / 16 * 16;
    std::array<float, lanes> sum{};
    for (Dim i = begin; i < whole; i += 16)
      for (std::size_t k = 0; k < lanes; ++k)
        sum[k] += x[i + static_cast<Dim>(k)] * x[i + static_cast<Dim>(k)];
    for (Dim i = whole; i < end; ++i) sum[0] += x[i] * x[i];
    for (float s : sum) total += s;
  }
  return total;
}

}  // namespace

OptimizerBase::OptimizerBase(OptimizerArguments arguments, const char* owner)
    : arguments_(std::move(arguments)) {
  const std::string name = owner;
  if (arguments_.name.empty()) arguments_.name = snake_case(name);
  const auto& a = arguments_;
  if (a.clipnorm.has_value() + a.clipvalue.has_value() + a.global_clipnorm.has_value() > 1)
    throw ValueError(name + ": only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set.");
  if (a.gradient_accumulation_steps && *a.gradient_accumulation_steps < 2)
    raise<ValueError>(
        "{}: `gradient_accumulation_steps` must be at least 2. Received: gradient_accumulation_steps={}",
        name, *a.gradient_accumulation_steps);
  if (a.use_ema && (a.ema_momentum < 0.0 || a.ema_momentum > 1.0))
    raise<ValueError>("{}: `ema_momentum` must be in [0, 1]. Received: ema_momentum={}", name,
                      a.ema_momentum);
  if (a.use_ema && a.ema_overwrite_frequency && *a.ema_overwrite_frequency < 1)
    raise<ValueError>(
        "{}: `ema_overwrite_frequency` must be at least 1. Received: ema_overwrite_frequency={}", name,
        *a.ema_overwrite_frequency);
  if (!has_schedule()) rate_.data<float>()[0] = static_cast<float>(a.learning_rate.at(0));
}

void OptimizerBase::build(FlatParameters parameters) {
  parameters_ = std::move(parameters);
  slots_.clear();
  groups_.clear();
  average_ = arguments_.use_ema ? Tensor({parameters_.size}) : Tensor();
  accumulated_ = arguments_.gradient_accumulation_steps ? Tensor({parameters_.size}) : Tensor();
  plan_ranges();
  make_slots();
  built_ = true;
}

void OptimizerBase::add_slots(const std::vector<std::string>& names, const std::vector<double>& initial) {
  groups_.push_back(names);
  for (std::size_t i = 0; i < names.size(); ++i)
    slots_.push_back(Tensor::full({parameters_.size}, i < initial.size() ? initial[i] : 0.0));
}

std::optional<double> OptimizerBase::weight_decay_of(const OptimizerVariable& variable) const {
  for (const std::string& pattern : excluded_)
    if (variable.path.find(pattern) != std::string::npos) return std::nullopt;
  return arguments_.weight_decay;
}

void OptimizerBase::plan_ranges() {
  ranges_.clear();
  range_decay_.clear();
  const bool separate = by_variable() || arguments_.clipnorm.has_value();
  const Dim step = std::max<Dim>(parameters_.alignment, 1);
  for (const OptimizerVariable& variable : parameters_.variables) {
    const double decay = weight_decay_of(variable).value_or(0.0);
    const Dim end = variable.offset + variable.shape.size();
    const bool joins = !separate && !ranges_.empty() && range_decay_.back() == decay &&
                       (ranges_.back().end + step - 1) / step * step == variable.offset;
    if (joins) {
      ranges_.back().end = end;
    } else {
      ranges_.push_back({variable.offset, end, 0.0f, 1.0f, &variable});
      range_decay_.push_back(decay);
    }
  }
}

void OptimizerBase::apply() {
  const bool updates = begin_step();
  if (updates && by_variable())
    apply_range(0, parameters_.size);
  else if (updates)
    apply_ranges(0, parameters_.size);
  end_step(updates);
}

void OptimizerBase::apply_ranges(Dim begin, Dim end) {
  parallel_for(end - begin, grain, [&](Dim first, Dim last) { apply_range(begin + first, begin + last); });
}

bool OptimizerBase::streams() const {
  const auto& a = arguments_;
  return !by_variable() && !a.clipnorm && !a.clipvalue && !a.global_clipnorm && !a.loss_scale_factor &&
         !a.gradient_accumulation_steps;
}

bool OptimizerBase::begin_step() {
  if (!built_) throw Error(arguments_.name + ": the optimizer has no parameters yet; build it first.");
  auto unscale = static_cast<float>(1.0 / arguments_.loss_scale_factor.value_or(1.0));
  if (arguments_.gradient_accumulation_steps) {
    const std::int64_t every = *arguments_.gradient_accumulation_steps;
    const bool updates = (steps() + 1) % every == 0;
    accumulate(unscale, updates ? static_cast<float>(every) : 0.0f);
    if (!updates) return false;
    unscale = 1.0f;
  }
  clip(unscale);
  const double rate = OptimizerBase::learning_rate();
  for (std::size_t i = 0; i < ranges_.size(); ++i)
    ranges_[i].decay = static_cast<float>(range_decay_[i] * rate);
  prepare(rate, iterations() + 1);
  return true;
}

void OptimizerBase::accumulate(float unscale, float mean_of) {
  float* sum = accumulated_.data<float>();
  float* g = parameters_.gradients;
  if (mean_of == 0.0f) {
    for (Dim i = 0; i < parameters_.size; ++i) sum[i] += g[i] * unscale;
    return;
  }
  for (Dim i = 0; i < parameters_.size; ++i) g[i] = (g[i] * unscale + sum[i]) / mean_of;
  std::fill_n(sum, parameters_.size, 0.0f);
}

void OptimizerBase::clip(float unscale) {
  const auto& a = arguments_;
  float* g = parameters_.gradients;
  for (Range& range : ranges_) range.scale = unscale;
  if (a.clipnorm && *a.clipnorm > 0.0) {
    for (Range& range : ranges_) {
      const double norm = unscale * std::sqrt(sum_of_squares(g + range.begin, range.end - range.begin));
      // max(NaN, clipnorm) is NaN in Keras, so that a broken step does not go unnoticed.
      const double bound = std::isnan(norm) ? norm : std::max(norm, *a.clipnorm);
      range.scale = static_cast<float>(unscale * *a.clipnorm / bound);
    }
  } else if (a.global_clipnorm && *a.global_clipnorm > 0.0) {
    double square = 0.0;
    for (const Range& range : ranges_) square += sum_of_squares(g + range.begin, range.end - range.begin);
    const double norm = unscale * std::sqrt(square);
    const double factor = *a.global_clipnorm * std::min(1.0 / norm, 1.0 / *a.global_clipnorm) + (norm - norm);
    for (Range& range : ranges_) range.scale = static_cast<float>(unscale * factor);
  } else if (a.clipvalue && *a.clipvalue > 0.0) {
    const auto bound = static_cast<float>(*a.clipvalue);
    for (Range& range : ranges_) {
      for (Dim i = range.begin; i < range.end; ++i) g[i] = std::clamp(g[i] * unscale, -bound, bound);
      range.scale = 1.0f;
    }
  }
}

void OptimizerBase::apply_range(Dim begin, Dim end, const float* gradient) {
  auto first =
      std::partition_point(ranges_.begin(), ranges_.end(), [&](const Range& r) { return r.end <= begin; });
  for (auto it = first; it != ranges_.end() && it->begin < end; ++it) {
    Range part = *it;
    part.begin = std::max(part.begin, begin);
    part.end = std::min(part.end, end);
    if (gradient != nullptr) part.gradient = gradient + (part.begin - begin);
    update(part);
  }
}

void OptimizerBase::end_step(bool) {
  float* w = parameters_.weights;
  if (arguments_.use_ema) {
    // The first average is the weights themselves.
    const auto keep = static_cast<float>(iterations() == 0 ? 0.0 : arguments_.ema_momentum);
    const auto every = arguments_.ema_overwrite_frequency;
    const bool overwrite = every && (iterations() + 1) % *every == 0;
    float* average = average_.data<float>();
    for (const Range& range : ranges_) {
      for (Dim i = range.begin; i < range.end; ++i) average[i] = keep * average[i] + (1.0f - keep) * w[i];
      if (overwrite) std::copy(average + range.begin, average + range.end, w + range.begin);
    }
  }
  for (const OptimizerVariable& variable : parameters_.variables)
    if (variable.constraint)
      variable.constraint->apply(View(w + variable.offset, variable.shape, DType::float32));
  ++step_.data<std::int64_t>()[0];
}

void OptimizerBase::finalize_weights() {
  if (!arguments_.use_ema || !built_ || steps() == 0) return;
  const float* average = average_.data<float>();
  for (const Range& range : ranges_)
    std::copy(average + range.begin, average + range.end, parameters_.weights + range.begin);
}

std::int64_t OptimizerBase::iterations() const {
  return steps() / arguments_.gradient_accumulation_steps.value_or(1);
}

double OptimizerBase::learning_rate() const {
  return has_schedule() ? arguments_.learning_rate.at(steps()) : static_cast<double>(rate_.data<float>()[0]);
}

void OptimizerBase::set_learning_rate(double value) {
  if (has_schedule())
    throw ValueError(
        arguments_.name +
        ": the learning rate is a schedule and cannot be set; make the optimizer with a number instead.");
  rate_.data<float>()[0] = static_cast<float>(value);
}

OptimizerState OptimizerBase::state_of(const std::string& name, Tensor& flat,
                                       const OptimizerVariable& variable) const {
  std::string path = variable.path;
  std::replace(path.begin(), path.end(), '/', '_');
  return {fmt::format("{}/{}_{}", arguments_.name, path, name),
          View(flat.data<float>() + variable.offset, variable.shape, DType::float32),
          parameters_.weights + variable.offset};
}

OptimizerState OptimizerBase::slot_state(std::size_t slot, const OptimizerVariable& variable) {
  std::size_t i = slot;
  for (const auto& group : groups_) {
    if (i < group.size()) return state_of(group[i], slots_[slot], variable);
    i -= group.size();
  }
  raise<Error>("{}: no slot {}", arguments_.name, slot);
}

void OptimizerBase::append_slots(std::vector<OptimizerState>& out) {
  std::size_t first = 0;
  for (const auto& group : groups_) {
    for (const OptimizerVariable& variable : parameters_.variables)
      for (std::size_t i = 0; i < group.size(); ++i)
        out.push_back(state_of(group[i], slots_[first + i], variable));
    first += group.size();
  }
}

std::vector<OptimizerState> OptimizerBase::state() {
  std::vector<OptimizerState> out{{arguments_.name + "/iteration", step_.view()}};
  if (!has_schedule()) out.push_back({arguments_.name + "/learning_rate", rate_.view()});
  if (!built_) return out;
  for (auto [tensor, name] : {std::pair{&average_, "average"}, {&accumulated_, "gradient_accumulator"}})
    if (*tensor)
      for (const OptimizerVariable& variable : parameters_.variables)
        out.push_back(state_of(name, *tensor, variable));
  append_slots(out);
  return out;
}

namespace detail {
void apply_legacy_decay(LearningRate& rate, double decay) {
  if (decay == 0.0 || rate.is_schedule() || LoadScope::dialect() != Dialect::keras2) return;
  rate = InverseTimeDecay({.initial_learning_rate = rate.at(0), .decay_steps = 1.0, .decay_rate = decay});
}
}  // namespace detail

}  // namespace rhyton
