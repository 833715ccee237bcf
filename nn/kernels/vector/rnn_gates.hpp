#pragma once
/// @file rnn_gates.hpp  What happens between the products of one step of a recurrent cell: gates and states,
/// for one block of units of all rows.
#include "nn/kernels/rnn.hpp"

namespace rhyton::vector {

/// A block holds up to four vectors of 16 columns, its gates (simple: its units). Products of x give the
/// vectors i, f, c, o of an LSTM; h, z, r of a GRU; four vectors of units of a SimpleRNN. Products of h give
/// the same, but z, r and the recurrent part of h for a GRU. Biases and saved gates: i, f, c, o; h, z, r,
/// recurrent h.
struct GateBlock {
  static constexpr Dim vectors = 4, columns = 64;
  static constexpr Dim product_columns(CellKind cell) { return cell == CellKind::gru ? 48 : 64; }
  static constexpr Dim units(CellKind cell) { return cell == CellKind::simple ? 64 : 16; }
};

/// Pointers are those of the first row's block; rows are `..._row` elements apart.
struct GateForward {
  Dim rows = 0;
  const float *zx = nullptr, *zh = nullptr;  ///< products of x and of h
  Dim zx_row = 0, zh_row = 0;
  const float* bias = nullptr;
  const bool* valid = nullptr;  ///< of each row; null: all
  const float *h_before = nullptr, *c_before = nullptr;
  float *h = nullptr, *c = nullptr;
  Dim state_row = 0;
  float* gates = nullptr;  ///< saved for backward; null: not wanted
  Dim gates_row = 0;
};

struct GateBackward {
  Dim rows = 0;
  const bool* valid = nullptr;
  const float *h_before = nullptr, *c_before = nullptr, *h = nullptr, *c = nullptr;
  Dim state_row = 0;
  const float* gates = nullptr;
  Dim gates_row = 0;
  const float* dy = nullptr;  ///< gradient of this step's output; null: none
  Dim dy_row = 0;
  float *dh = nullptr, *dc = nullptr;    ///< of the states after this step, then of those before it
  float *dzx = nullptr, *dzh = nullptr;  ///< of the products; the same unless it is a GRU
  Dim dzx_row = 0, dzh_row = 0;
  float* dbias = nullptr;  ///< added to
};

struct Gates {
  void (*forward)(const GateForward& step, ActivationKind activation, ActivationKind recurrent);
  void (*backward)(const GateBackward& step, ActivationKind activation, ActivationKind recurrent);
};

/// True for the functions that gates are made for.
bool has_gates(const ActivationSpec& activation);
Gates gates_of(CellKind cell);

}  // namespace rhyton::vector
