#include "nn/ops/time_layers.hpp"

#include <cstring>

namespace rhyton::ops {

namespace {

class TimeLayer : public Layer {
 public:
  explicit TimeLayer(const char* name) : Layer(name, true, ""), name_(name) {}
  std::string class_name() const override { return name_; }
  void write_config(ConfigWriter&) const override {}
  bool keeps_dtype() const override { return true; }

 private:
  const char* name_;
};

std::size_t row_bytes(ConstView x) {
  return static_cast<std::size_t>(x.shape().product(1, x.shape().rank())) * size_of(x.dtype());
}
const char* row(ConstView x, Dim i, std::size_t bytes) {
  return static_cast<const char*>(x.raw()) + static_cast<std::size_t>(i) * bytes;
}
char* row(View x, Dim i, std::size_t bytes) {
  return static_cast<char*>(x.raw()) + static_cast<std::size_t>(i) * bytes;
}

/// Copies between row (b, t) of a sequence and row b of a step.
void take_step(ConstView sequence, Dim t, View step) {
  const std::size_t bytes = row_bytes(step);
  for (Dim b = 0; b < step.shape()[0]; ++b)
    std::memcpy(row(step, b, bytes), row(sequence, b * sequence.shape()[1] + t, bytes), bytes);
}
void put_step(ConstView step, Dim t, View sequence) {
  const std::size_t bytes = row_bytes(step);
  for (Dim b = 0; b < step.shape()[0]; ++b)
    std::memcpy(row(sequence, b * sequence.shape()[1] + t, bytes), row(step, b, bytes), bytes);
}

class Unstack final : public TimeLayer {
 public:
  Unstack() : TimeLayer("Unstack") {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape& x = spec.shape();
    return std::vector<TensorSpec>(static_cast<std::size_t>(x[1]),
                                   TensorSpec{Shape{x[0]}.concat(x.from(2)), spec.inputs[0].dtype});
  }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override {
    for (int t = 0; t < c.outputs(); ++t) take_step(c.input(), t, c.output(t));
  }
  void backward(Backward& b) const override {
    for (int t = 0; t < b.outputs(); ++t) put_step(b.dy(t), t, b.dx());
  }
};

class Stack final : public TimeLayer {
 public:
  Stack() : TimeLayer("Stack") {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape& x = spec.shape();
    return {{Shape{x[0], static_cast<Dim>(spec.inputs.size())}.concat(x.from(1)), spec.inputs[0].dtype}};
  }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override {
    for (int t = 0; t < c.inputs(); ++t) put_step(c.input(t), t, c.output());
  }
  void backward(Backward& b) const override {
    for (int t = 0; t < b.inputs(); ++t)
      if (const View dx = b.dx(t)) take_step(b.dy(), t, dx);
  }
};

/// Inputs: x, what stands elsewhere (absent: zeros), and the mask in its role.
class SelectRows final : public TimeLayer {
 public:
  explicit SelectRows(Dim step) : TimeLayer("SelectRows"), step_(step) {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs[0]};
  }
  void call(Call& c) const override {
    const Dim positions = per_row(c);
    const std::size_t bytes = row_bytes(c.output()) / static_cast<std::size_t>(positions);
    for (Dim i = 0; i < c.output().shape()[0] * positions; ++i) {
      char* to = row(c.output(), i, bytes);
      if (chosen(c, i, positions))
        std::memcpy(to, row(c.input(), i, bytes), bytes);
      else if (c.inputs() > 2)
        std::memcpy(to, row(c.input(1), i, bytes), bytes);
      else
        std::memset(to, 0, bytes);
    }
  }
  void backward(Backward& b) const override {
    const Dim positions = per_row(b);
    const std::size_t bytes = row_bytes(b.dy()) / static_cast<std::size_t>(positions);
    for (const int i : {0, 1}) {
      const View dx = i + 1 < b.inputs() ? b.dx(i) : View();
      if (!dx) continue;
      for (Dim r = 0; r < b.dy().shape()[0] * positions; ++r) {
        if (chosen(b, r, positions) == (i == 0))
          std::memcpy(row(dx, r, bytes), row(b.dy(), r, bytes), bytes);
        else
          std::memset(row(dx, r, bytes), 0, bytes);
      }
    }
  }

 private:
  static Dim per_row(const StepContext& c) { return c.mask().shape().product(2, c.mask().shape().rank()); }
  bool chosen(const StepContext& c, Dim i, Dim positions) const {
    const Dim row = i / positions * c.mask().shape()[1] + step_;
    return c.mask().data<bool>()[row * positions + i % positions];
  }
  Dim step_;
};

class ZeroRows final : public TimeLayer {
 public:
  explicit ZeroRows(const Shape& row) : TimeLayer("ZeroRows"), row_(row) {}
  bool has_backward() const override { return false; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{Shape{spec.shape()[0]}.concat(row_), spec.inputs[0].dtype}};
  }
  void call(Call& c) const override { fill(c.output(), 0.0); }

 private:
  Shape row_;
};

/// Its own inverse.
class ReverseTime final : public TimeLayer {
 public:
  ReverseTime() : TimeLayer("ReverseTime") {}
  bool supports_masking() const override { return true; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs[0]};
  }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override { reverse(c.input(), c.output()); }
  void backward(Backward& b) const override { reverse(b.dy(), b.dx()); }

 private:
  static void reverse(ConstView from, View to) {
    const Dim steps = from.shape()[1];
    const std::size_t bytes =
        static_cast<std::size_t>(from.shape().product(2, from.shape().rank())) * size_of(from.dtype());
    for (Dim b = 0; b < from.shape()[0]; ++b)
      for (Dim t = 0; t < steps; ++t)
        std::memcpy(row(to, b * steps + t, bytes), row(from, b * steps + steps - 1 - t, bytes), bytes);
  }
};

class MergeTime final : public TimeLayer {
 public:
  MergeTime() : TimeLayer("MergeTime") {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape& x = spec.shape();
    return {{Shape{x[0] * x[1]}.concat(x.from(2)), spec.inputs[0].dtype}};
  }
  void prepare(Prepare& p) const override { p.alias(); }
  void call(Call&) const override {}
  void backward(Backward&) const override {}
};

class SplitTime final : public TimeLayer {
 public:
  explicit SplitTime(Dim steps) : TimeLayer("SplitTime"), steps_(steps) {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape& x = spec.shape();
    return {{Shape{x[0] / steps_, steps_}.concat(x.from(1)), spec.inputs[0].dtype}};
  }
  void prepare(Prepare& p) const override { p.alias(); }
  void call(Call&) const override {}
  void backward(Backward&) const override {}

 private:
  Dim steps_;
};

}  // namespace

SymbolicTensors unstack_time(const SymbolicTensor& x) { return LayerRef(Unstack())(x).outputs(); }
SymbolicTensor stack_time(const SymbolicTensors& steps) { return LayerRef(Stack())(steps); }
SymbolicTensor select_rows(const SymbolicTensor& mask, Dim step, const SymbolicTensor& x,
                           const SymbolicTensor& otherwise) {
  SymbolicTensors inputs{x};
  if (otherwise) inputs.push_back(otherwise);
  inputs.push_back(mask);
  std::vector<std::string> roles(inputs.size());
  roles.back() = "mask";
  return call_layer(LayerRef(SelectRows(step)), inputs, roles, {});
}
SymbolicTensor zero_rows(const SymbolicTensor& x, const Shape& row) { return LayerRef(ZeroRows(row))(x); }
SymbolicTensor reverse_time(const SymbolicTensor& x) { return LayerRef(ReverseTime())(x); }
SymbolicTensor merge_time(const SymbolicTensor& x) { return LayerRef(MergeTime())(x); }
SymbolicTensor split_time(const SymbolicTensor& x, Dim steps) { return LayerRef(SplitTime(steps))(x); }

}  // namespace rhyton::ops
