#include "nn/ops/time_layers.hpp"
#include "nn/rng.hpp"

namespace rhyton::ops {

namespace {

class ReadState final : public Layer {
 public:
  explicit ReadState(const std::shared_ptr<Weight>& state) : Layer("ReadState", true, "") {
    state_ = share_weight(state);
  }
  std::string class_name() const override { return "ReadState"; }
  void write_config(ConfigWriter&) const override {}
  bool has_backward() const override { return false; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{own_weights()[0]->value.shape(), spec.inputs[0].dtype}};
  }
  void call(Call& c) const override { copy(c.weight(state_), c.output()); }

 private:
  int state_;
};

class KeepStates final : public Layer {
 public:
  explicit KeepStates(const std::vector<std::shared_ptr<Weight>>& states) : Layer("KeepStates", true, "") {
    for (const auto& state : states) share_weight(state);
  }
  std::string class_name() const override { return "KeepStates"; }
  void write_config(ConfigWriter&) const override {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs[0]};
  }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override {
    copy(c.input(), c.output());
    for (int k = 1; k < c.inputs(); ++k) copy(c.input(k), c.weight_update(k - 1));
  }
  void backward(Backward& b) const override {
    if (const View dx = b.dx()) copy(b.dy(), dx);
    for (int k = 1; k < b.inputs(); ++k)
      if (const View dx = b.dx(k)) fill(dx, 0.0);
  }
};

class DropFactors final : public Layer {
 public:
  DropFactors(const Shape& row, double rate) : Layer("DropFactors", true, ""), row_(row), rate_(rate) {}
  std::string class_name() const override { return "DropFactors"; }
  void write_config(ConfigWriter&) const override {}
  bool has_backward() const override { return false; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{Shape{spec.shape()[0]}.concat(row_), spec.inputs[0].dtype}};
  }
  void call(Call& c) const override {
    c.rng().fill_uniform(c.output());
    dispatch_real(c.real(), [&]<class T>(T) {
      const T rate = static_cast<T>(rate_), scale = static_cast<T>(1.0 / (1.0 - rate_));
      T* y = c.output().data<T>();
      for (Dim i = 0; i < c.output().size(); ++i) y[i] = y[i] >= rate ? scale : T(0);
    });
  }

 private:
  Shape row_;
  double rate_;
};

class ScaleSteps final : public Layer {
 public:
  ScaleSteps() : Layer("ScaleSteps", true, "") {}
  std::string class_name() const override { return "ScaleSteps"; }
  void write_config(ConfigWriter&) const override {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs[0]};
  }
  void prepare(Prepare& p) const override { p.backward_reads(true, false); }
  void call(Call& c) const override { scale(c.input(), c.input(1), c.output()); }
  void backward(Backward& b) const override { scale(b.dy(), b.input(1), b.dx()); }

 private:
  static void scale(ConstView x, ConstView factors, View y) {
    dispatch_real(x.dtype(), [&]<class T>(T) {
      const Dim batch = factors.shape()[0], row = factors.size() / std::max<Dim>(batch, 1);
      const Dim steps = x.size() / std::max<Dim>(factors.size(), 1);
      for (Dim b = 0; b < batch; ++b)
        for (Dim t = 0; t < steps; ++t) {
          const T *from = x.data<T>() + (b * steps + t) * row, *f = factors.data<T>() + b * row;
          T* to = y.data<T>() + (b * steps + t) * row;
          for (Dim i = 0; i < row; ++i) to[i] = from[i] * f[i];
        }
    });
  }
};

}  // namespace

SymbolicTensor read_state(const SymbolicTensor& x, const std::shared_ptr<Weight>& state) {
  return LayerRef(make_object<Layer, ReadState>(state))(x);
}
SymbolicTensor keep_states(const SymbolicTensor& y, const SymbolicTensors& values,
                           const std::vector<std::shared_ptr<Weight>>& states) {
  SymbolicTensors inputs{y};
  inputs.insert(inputs.end(), values.begin(), values.end());
  return LayerRef(make_object<Layer, KeepStates>(states))(inputs);
}
SymbolicTensor drop_factors(const SymbolicTensor& x, const Shape& row, double rate) {
  return LayerRef(make_object<Layer, DropFactors>(row, rate))(x);
}
SymbolicTensor scale_steps(const SymbolicTensor& x, const SymbolicTensor& factors) {
  return LayerRef(make_object<Layer, ScaleSteps>())(SymbolicTensors{x, factors});
}

}  // namespace rhyton::ops
