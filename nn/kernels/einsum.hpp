#pragma once
/// @file einsum.hpp  Sums of products of two tensors by an equation such as "abc,cd->abd", as planned
/// kernels.
#include <memory>
#include <string>

#include "nn/kernels/kernel.hpp"

namespace rhyton {

/// One letter for each axis of x, w and y. An axis of y that neither x nor w has is not possible; one that
/// only x or only w has is summed over.
struct EinsumLabels {
  std::string x, w, y;
  bool operator==(const EinsumLabels&) const = default;
};

/// Takes apart "[x],[w]->[y]", where x and y may also begin or end with "...", which stands for the axes that
/// x has beyond its letters. Throws ValueError, naming the equation, on any other form, a letter that
/// stands twice in one operand, or a rank that does not fit.
EinsumLabels parse_einsum(const std::string& equation, int x_rank);

struct EinsumDesc {
  EinsumLabels labels;
  Shape x, w;  ///< axes with one letter have one size
  KernelOptions options{};
};

class EinsumKernel : public Kernel {
 public:
  virtual void forward(ConstView x, ConstView w, View y) = 0;
  /// Absent targets are not computed.
  virtual void backward(ConstView x, ConstView w, ConstView dy, View dx, GradTarget dw) = 0;
};

std::unique_ptr<EinsumKernel> make_einsum(const EinsumDesc& desc);

/// c (+)= the sum of products of a and b by labels, of which c may also have some that neither a nor b has
/// (its values repeat along them): the readable meaning of an einsum, for any labels. float32 or float64.
void contract_plainly(const std::string& a_labels, ConstView a, const std::string& b_labels, ConstView b,
                      const std::string& c_labels, View c, bool accumulate);

}  // namespace rhyton
