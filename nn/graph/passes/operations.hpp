#pragma once
/// @file operations.hpp  Steps that passes put in place of layers' own.
#include "nn/activations/activation_fn.hpp"
#include "nn/graph/program.hpp"

namespace rhyton::detail {

/// f(x) on its own.
class ActivationOperation final : public Operation {
 public:
  explicit ActivationOperation(ActivationFn f) : f_(std::move(f)) {}
  std::string class_name() const override { return "ActivationOperation"; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs[0]};
  }
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;

 private:
  ActivationFn f_;
};

/// A product with another activation than its layer's.
class DenseOperation final : public Operation {
 public:
  DenseOperation(const DenseTraits& traits, ActivationFn f) : traits_(traits), f_(std::move(f)) {}
  std::string class_name() const override { return "DenseOperation"; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
  double flops(const CallSpec& spec, const std::vector<TensorSpec>& outputs) const override;

 private:
  DenseTraits traits_;
  ActivationFn f_;
};

/// True when the layer of a step is frozen.
bool is_frozen(const Step& step);

}  // namespace rhyton::detail
