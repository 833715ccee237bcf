#pragma once
/// @file pool_operation.hpp  A pooling whose input was trimmed.
#include "nn/graph/program.hpp"

namespace rhyton::detail {

class PoolOperation final : public Operation {
 public:
  explicit PoolOperation(const PoolDesc& desc) : desc(desc) {}
  PoolDesc desc;

  std::string class_name() const override { return "PoolOperation"; }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;
  void prepare(Prepare& p) const override;
  void call(Call& c) const override;
  void backward(Backward& b) const override;
};

}  // namespace rhyton::detail
