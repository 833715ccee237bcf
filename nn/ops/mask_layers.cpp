#include "nn/ops/mask_layers.hpp"

namespace rhyton::ops {

namespace {

class MaskOf final : public Layer {
 public:
  MaskOf() : Layer("mask", false, "") {}
  std::string class_name() const override { return "MaskOf"; }
  void write_config(ConfigWriter&) const override {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{*spec.masks[0], DType::boolean}};
  }
  bool takes(DType) const override { return true; }
  void prepare(Prepare& p) const override { p.backward_reads(false, false); }
  void call(Call& c) const override { copy(c.mask(), c.output()); }
  bool has_backward() const override { return false; }
};

class WithMask final : public Layer {
 public:
  WithMask() : Layer("with_mask", false, "") {}
  std::string class_name() const override { return "WithMask"; }
  void write_config(ConfigWriter&) const override {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs[0]};
  }
  bool keeps_dtype() const override { return true; }
  bool supports_masking() const override { return true; }
  void prepare(Prepare& p) const override { p.alias(); }
  bool has_backward() const override { return true; }
};

}  // namespace

SymbolicTensor mask_of(const SymbolicTensor& x) { return LayerRef(MaskOf())(x); }

SymbolicTensor with_mask(const SymbolicTensor& x, const SymbolicTensor& mask) {
  return LayerRef(WithMask())(x, {.mask = mask});
}

}  // namespace rhyton::ops
