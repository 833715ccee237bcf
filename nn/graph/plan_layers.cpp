#include "nn/graph/plan_layers.hpp"

#include <algorithm>

#include "nn/uniform_inputs.hpp"
#include "nn/whole_outputs.hpp"

namespace rhyton::detail {

namespace {

/// A layer that no file knows.
class InternalLayer : public Layer {
 public:
  explicit InternalLayer(std::string name) : Layer(std::move(name), false, "") {}
  std::string class_name() const override { return "Internal"; }
  void write_config(ConfigWriter&) const override {}
  bool supports_masking() const override { return true; }
};

class Cast final : public InternalLayer {
 public:
  explicit Cast(DType dtype) : InternalLayer("cast"), dtype_(dtype) {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{spec.shape(), dtype_}};
  }
  bool has_backward() const override { return false; }
  void call(Call& c) const override { copy(c.input(), c.output()); }

 private:
  DType dtype_;
};

class Unmasked final : public InternalLayer {
 public:
  Unmasked() : InternalLayer("unmasked") {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs[0]};
  }
  bool supports_masking() const override { return false; }
  void prepare(Prepare& p) const override { p.alias(); }
};

class Masked final : public InternalLayer {
 public:
  Masked() : InternalLayer("masked") {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs[0]};
  }
  MaskRule mask_rule(const CallSpec& spec) const override {
    return spec.masked(1) ? MaskRule::compute : MaskRule::drop;
  }
  std::optional<Shape> mask_shape(const CallSpec& spec, int) const override { return spec.masks[1]; }
  void compute_mask(Call& c) const override { copy(c.mask(1), c.output_mask()); }
  bool differentiates(int input) const override { return input == 0; }
  void prepare(Prepare& p) const override { p.alias(); }
};

class Penalty final : public InternalLayer {
 public:
  explicit Penalty(const Layer& owner)
      : InternalLayer(owner.name() + "/activity_regularizer"), regularizer_(owner.activity_regularizer()) {}

  void prepare(Prepare& p) const override {
    p.backward_reads(false, true);
    p.in_place();
    p.gradient_in_place();
  }
  void call(Call& c) const override {
    if (c.output().raw() != c.input().raw()) copy(c.input(), c.output());
    c.add_loss(regularizer_->value(c.output()) * scale(c.output()));
  }
  void backward(Backward& b) const override {
    if (b.dx().raw() != b.dy().raw()) copy(b.dy(), b.dx());
    regularizer_->add_gradient(b.output(), b.dx(), scale(b.output()));
  }

 private:
  static double scale(ConstView y) {
    return y.shape().rank() > 0 ? 1.0 / static_cast<double>(std::max<Dim>(y.shape()[0], 1)) : 1.0;
  }
  Regularizer regularizer_;
};

}  // namespace

std::shared_ptr<Layer> cast_layer(DType dtype) { return make_object<Layer, Cast>(dtype); }

std::shared_ptr<const Layer> unmasked_layer() { return make_object<Layer, Unmasked>(); }

std::shared_ptr<const Layer> masked_layer() { return make_object<Layer, Masked>(); }

std::optional<DType> needed_cast(const Node& node, std::size_t i) {
  const CallSpec& call = node.spec;
  const DType dtype = call.inputs[i].dtype;
  if (i < call.roles.size() && call.roles[i].find("mask") != std::string::npos)
    return dtype == DType::boolean ? std::nullopt : std::optional(DType::boolean);
  if (dynamic_cast<const UniformInputs*>(node.layer.get())) {
    const DType joined = node.outputs[0].dtype;
    const bool fits = dtype == joined || (is_floating(dtype) && is_floating(joined));
    return fits ? std::nullopt : std::optional(joined);
  }
  if (node.layer->takes(dtype)) return std::nullopt;
  return DType::float32;
}

std::optional<DType> rounds_to(const Node& node) {
  const DType dtype = node.spec.inputs[0].dtype;
  const bool whole = !is_floating(dtype) && dtype != DType::string;
  return whole && dynamic_cast<const WholeOutputs*>(node.layer.get()) ? std::optional(dtype) : std::nullopt;
}

bool is_penalty(const Operation& step) { return dynamic_cast<const Penalty*>(&step); }

std::shared_ptr<const Layer> penalty_layer(const Layer& owner) { return make_object<Layer, Penalty>(owner); }

}  // namespace rhyton::detail
