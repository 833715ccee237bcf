#pragma once
/// @file contraction.hpp  One einsum of two tensors as batched matrix products: what einsum kernels are made
/// of.
#include <string>

#include "nn/kernels/kernel.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton {

/// c (+)= sum of products of a and b, labels as in `contract_plainly`. Where labels fall into the classes
/// of a matrix product (batch, rows, columns, inner) it is one, on the tensors as they lie where their axes
/// are in a fitting order, on permuted copies where not; anything else is summed plainly.
class Contraction {
 public:
  Contraction(std::string a_labels, const Shape& a, std::string b_labels, const Shape& b,
              std::string c_labels, const Shape& c, DType dtype);
  void run(ConstView a, ConstView b, View c, bool accumulate);
  /// True when it runs as matrix products.
  bool is_product() const { return product_; }

 private:
  /// How one operand is brought into the order that the product wants.
  struct Operand {
    std::string labels;
    Shape shape;
    Shape permutation;          ///< to that order; empty: it lies so already
    bool transposed = false;    ///< columns before rows, as it lies
    Dim leading = 0;            ///< from one matrix row to the next
    Dim batches = 1, step = 0;  ///< its own matrices, and from one to the next; they repeat along outer axes
    int copies() const { return permutation.empty() ? 0 : 1; }
  };
  struct Layout {
    std::string batch, rows, columns, inner;
    Operand a, b, c;
    int copies() const { return a.copies() + b.copies() + c.copies(); }
  };

  Layout lay_out(const std::string& batch, const std::string& rows, const std::string& columns,
                 const std::string& inner) const;
  Operand fit(const std::string& labels, const std::string& batch, const std::string& first,
              const std::string& second) const;
  Dim size_of_labels(const std::string& labels) const;
  Shape shape_of(const std::string& labels) const;
  ConstView bring(const Operand& operand, ConstView from, Scratch& scratch) const;

  std::string a_labels_, b_labels_, c_labels_;
  DType dtype_;
  Dim sizes_[128] = {};
  bool product_ = false;
  Layout layout_;
  Dim batch_ = 1, m_ = 1, n_ = 1, k_ = 1;
  Scratch a_scratch_, b_scratch_, c_scratch_;
};

}  // namespace rhyton
