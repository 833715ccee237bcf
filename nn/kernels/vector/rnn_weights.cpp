#include "nn/kernels/vector/rnn_weights.hpp"

#include <algorithm>
#include <array>

#include "nn/kernels/panel_product.hpp"

namespace rhyton::vector {

namespace {

/// Keras's gates in the order of the vectors of a block.
constexpr std::array<int, 4> lstm_order{0, 1, 2, 3}, gru_x_order{2, 0, 1, -1}, gru_h_order{0, 1, 2, -1};
constexpr Dim run = 16;

}  // namespace

RnnWeights::RnnWeights(const RnnDesc& desc)
    : cell_(desc.cell),
      inputs_(desc.inputs),
      units_(desc.units),
      blocks_((desc.units + GateBlock::units(desc.cell) - 1) / GateBlock::units(desc.cell)),
      columns_(GateBlock::product_columns(desc.cell)),
      has_bias_(desc.bias) {}

template <class F>
void RnnWeights::for_columns(bool recurrent, F&& f) const {
  const auto& order = cell_ == CellKind::lstm ? lstm_order : recurrent ? gru_h_order : gru_x_order;
  for (Dim packed = 0; packed < columns(); packed += run) {
    const Dim block = packed / columns_, v = packed % columns_ / run;
    const Dim unit = cell_ == CellKind::simple ? packed : block * run;
    const Dim gate = cell_ == CellKind::simple ? 0 : order[static_cast<std::size_t>(v)];
    if (const Dim count = std::min(run, units_ - unit); count > 0) f(packed, gate * units_ + unit, count);
  }
}

/// The same for biases: `f(packed position, Keras's position, count)`; a GRU's sums of two are visited twice.
template <class F>
void RnnWeights::for_biases(F&& f) const {
  for (Dim packed = 0; packed < blocks_ * GateBlock::columns; packed += run) {
    const Dim block = packed / GateBlock::columns, v = packed % GateBlock::columns / run;
    const Dim unit = cell_ == CellKind::simple ? packed : block * run;
    const Dim count = std::min(run, units_ - unit), width = gate_count(cell_) * units_;
    if (count <= 0) continue;
    if (cell_ != CellKind::gru) {
      f(packed, (cell_ == CellKind::simple ? 0 : v * units_) + unit, count);
      continue;
    }
    // h, z, r, recurrent h: the input's biases, then the recurrent product's.
    if (v < 3) f(packed, gru_x_order[static_cast<std::size_t>(v)] * units_ + unit, count);
    if (v > 0) f(packed, width + gru_h_order[static_cast<std::size_t>(v - 1)] * units_ + unit, count);
  }
}

void RnnWeights::pack(const float* kernel, Dim width, bool recurrent, float* to) const {
  const Dim row = gate_count(cell_) * units_;
  std::fill_n(to, columns() * width, 0.0f);
  for_columns(recurrent, [&](Dim packed, Dim column, Dim count) {
    float* out = to + packed / columns_ * width * columns_ + packed % columns_;
    for (Dim k = 0; k < width; ++k) std::copy_n(kernel + k * row + column, count, out + k * columns_);
  });
}

void RnnWeights::transpose(const float* kernel, Dim width, bool recurrent, float* to) const {
  const Dim row = gate_count(cell_) * units_, n = Panels::padded(width), k = columns();
  std::fill_n(to, k * n, 0.0f);
  for_columns(recurrent, [&](Dim packed, Dim column, Dim count) {
    for (Dim j = 0; j < width; j += run) {
      float* out = to + Panels::offset(k, j) + packed * Panels::row(n, j);
      const Dim stride = Panels::row(n, j), last = std::min(run, width - j);
      for (Dim c = 0; c < last; ++c)
        for (Dim i = 0; i < count; ++i) out[i * stride + c] = kernel[(j + c) * row + column + i];
    }
  });
}

void RnnWeights::pack_forward(const RnnInputs& in) {
  x_ = x_memory_.get<float>(columns() * inputs_);
  h_ = h_memory_.get<float>(columns() * units_);
  bias_ = bias_memory_.get<float>(blocks_ * GateBlock::columns);
  pack(in.kernel.data<float>(), inputs_, false, x_);
  pack(in.recurrent_kernel.data<float>(), units_, true, h_);
  std::fill_n(bias_, blocks_ * GateBlock::columns, 0.0f);
  if (!has_bias_) return;
  const float* bias = in.bias.data<float>();
  for_biases([&](Dim packed, Dim at, Dim count) {
    for (Dim i = 0; i < count; ++i) bias_[packed + i] += bias[at + i];
  });
}

void RnnWeights::pack_backward(const RnnInputs& in) {
  x_transposed_ = x_transposed_memory_.get<float>(columns() * Panels::padded(inputs_));
  h_transposed_ = h_transposed_memory_.get<float>(columns() * Panels::padded(units_));
  transpose(in.kernel.data<float>(), inputs_, false, x_transposed_);
  transpose(in.recurrent_kernel.data<float>(), units_, true, h_transposed_);
}

void RnnWeights::add_kernel(const float* gradient, bool recurrent, float* kernel) const {
  const Dim row = gate_count(cell_) * units_, width = recurrent ? units_ : inputs_;
  for_columns(recurrent, [&](Dim packed, Dim column, Dim count) {
    for (Dim k = 0; k < width; ++k)
      for (Dim i = 0; i < count; ++i) kernel[k * row + column + i] += gradient[k * columns() + packed + i];
  });
}

void RnnWeights::add_bias(const float* gradient, float* bias) const {
  for_biases([&](Dim packed, Dim at, Dim count) {
    for (Dim i = 0; i < count; ++i) bias[at + i] += gradient[packed + i];
  });
}

}  // namespace rhyton::vector
