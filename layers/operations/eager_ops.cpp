#include "layers/operations/eager_ops.hpp"

#include <algorithm>
#include <cmath>

#include "nn/graph/run.hpp"
#include "nn/names.hpp"
#include "nn/raise.hpp"

namespace rhyton::ops {

Tensor zeros(const Shape& shape, DType dtype) { return Tensor(shape, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return Tensor::full(shape, 1.0, dtype); }
Tensor full(const Shape& shape, double fill_value, DType dtype) {
  return Tensor::full(shape, fill_value, dtype);
}

Tensor arange(double start, double stop, double step, DType dtype) {
  if (step == 0.0) throw ValueError("ops.arange: step must not be 0.");
  const double count = std::max(std::ceil((stop - start) / step), 0.0);
  if (!(count < 1e15)) raise<ValueError>("ops.arange: too many elements, {}.", count);
  Tensor out({static_cast<Dim>(count)}, DType::float64);
  for (Dim i = 0; i < out.size(); ++i) out.data<double>()[i] = start + step * static_cast<double>(i);
  return out.cast(dtype);
}

std::vector<Tensor> compute_all(const std::vector<const Tensor*>& inputs,
                                const std::function<SymbolicTensors(const SymbolicTensors&)>& graph) {
  const NamesApart names;  // nobody sees this graph's names, so they leave no trace in a model's
  SymbolicTensors tensors;
  Shapes shapes;
  for (const Tensor* x : inputs) {
    // A graph's inputs have a batch; a single number is taken for a batch of one, and given back below.
    shapes.push_back(x->rank() == 0 ? Shape{1} : x->shape());
    tensors.push_back(placeholder({shapes.back(), x->dtype()}));
  }
  const SymbolicTensors outputs = graph(tensors);
  const bool numbers =
      std::all_of(inputs.begin(), inputs.end(), [](const Tensor* x) { return x->rank() == 0; });
  Run run(std::make_shared<const Plan>(tensors, outputs), shapes, {});
  std::vector<Tensor> converted;
  converted.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const DType wanted = run.input_spec(static_cast<int>(i)).dtype;
    const bool fits = inputs[i]->dtype() == wanted;
    if (!fits) converted.push_back(inputs[i]->cast(wanted));
    run.set_input(static_cast<int>(i), (fits ? *inputs[i] : converted.back()).view().reshaped(shapes[i]));
  }
  run.forward();
  std::vector<Tensor> results;
  for (int i = 0; i < run.outputs(); ++i) {
    Tensor y(run.output(i));
    results.push_back(numbers && y.shape() == Shape{1} ? std::move(y).reshaped({}) : std::move(y));
  }
  return results;
}

Tensor compute(const std::vector<const Tensor*>& inputs,
               const std::function<SymbolicTensor(const SymbolicTensors&)>& graph) {
  return std::move(
      compute_all(inputs, [&](const SymbolicTensors& x) { return SymbolicTensors{graph(x)}; }).front());
}

#define RHYTON_REDUCTION(function, ...)                                                             \
  Tensor function(const Tensor& x) {                                                                \
    return compute({&x}, [](const SymbolicTensors& t) { return function(t[0]); });                  \
  }                                                                                                 \
  Tensor function(const Tensor& x, const AxisList& axis, bool keepdims) {                           \
    return compute({&x}, [&](const SymbolicTensors& t) { return function(t[0], axis, keepdims); }); \
  }
RHYTON_REDUCTION_OPS(RHYTON_REDUCTION)
#undef RHYTON_REDUCTION

#define RHYTON_BINARY(function, ...)                                                           \
  Tensor function(const Tensor& x1, const Tensor& x2) {                                        \
    return compute({&x1, &x2}, [](const SymbolicTensors& t) { return function(t[0], t[1]); }); \
  }
RHYTON_BINARY_OPS(RHYTON_BINARY)
#undef RHYTON_BINARY

Tensor get_item(const Tensor& x, const std::vector<Index>& index) {
  return compute({&x}, [&](const SymbolicTensors& t) { return get_item(t[0], index); });
}
Tensor reshape(const Tensor& x, const Shape& newshape) { return x.reshaped(newshape); }
Tensor transpose(const Tensor& x, const std::vector<int>& axes) {
  return compute({&x}, [&](const SymbolicTensors& t) { return transpose(t[0], axes); });
}
Tensor tile(const Tensor& x, const std::vector<std::int64_t>& repeats) {
  return compute({&x}, [&](const SymbolicTensors& t) { return tile(t[0], repeats); });
}
Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  return compute({&x}, [&](const SymbolicTensors& t) { return broadcast_to(t[0], shape); });
}
Tensor pad(const Tensor& x, const std::vector<Pair>& pad_width, const std::string& mode,
           double constant_values) {
  return compute({&x}, [&](const SymbolicTensors& t) { return pad(t[0], pad_width, mode, constant_values); });
}
std::vector<Tensor> top_k(const Tensor& x, std::int64_t k) {
  return compute_all({&x}, [&](const SymbolicTensors& t) { return top_k(t[0], k); });
}
std::vector<Tensor> split_sections(const Tensor& x, std::int64_t sections, int axis) {
  return compute_all({&x}, [&](const SymbolicTensors& t) { return split_sections(t[0], sections, axis); });
}
std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& indices, int axis) {
  return compute_all({&x}, [&](const SymbolicTensors& t) { return split(t[0], indices, axis); });
}

namespace {
std::vector<const Tensor*> pointers(const std::vector<Tensor>& xs) {
  std::vector<const Tensor*> out;
  for (const Tensor& x : xs) out.push_back(&x);
  return out;
}
}  // namespace

Tensor concatenate(const std::vector<Tensor>& xs, int axis) {
  return compute(pointers(xs), [&](const SymbolicTensors& t) { return concatenate(t, axis); });
}
Tensor stack(const std::vector<Tensor>& xs, int axis) {
  return compute(pointers(xs), [&](const SymbolicTensors& t) { return stack(t, axis); });
}

}  // namespace rhyton::ops
