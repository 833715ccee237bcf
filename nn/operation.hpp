#pragma once
/// @file operation.hpp  What the executor runs: a layer, or the fused kernel that a pass put in place of
/// several.
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nn/kernels/kernel.hpp"
#include "nn/object.hpp"
#include "nn/weight.hpp"

namespace rhyton {

/// Shape and element type of a tensor that need not exist yet.
struct TensorSpec {
  Shape shape;
  DType dtype = DType::float32;
  bool operator==(const TensorSpec&) const = default;
};

/// What an operation is called with, apart from the data: specs, the roles of its inputs ("" for positional
/// ones, else Keras's argument name such as "initial_state"), which of them carry a mask, and flags such as
/// "use_causal_mask".
struct CallSpec {
  std::vector<TensorSpec> inputs;
  std::vector<std::string> roles;
  std::vector<std::optional<Shape>> masks;
  std::vector<std::pair<std::string, bool>> flags;

  /// Shapes of the positional inputs.
  Shapes shapes() const;
  const Shape& shape(int i = 0) const { return inputs[static_cast<std::size_t>(i)].shape; }
  /// Position of the first input with this role; -1 if there is none.
  int find(std::string_view role) const;
  std::optional<bool> flag(std::string_view name) const;
  bool masked(int i = 0) const {
    return static_cast<std::size_t>(i) < masks.size() && masks[static_cast<std::size_t>(i)];
  }
};

class Rng;
namespace detail {
struct Step;
}

/// Announces, once per Run, what a step will need. All sizes are known here.
class Prepare {
 public:
  explicit Prepare(detail::Step& step) : step_(step) {}

  int inputs() const;
  int outputs() const;
  const TensorSpec& input(int i = 0) const;
  const TensorSpec& output(int i = 0) const;
  bool has_input_mask(int i = 0) const;
  /// Shape of a weight; an empty shape for id -1.
  Shape weight_shape(int id) const;
  const CallSpec& spec() const;
  const KernelOptions& options() const;
  /// The training flag of the call.
  bool training() const;
  /// True when `backward` will be called for this step.
  bool wants_gradient() const;
  bool wants_input_gradient(int i = 0) const;

  /// A planned kernel, found again by its position in `Call::kernel`.
  void keep(std::unique_ptr<Kernel> kernel);
  /// A buffer written by `call` and read by `backward`; found again by its position. Exists only for
  /// gradients.
  void save(const Shape& shape, DType dtype);
  /// Bytes that live during this step's call and, separately, during its backward.
  void scratch(std::size_t bytes);
  /// Whether `backward` reads the inputs or outputs (both are true unless said otherwise).
  void backward_reads(bool inputs, bool outputs);
  /// The output is the input's bytes: nothing is to be computed (Reshape). Its gradient likewise.
  void alias(int output = 0, int input = 0);
  /// The output may lie where the input lies.
  void in_place(int output = 0, int input = 0);
  /// `backward` looks for a sink in this weight's `gradient`.
  void streams_gradient(int id);
  /// dx may lie where dy lies.
  void gradient_in_place(int input = 0, int output = 0);

 private:
  detail::Step& step_;
};

/// What `Call` and `Backward` have in common.
class StepContext {
 public:
  explicit StepContext(detail::Step& step) : step_(step) {}
  int inputs() const;
  int outputs() const;
  ConstView input(int i = 0) const;
  /// The mask that came with an input (boolean); absent if none did.
  ConstView mask(int i = 0) const;
  /// A weight by the number that `add_weight` gave; absent for -1.
  ConstView weight(int id) const;
  const CallSpec& spec() const;
  bool training() const;
  template <class K>
  K& kernel(std::size_t i = 0) const {
    return static_cast<K&>(kernel_at(i));
  }
  View saved(int i = 0) const;
  DType real() const;

 protected:
  Kernel& kernel_at(std::size_t i) const;
  detail::Step& step_;
};

/// One forward execution of a step.
class Call : public StepContext {
 public:
  using StepContext::StepContext;
  View output(int i = 0) const;
  View output_mask(int i = 0) const;
  void* scratch() const;
  /// Where the new value of a weight that this step changes (moving statistics, states) goes; it takes effect
  /// after the step. Starts out as the weight's present value, or as what an earlier step of this pass made
  /// of it.
  View weight_update(int id) const;
  /// From here on this step, backward included, reads the weight as `weight_update` has it.
  void read_update(int id) const;
  /// A generator of this step's own random numbers, different in every call.
  Rng rng() const;
  /// Adds to the losses of this pass (`Run::activity_loss`); its gradient is the step's own business.
  void add_loss(double value) const;
  /// True when backward follows: `saved` buffers exist.
  bool wants_gradient() const;
};

/// One backward execution of a step. `dx` is to be assigned; weight gradients are added to.
class Backward : public StepContext {
 public:
  using StepContext::StepContext;
  ConstView output(int i = 0) const;
  void* scratch() const;
  ConstView dy(int i = 0) const;
  /// Absent when nobody needs it: skip the work.
  View dx(int i = 0) const;
  /// A weight's gradient to add to (zeroed if this is its first contribution); absent for frozen weights and
  /// id -1.
  View dw(int id) const;
  /// The same without the zeroing, for kernels that can assign as well as add.
  GradTarget gradient(int id) const;
};

/// A unit of execution. `call` and `backward` are const: whatever a run needs to remember lives in the Run.
/// As in Keras the base of layers, and an object that files may hold; what passes put together from several
/// layers is in none.
class Operation : public Object {
 public:
  void write_config(ConfigWriter&) const override {}
  virtual std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const = 0;
  virtual void prepare(Prepare&) const {}
  virtual void call(Call& call) const = 0;
  /// Default: throws NotSupported.
  virtual void backward(Backward& backward) const;
  virtual bool has_backward() const { return true; }
  /// False for inputs through which no gradient flows (indices): `dx` is then absent.
  virtual bool differentiates(int input) const;
  /// Called before `call` when a weight has changed since the last time, and the first time.
  virtual void weights_changed(Call& call) const;
  /// Floating-point operations of one forward call, for profiles; 0 where memory traffic is what counts.
  virtual double flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const;
  /// Writes `output_mask` where the step was announced to compute one.
  virtual void compute_mask(Call& call) const;

 protected:
  ~Operation() = default;
};

}  // namespace rhyton
