#pragma once
/// @file partial_outputs.hpp  Operations of which some outputs follow from some inputs alone.

namespace rhyton {

/// Beside Operation, the base of operations with several outputs that do not each depend on every input:
/// where only such outputs are used, no gradient flows through the other inputs.
class PartialOutputs {
 public:
  virtual bool depends(int output, int input) const = 0;

 protected:
  ~PartialOutputs() = default;
};

}  // namespace rhyton
