#pragma once
/// @file rnn_weights.hpp  A recurrent cell's weights in the order in which its step reads them, and their
/// gradients on the way back.
#include "nn/kernels/scratch.hpp"
#include "nn/kernels/vector/rnn_gates.hpp"

namespace rhyton::vector {

/// Columns of a kernel stand in blocks of 16 units with all their gates (see GateBlock), padded with zeros.
class RnnWeights {
 public:
  explicit RnnWeights(const RnnDesc& desc);

  Dim blocks() const { return blocks_; }
  /// Columns of a block's product, and of all blocks' together.
  Dim block_columns() const { return columns_; }
  Dim columns() const { return blocks_ * columns_; }
  /// Units with their padding.
  Dim padded_units() const { return blocks_ * GateBlock::units(cell_); }

  void pack_forward(const RnnInputs& in);
  void pack_backward(const RnnInputs& in);
  /// (inputs or units, block_columns) for a block.
  const float* x_block(Dim block) const { return x_ + block * inputs_ * columns_; }
  const float* h_block(Dim block) const { return h_ + block * units_ * columns_; }
  const float* bias_block(Dim block) const { return bias_ + block * GateBlock::columns; }
  /// Transposed, in Panels: (columns, inputs or units, padded to 16).
  const float* x_transposed() const { return x_transposed_; }
  const float* h_transposed() const { return h_transposed_; }

  /// Adds gradients in this order to `kernel`, (width, gates * units), in Keras's: of x's (or h's) product
  /// (width, columns()), and of the biases (blocks(), 64).
  void add_kernel(const float* gradient, bool recurrent, float* kernel) const;
  void add_bias(const float* gradient, float* bias) const;

 private:
  /// Calls `f(packed column, Keras's column, count)` for runs of up to 16 columns of x's or h's product.
  template <class F>
  void for_columns(bool recurrent, F&& f) const;
  template <class F>
  void for_biases(F&& f) const;
  void pack(const float* kernel, Dim width, bool recurrent, float* to) const;
  void transpose(const float* kernel, Dim width, bool recurrent, float* to) const;

  CellKind cell_;
  Dim inputs_, units_, blocks_, columns_;
  bool has_bias_;
  Scratch x_memory_, h_memory_, bias_memory_, x_transposed_memory_, h_transposed_memory_;
  float *x_ = nullptr, *h_ = nullptr, *bias_ = nullptr, *x_transposed_ = nullptr, *h_transposed_ = nullptr;
};

}  // namespace rhyton::vector
