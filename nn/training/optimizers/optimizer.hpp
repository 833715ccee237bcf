#pragma once
/// @file optimizer.hpp  Updates of all trainable weights, which lie in one flat float32 buffer.
#include <memory>
#include <string>
#include <vector>

#include "nn/constraints/constraint.hpp"
#include "nn/training/schedules/schedule.hpp"

namespace rhyton {

/// One trainable weight inside the flat buffers.
struct OptimizerVariable {
  std::string path;  ///< "dense/kernel": what exclusions and patterns look at
  Shape shape;
  Dim offset = 0;  ///< in elements
  Constraint constraint{};
};

/// The weights and, in the same layout, their gradients. What lies between variables is updated too where the
/// next begins at the next multiple of `alignment` elements, so gaps must hold zeros in both.
struct FlatParameters {
  float* weights = nullptr;
  float* gradients = nullptr;
  Dim size = 0;
  Dim alignment = 1;
  std::vector<OptimizerVariable> variables{};
};

/// A piece of an optimizer's state, in Keras's order and shape; `view` is the state itself.
struct OptimizerState {
  std::string name;
  View view;
  const float* weight = nullptr;  ///< where the variable lies that it belongs to; null: to none
};

/// The arguments that every optimizer has.
struct OptimizerArguments {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay{}, clipnorm{}, clipvalue{}, global_clipnorm{};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency{};
  std::optional<double> loss_scale_factor{};
  std::optional<std::int64_t> gradient_accumulation_steps{};
  std::string name{};
};

/// Base of `keras.optimizers`. A step is `apply`, or its three parts where the middle is to be fused with
/// what produces the gradients (see `streams`). After `build` nothing allocates.
class OptimizerBase : public Object {
 public:
  static constexpr const char* family = "optimizer";
  static constexpr const char* module = "keras.optimizers";

  /// Makes the state for these parameters, which must stay where they are; an earlier state is dropped.
  virtual void build(FlatParameters parameters);
  bool built() const { return built_; }

  /// One update from the gradients in the buffer. The gradients may be changed (unscaled, clipped).
  void apply();
  /// The learning rate and bias corrections of this step; unscaling, accumulation and clipping of all
  /// gradients. False when this step changes no weights (accumulation, overflow): then the ranges are
  /// skipped.
  virtual bool begin_step();
  /// Updates the elements [begin, end) by their gradients, which lie in the buffer or, where that is given,
  /// in `gradient`. Disjoint ranges may be given to several threads.
  virtual void apply_range(Dim begin, Dim end, const float* gradient = nullptr);
  /// The same on all threads.
  void apply_ranges(Dim begin, Dim end);
  /// Averages, constraints, the step counter.
  virtual void end_step(bool updated = true);
  /// True when `begin_step` looks at no gradient and any cut into ranges is right: each range may follow as
  /// soon as its gradients are there, wherever they lie. Otherwise the one range is [0, size).
  virtual bool streams() const;

  /// Keras's loss scaling: the loss is multiplied by this before gradients are computed.
  virtual double loss_scale() const { return arguments_.loss_scale_factor.value_or(1.0); }
  /// Puts the averages in place of the weights at the end of training (`use_ema`).
  virtual void finalize_weights();

  /// Updates so far, accumulation steps counted singly.
  virtual std::int64_t steps() const { return step_.data<std::int64_t>()[0]; }
  /// Updates of the weights so far: with gradient accumulation, steps / gradient_accumulation_steps.
  std::int64_t iterations() const;
  /// The rate of the next update.
  virtual double learning_rate() const;
  /// Throws ValueError when the rate is a schedule.
  virtual void set_learning_rate(double value);
  virtual bool has_schedule() const { return arguments_.learning_rate.is_schedule(); }
  const std::string& name() const { return arguments_.name; }

  /// All state in the order of the `.keras` file: iteration, learning_rate (unless a schedule), averages,
  /// accumulated gradients, slots. Writing through the views sets it; `build` comes first.
  virtual std::vector<OptimizerState> state();
  /// No weight decay for variables whose path contains one of these; before `build`.
  void exclude_from_weight_decay(std::vector<std::string> patterns) { excluded_ = std::move(patterns); }

 protected:
  OptimizerBase() : OptimizerBase(OptimizerArguments{}, "Optimizer") {}
  /// Checks the arguments; `owner` is the class name, whose snake case is the default name.
  OptimizerBase(OptimizerArguments arguments, const char* owner);

  /// A run of elements that are updated alike.
  struct Range {
    Dim begin = 0, end = 0;
    float decay = 0.0f;  ///< w -= decay * w before the update
    float scale = 1.0f;  ///< of the gradients
    const OptimizerVariable* variable =
        nullptr;                      ///< the one it belongs to, where the optimizer works by variable
    const float* gradient = nullptr;  ///< of the range alone; null: in the buffer
  };

  /// Computes what depends on the step alone; `t` counts from 1.
  virtual void prepare(double rate, std::int64_t t) = 0;
  virtual void update(const Range& range) = 0;
  /// Declares slots: those of one call lie interleaved by variable in the state.
  virtual void make_slots() = 0;
  void add_slots(const std::vector<std::string>& names, const std::vector<double>& initial = {});
  /// State behind iteration, rate, averages and accumulators; by default the slots.
  virtual void append_slots(std::vector<OptimizerState>& out);
  /// True for optimizers that see whole variables (norms, factors, matrices).
  virtual bool by_variable() const { return false; }
  virtual std::optional<double> weight_decay_of(const OptimizerVariable& variable) const;

  float* weights() const { return parameters_.weights; }
  /// The gradient of the range's first element, before those of the others.
  const float* gradients(const Range& r) const {
    return r.gradient != nullptr ? r.gradient : parameters_.gradients + r.begin;
  }
  float* slot(std::size_t i) { return slots_[i].data<float>(); }
  const FlatParameters& parameters() const { return parameters_; }
  OptimizerState slot_state(std::size_t slot, const OptimizerVariable& variable);
  OptimizerState state_of(const std::string& name, Tensor& flat, const OptimizerVariable& variable) const;

  OptimizerArguments arguments_;

 private:
  void plan_ranges();
  void accumulate(float unscale, float steps);
  void clip(float unscale);

  FlatParameters parameters_;
  std::vector<std::string> excluded_;
  std::vector<Range> ranges_;
  std::vector<double> range_decay_;
  std::vector<Tensor> slots_;
  std::vector<std::vector<std::string>> groups_;
  Tensor average_, accumulated_;
  Tensor step_{Shape(), DType::int64}, rate_{Shape(), DType::float32};
  bool built_ = false;
};

template <>
Registry<OptimizerBase>& Registry<OptimizerBase>::global();
extern template class Ref<OptimizerBase>;

/// An optimizer, or its name: "adam", "sgd", "RMSprop", ...
using Optimizer = Ref<OptimizerBase>;

/// The arguments of every optimizer behind its own, as members of its Config: C++ has designated initializers
/// for direct members only.
#define RHYTON_OPTIMIZER_ARGUMENTS                                  \
  std::optional<double> clipnorm{}, clipvalue{}, global_clipnorm{}; \
  bool use_ema = false;                                             \
  double ema_momentum = 0.99;                                       \
  std::optional<std::int64_t> ema_overwrite_frequency{};            \
  std::optional<double> loss_scale_factor{};                        \
  std::optional<std::int64_t> gradient_accumulation_steps{};        \
  std::string name {}

namespace detail {
/// Keras 2's legacy `decay` as the schedule that it was; without effect in Keras 3.
void apply_legacy_decay(LearningRate& rate, double decay);
}  // namespace detail

/// Lists the arguments of every optimizer, in Keras's order.
template <class C>
void plain_optimizer_fields(ConfigFields& v, C& c) {
  v("name", c.name)("learning_rate", c.learning_rate)("weight_decay", c.weight_decay)("clipnorm", c.clipnorm);
  v("global_clipnorm", c.global_clipnorm)("clipvalue", c.clipvalue)("use_ema", c.use_ema);
  v("ema_momentum", c.ema_momentum)("ema_overwrite_frequency", c.ema_overwrite_frequency);
  v("loss_scale_factor", c.loss_scale_factor)("gradient_accumulation_steps", c.gradient_accumulation_steps);
  v.alias("lr", c.learning_rate);
}
/// The same with Keras 2's `decay` of the rate.
template <class C>
void optimizer_fields(ConfigFields& v, C& c) {
  plain_optimizer_fields(v, c);
  if (v.reads()) {
    double decay = 0.0;
    v("decay", decay);
    detail::apply_legacy_decay(c.learning_rate, decay);
  }
}

/// Ties an optimizer to its Config, like Configured, and hands the common arguments to the base. Cold:
/// compiled for size beside updates that are not.
template <class Derived, class ConfigT>
class OptimizerOf : public OptimizerBase {
 public:
  using Config = ConfigT;
  std::string class_name() const override { return Derived::keras_name; }
  [[gnu::cold]] void write_config(ConfigWriter& writer) const override {
    Config c = config_;
    if (!has_schedule()) c.learning_rate = learning_rate();
    detail::list_fields<Config>(&c, writer);
  }
  const Config& config() const { return config_; }
  [[gnu::cold]] static std::shared_ptr<OptimizerBase> from_config(const Json& json) {
    return share_object<OptimizerBase>(new Derived(detail::read_config<Config>(json, Derived::keras_name)));
  }

 protected:
  [[gnu::cold]] explicit OptimizerOf(Config&& config)
      : OptimizerBase(
            {config.learning_rate, config.weight_decay, config.clipnorm, config.clipvalue,
             config.global_clipnorm, config.use_ema, config.ema_momentum, config.ema_overwrite_frequency,
             config.loss_scale_factor, config.gradient_accumulation_steps, config.name},
            Derived::keras_name),
        config_(std::move(config)) {
    config_.name = name();
  }
  Config config_;
};

}  // namespace rhyton
