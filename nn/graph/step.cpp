#include "nn/graph/step.hpp"

#include <cstring>
#include <tuple>

#include "nn/error.hpp"
#include "nn/rng.hpp"

namespace rhyton {

namespace {
template <class T>
const T& at(const std::vector<T>& list, int i) {
  return list[static_cast<std::size_t>(i)];
}
template <class T>
T get(const std::vector<T>& list, int i) {
  return i >= 0 && static_cast<std::size_t>(i) < list.size() ? at(list, i) : T{};
}
// Marks in `gradient_opened`.
constexpr char zeroed = 1, handed_out = 2;
}  // namespace

int Prepare::inputs() const { return static_cast<int>(step_.spec.inputs.size()); }
int Prepare::outputs() const { return static_cast<int>(step_.output_specs.size()); }
const TensorSpec& Prepare::input(int i) const { return at(step_.spec.inputs, i); }
const TensorSpec& Prepare::output(int i) const { return at(step_.output_specs, i); }
bool Prepare::has_input_mask(int i) const { return step_.spec.masked(i); }
Shape Prepare::weight_shape(int id) const { return id < 0 ? Shape() : at(step_.weights, id)->value.shape(); }
const CallSpec& Prepare::spec() const { return step_.spec; }
const KernelOptions& Prepare::options() const { return step_.options; }
bool Prepare::training() const { return step_.training; }
bool Prepare::wants_gradient() const { return step_.wants_gradient; }
bool Prepare::wants_input_gradient(int i) const { return step_.wants_dx[static_cast<std::size_t>(i)]; }
void Prepare::keep(std::unique_ptr<Kernel> kernel) { step_.kernels.push_back(std::move(kernel)); }
void Prepare::save(const Shape& shape, DType dtype) { step_.saved_specs.push_back({shape, dtype}); }
void Prepare::scratch(std::size_t bytes) { step_.scratch_bytes = bytes; }
void Prepare::backward_reads(bool inputs, bool outputs) {
  step_.reads_inputs = inputs;
  step_.reads_outputs = outputs;
}
void Prepare::alias(int output, int input) {
  step_.aliases.emplace_back(output, input);
  step_.gradients_in_place.emplace_back(input, output);
  step_.is_alias = true;
  backward_reads(false, false);
}
void Prepare::in_place(int output, int input) { step_.in_places.emplace_back(output, input); }
void Prepare::streams_gradient(int id) { step_.streams.push_back(id); }
void Prepare::gradient_in_place(int input, int output) {
  step_.gradients_in_place.emplace_back(input, output);
}

int StepContext::inputs() const { return static_cast<int>(step_.in.size()); }
int StepContext::outputs() const { return static_cast<int>(step_.output_specs.size()); }
ConstView StepContext::input(int i) const { return at(step_.in, i); }
ConstView StepContext::mask(int i) const { return get(step_.in_masks, i); }
ConstView StepContext::weight(int id) const { return get(step_.weight_views, id); }
const CallSpec& StepContext::spec() const { return step_.spec; }
bool StepContext::training() const { return step_.training; }
View StepContext::saved(int i) const { return get(step_.saved, i); }
DType StepContext::real() const { return step_.options.dtype; }
Kernel& StepContext::kernel_at(std::size_t i) const { return *step_.kernels[i]; }

View Call::output(int i) const { return at(step_.out, i); }
void* Call::scratch() const { return step_.forward_scratch; }
View Call::output_mask(int i) const { return get(step_.out_masks, i); }
bool Call::wants_gradient() const { return step_.wants_gradient; }
void Call::add_loss(double value) const { step_.loss += value; }
Rng Call::rng() const { return Rng(step_.seed); }

View Call::weight_update(int id) const {
  const auto i = static_cast<std::size_t>(id);
  if (!step_.updates[i])
    step_.updates[i] = Tensor(step_.weight_views[i].shape(), step_.weight_views[i].dtype());
  if (!step_.updated[i]) {
    auto [step, k] = step_.earlier[i];
    while (step != nullptr && !step->updated[k]) std::tie(step, k) = step->earlier[k];
    // The view is the update itself where an earlier pass has read it (`read_update`).
    const bool read = step_.weight_views[i].raw() == step_.updates[i].raw();
    const ConstView present = read ? ConstView(step_.weights[i]->value) : ConstView(step_.weight_views[i]);
    copy(step != nullptr ? ConstView(step->updates[k]) : present, step_.updates[i].view());
  }
  step_.updated[i] = 1;
  return step_.updates[i].view();
}

void Call::read_update(int id) const {
  const auto i = static_cast<std::size_t>(id);
  step_.weight_views[i] = step_.updates[i].view();
  for (auto& kernel : step_.kernels) kernel->weights_changed();
}

ConstView Backward::output(int i) const { return at(step_.out, i); }
void* Backward::scratch() const { return step_.backward_scratch; }
ConstView Backward::dy(int i) const { return at(step_.dy, i); }
View Backward::dx(int i) const { return get(step_.dx, i); }

GradTarget Backward::gradient(int id) const {
  const GradTarget target = get(step_.gradients, id);
  if (target)
    step_.gradient_opened[static_cast<std::size_t>(id)] =
        static_cast<char>(step_.gradient_opened[static_cast<std::size_t>(id)] | handed_out);
  return target;
}

View Backward::dw(int id) const {
  const GradTarget target = get(step_.gradients, id);
  if (!target) return {};
  char& opened = step_.gradient_opened[static_cast<std::size_t>(id)];
  if (!target.accumulate && !(opened & zeroed)) fill(target.view, 0.0);
  opened = static_cast<char>(opened | zeroed);
  return target.view;
}

void Operation::backward(Backward&) const { throw NotSupported("This operation has no backward."); }
bool Operation::differentiates(int) const { return true; }
void Operation::weights_changed(Call&) const {}
double Operation::flops(const CallSpec&, const std::vector<TensorSpec>&) const { return 0.0; }
void Operation::compute_mask(Call&) const {}

}  // namespace rhyton
