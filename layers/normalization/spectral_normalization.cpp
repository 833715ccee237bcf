#include "layers/normalization/spectral_normalization.hpp"

#include <algorithm>
#include <cmath>

#include "nn/initializers/random.hpp"
#include "nn/kernels/dense.hpp"

namespace rhyton {

namespace {

int find_weight(const std::vector<std::shared_ptr<Weight>>& weights, const std::string& name) {
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (weights[i]->name == name) return static_cast<int>(i);
  return -1;
}

int find_kernel(const Layer& layer) {
  const int kernel = find_weight(layer.step_weights(), "kernel");
  return kernel >= 0 ? kernel : find_weight(layer.step_weights(), "embeddings");
}

/// x becomes x / |x|; returns |x|.
template <class T>
T normalize(T* x, Dim n) {
  T squares = 0;
  for (Dim i = 0; i < n; ++i) squares += x[i] * x[i];
  const T length = std::sqrt(squares);
  for (Dim i = 0; i < n && length > T(0); ++i) x[i] /= length;
  return length;
}

/// The inner layer's work in training, on the kernel divided.
class NormalizedCall final : public Layer {
 public:
  NormalizedCall(std::shared_ptr<Layer> inner, std::shared_ptr<Weight> u, std::int64_t iterations)
      : Layer(inner->name(), inner->trainable(), inner->dtype()),
        inner_(std::move(inner)),
        u_(std::move(u)),
        iterations_(iterations),
        kernel_(find_kernel(*inner_)),
        inner_weights_(static_cast<int>(inner_->step_weights().size())) {
    const Shape& kernel = inner_->step_weights()[static_cast<std::size_t>(kernel_)]->value.shape();
    add_weight("v", {kernel.product(0, kernel.rank() - 1)},
               {{}, {}, {}, /*trainable*/ false, DType::float32, /*persistent*/ false});
  }
  std::string class_name() const override { return inner_->class_name(); }
  void write_config(ConfigWriter&) const override {}
  std::vector<std::shared_ptr<Weight>> step_weights() const override {
    auto out = inner_->step_weights();
    out.push_back(u_);
    out.push_back(own_weights()[0]);
    return out;
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return inner_->compute_output_spec(spec);
  }
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override {
    return {{"layer", inner_}};
  }
  bool takes(DType dtype) const override { return inner_->takes(dtype); }
  bool differentiates(int input) const override { return inner_->differentiates(input); }
  bool has_backward() const override { return inner_->has_backward(); }
  void prepare(Prepare& p) const override { inner_->prepare(p); }
  void call(Call& c) const override {
    divide(c);
    inner_->call(c);
  }
  void backward(Backward& b) const override { inner_->backward(b); }

 private:
  /// v = normalize(W u), u = normalize(W^T v), sigma = v^T W u = |W^T v|; W (rows, columns) is the kernel
  /// flattened.
  void divide(Call& c) const {
    const View w = c.weight_update(kernel_), u = c.weight_update(inner_weights_),
               v = c.weight_update(inner_weights_ + 1);
    const Dim rows = v.size(), columns = u.size();
    dispatch_real(c.real(), [&]<class T>(T) {
      T* kernel = w.data<T>();
      if (std::all_of(kernel, kernel + w.size(), [](T x) { return x == T(0); })) return;
      T sigma = 1;
      for (std::int64_t i = 0; i < iterations_; ++i) {
        gemm(c.real(), false, false, rows, 1, columns, 1.0, kernel, columns, u.raw(), 1, 0.0, v.raw(), 1);
        normalize(v.data<T>(), rows);
        gemm(c.real(), false, false, 1, columns, rows, 1.0, v.raw(), rows, kernel, columns, 0.0, u.raw(),
             columns);
        sigma = normalize(u.data<T>(), columns);
      }
      for (Dim i = 0; i < w.size(); ++i) kernel[i] /= sigma;
    });
    c.read_update(kernel_);
  }

  std::shared_ptr<Layer> inner_;
  std::shared_ptr<Weight> u_;
  std::int64_t iterations_;
  int kernel_, inner_weights_;
};

/// y = x in another dtype.
class CastTo final : public Layer {
 public:
  explicit CastTo(DType to) : Layer("cast", false, ""), to_(to) {}
  std::string class_name() const override { return "Cast"; }
  void write_config(ConfigWriter&) const override {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{spec.shape(), to_}};
  }
  bool has_backward() const override { return false; }
  void call(Call& c) const override { copy(c.input(), c.output()); }

 private:
  DType to_;
};

}  // namespace

SpectralNormalization::SpectralNormalization(Config config) : LayerOf(std::move(config)) {
  if (!config_.layer)
    fail("the argument `layer` is missing: give it the layer whose kernel is to be normalized.");
  expect_positive("power_iterations", config_.power_iterations);
}

void SpectralNormalization::build(const CallSpec& spec) {
  Layer& inner = *config_.layer;
  inner.ensure_built(spec);
  const int kernel = inner.is_composite() || inner.expands() ? -1 : find_kernel(inner);
  if (kernel < 0) fail(inner.label() + " has neither a `kernel` nor `embeddings` to normalize.");
  const auto weight = inner.step_weights()[static_cast<std::size_t>(kernel)];
  share_weight(weight);
  WeightOptions options;
  options.initializer = initializers::TruncatedNormal({.stddev = 0.02});
  options.trainable = false;
  add_weight("vector_u", {1, weight->value.shape().back()}, options);
}

std::vector<TensorSpec> SpectralNormalization::compute_output_spec(const CallSpec& spec) const {
  auto out = config_.layer->compute_output_spec(spec);
  // As Keras has it: the output in the input's dtype.
  if (!out.empty()) out[0].dtype = spec.inputs[0].dtype;
  return out;
}

SymbolicTensors SpectralNormalization::expand(const SymbolicTensors& inputs, const SymbolicTensors&,
                                              const CallSpec& spec) const {
  std::shared_ptr<Layer> layer = config_.layer.share();
  if (spec.flag("training").value_or(false))
    layer = make_object<Layer, NormalizedCall>(layer, own_weights()[1], config_.power_iterations);
  SymbolicTensors out = call_layer(layer, inputs, spec.roles, spec.flags).outputs();
  if (out[0].dtype() != spec.inputs[0].dtype && !is_floating(spec.inputs[0].dtype))
    out[0] = LayerRef(make_object<Layer, CastTo>(spec.inputs[0].dtype))(out[0]);
  return out;
}

}  // namespace rhyton
