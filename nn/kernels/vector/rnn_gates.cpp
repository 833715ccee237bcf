#include "nn/kernels/vector/rnn_gates.hpp"

#include "nn/kernels/simd_math.hpp"

namespace rhyton::vector {

namespace {

using namespace simd;

// The switches below stand on constants of a whole sequence: their branches are predicted.
RHYTON_INLINE F16 value(ActivationKind f, F16 x) {
  switch (f) {
    case ActivationKind::tanh:
      return simd::tanh(x);
    case ActivationKind::sigmoid:
      return sigmoid(x);
    case ActivationKind::relu:
      return x > 0.0f ? x : F16{};
    case ActivationKind::hard_sigmoid:
      return clamp(x + 3.0f, 0.0f, 6.0f) * (1.0f / 6.0f);
    case ActivationKind::hard_sigmoid_keras2:
      return clamp(0.2f * x + 0.5f, 0.0f, 1.0f);
    default:
      return x;
  }
}

/// f'(x) dy from y = f(x).
RHYTON_INLINE F16 slope(ActivationKind f, F16 y, F16 dy) {
  switch (f) {
    case ActivationKind::tanh:
      return (1.0f - y * y) * dy;
    case ActivationKind::sigmoid:
      return y * (1.0f - y) * dy;
    case ActivationKind::relu:
      return y > 0.0f ? dy : F16{};
    case ActivationKind::hard_sigmoid:
      return (y > 0.0f) & (y < 1.0f) ? dy * (1.0f / 6.0f) : F16{};
    case ActivationKind::hard_sigmoid_keras2:
      return (y > 0.0f) & (y < 1.0f) ? dy * 0.2f : F16{};
    default:
      return dy;
  }
}

/// A masked row keeps its states.
RHYTON_INLINE void keep(const float* before, float* after, Dim vectors) {
  for (Dim v = 0; v < vectors; ++v) store(after + v * lanes, load(before + v * lanes));
}
RHYTON_INLINE void zero(float* p, Dim vectors) {
  for (Dim v = 0; v < vectors; ++v) store(p + v * lanes, F16{});
}

template <bool standard>
RHYTON_INLINE void lstm_rows(const GateForward& s, ActivationKind f, ActivationKind g) {
  if constexpr (standard) f = ActivationKind::tanh, g = ActivationKind::sigmoid;
  const F16 bias[4] = {load(s.bias), load(s.bias + lanes), load(s.bias + 2 * lanes),
                       load(s.bias + 3 * lanes)};
  for (Dim r = 0; r < s.rows; ++r) {
    const float *zx = s.zx + r * s.zx_row, *zh = s.zh + r * s.zh_row;
    const Dim at = r * s.state_row;
    if (s.valid != nullptr && !s.valid[r]) {
      keep(s.h_before + at, s.h + at, 1);
      keep(s.c_before + at, s.c + at, 1);
      continue;
    }
    const F16 input = value(g, load(zx) + load(zh) + bias[0]);
    const F16 forget = value(g, load(zx + lanes) + load(zh + lanes) + bias[1]);
    const F16 candidate = value(f, load(zx + 2 * lanes) + load(zh + 2 * lanes) + bias[2]);
    const F16 output = value(g, load(zx + 3 * lanes) + load(zh + 3 * lanes) + bias[3]);
    const F16 c = forget * load(s.c_before + at) + input * candidate;
    store(s.c + at, c);
    store(s.h + at, output * value(f, c));
    if (s.gates == nullptr) continue;
    float* gates = s.gates + r * s.gates_row;
    store(gates, input);
    store(gates + lanes, forget);
    store(gates + 2 * lanes, candidate);
    store(gates + 3 * lanes, output);
  }
}

void lstm_forward(const GateForward& s, ActivationKind f, ActivationKind g) {
  if (f == ActivationKind::tanh && g == ActivationKind::sigmoid)
    lstm_rows<true>(s, f, g);
  else
    lstm_rows<false>(s, f, g);
}

template <bool standard>
RHYTON_INLINE void lstm_rows_back(const GateBackward& s, ActivationKind f, ActivationKind g) {
  if constexpr (standard) f = ActivationKind::tanh, g = ActivationKind::sigmoid;
  F16 bias[4] = {load(s.dbias), load(s.dbias + lanes), load(s.dbias + 2 * lanes), load(s.dbias + 3 * lanes)};
  for (Dim r = 0; r < s.rows; ++r) {
    const Dim at = r * s.state_row;
    float* dz = s.dzx + r * s.dzx_row;
    if (s.valid != nullptr && !s.valid[r]) {
      zero(dz, 4);
      continue;
    }
    F16 dh = load(s.dh + at);
    if (s.dy != nullptr) dh += load(s.dy + r * s.dy_row);
    zero(s.dh + at, 1);
    const float* gates = s.gates + r * s.gates_row;
    const F16 input = load(gates), forget = load(gates + lanes), candidate = load(gates + 2 * lanes),
              output = load(gates + 3 * lanes);
    const F16 squashed = value(f, load(s.c + at));
    const F16 dc = load(s.dc + at) + slope(f, squashed, dh * output);
    const F16 d[4] = {slope(g, input, dc * candidate), slope(g, forget, dc * load(s.c_before + at)),
                      slope(f, candidate, dc * input), slope(g, output, dh * squashed)};
    store(s.dc + at, dc * forget);
    for (int v = 0; v < 4; ++v) {
      store(dz + v * lanes, d[v]);
      bias[v] += d[v];
    }
  }
  for (int v = 0; v < 4; ++v) store(s.dbias + v * lanes, bias[v]);
}

void lstm_backward(const GateBackward& s, ActivationKind f, ActivationKind g) {
  if (f == ActivationKind::tanh && g == ActivationKind::sigmoid)
    lstm_rows_back<true>(s, f, g);
  else
    lstm_rows_back<false>(s, f, g);
}

void gru_forward(const GateForward& s, ActivationKind f, ActivationKind g) {
  for (Dim r = 0; r < s.rows; ++r) {
    const float *zx = s.zx + r * s.zx_row, *zh = s.zh + r * s.zh_row;
    const Dim at = r * s.state_row;
    if (s.valid != nullptr && !s.valid[r]) {
      keep(s.h_before + at, s.h + at, 1);
      continue;
    }
    const F16 update = value(g, load(zx + lanes) + load(zh) + load(s.bias + lanes));
    const F16 reset = value(g, load(zx + 2 * lanes) + load(zh + lanes) + load(s.bias + 2 * lanes));
    const F16 recurrent = load(zh + 2 * lanes) + load(s.bias + 3 * lanes);
    const F16 candidate = value(f, load(zx) + load(s.bias) + reset * recurrent);
    store(s.h + at, update * load(s.h_before + at) + (1.0f - update) * candidate);
    if (s.gates == nullptr) continue;
    float* gates = s.gates + r * s.gates_row;
    store(gates, candidate);
    store(gates + lanes, update);
    store(gates + 2 * lanes, reset);
    store(gates + 3 * lanes, recurrent);
  }
}

void gru_backward(const GateBackward& s, ActivationKind f, ActivationKind g) {
  F16 bias[4] = {load(s.dbias), load(s.dbias + lanes), load(s.dbias + 2 * lanes), load(s.dbias + 3 * lanes)};
  for (Dim r = 0; r < s.rows; ++r) {
    const Dim at = r * s.state_row;
    float *dzx = s.dzx + r * s.dzx_row, *dzh = s.dzh + r * s.dzh_row;
    if (s.valid != nullptr && !s.valid[r]) {
      zero(dzx, 3);
      zero(dzh, 3);
      continue;
    }
    F16 dh = load(s.dh + at);
    if (s.dy != nullptr) dh += load(s.dy + r * s.dy_row);
    const float* gates = s.gates + r * s.gates_row;
    const F16 candidate = load(gates), update = load(gates + lanes), reset = load(gates + 2 * lanes),
              recurrent = load(gates + 3 * lanes);
    const F16 dcandidate = slope(f, candidate, dh * (1.0f - update));
    const F16 dupdate = slope(g, update, dh * (load(s.h_before + at) - candidate));
    const F16 dreset = slope(g, reset, dcandidate * recurrent), drecurrent = dcandidate * reset;
    store(s.dh + at, dh * update);
    store(dzx, dcandidate);
    store(dzx + lanes, dupdate);
    store(dzx + 2 * lanes, dreset);
    store(dzh, dupdate);
    store(dzh + lanes, dreset);
    store(dzh + 2 * lanes, drecurrent);
    bias[0] += dcandidate;
    bias[1] += dupdate;
    bias[2] += dreset;
    bias[3] += drecurrent;
  }
  for (int v = 0; v < 4; ++v) store(s.dbias + v * lanes, bias[v]);
}

void simple_forward(const GateForward& s, ActivationKind f, ActivationKind) {
  for (Dim r = 0; r < s.rows; ++r) {
    const float *zx = s.zx + r * s.zx_row, *zh = s.zh + r * s.zh_row;
    const Dim at = r * s.state_row;
    if (s.valid != nullptr && !s.valid[r]) {
      keep(s.h_before + at, s.h + at, 4);
      continue;
    }
    for (Dim v = 0; v < 4 * lanes; v += lanes)
      store(s.h + at + v, value(f, load(zx + v) + load(zh + v) + load(s.bias + v)));
  }
}

void simple_backward(const GateBackward& s, ActivationKind f, ActivationKind) {
  F16 bias[4] = {load(s.dbias), load(s.dbias + lanes), load(s.dbias + 2 * lanes), load(s.dbias + 3 * lanes)};
  for (Dim r = 0; r < s.rows; ++r) {
    const Dim at = r * s.state_row;
    float* dz = s.dzx + r * s.dzx_row;
    if (s.valid != nullptr && !s.valid[r]) {
      zero(dz, 4);
      continue;
    }
    for (int v = 0; v < 4; ++v) {
      F16 dh = load(s.dh + at + v * lanes);
      if (s.dy != nullptr) dh += load(s.dy + r * s.dy_row + v * lanes);
      const F16 d = slope(f, load(s.h + at + v * lanes), dh);
      store(dz + v * lanes, d);
      bias[v] += d;
    }
    zero(s.dh + at, 4);
  }
  for (int v = 0; v < 4; ++v) store(s.dbias + v * lanes, bias[v]);
}

}  // namespace

bool has_gates(const ActivationSpec& activation) {
  const auto plain = activation_by_name(activation_name(activation.kind));
  switch (activation.kind) {
    case ActivationKind::linear:
    case ActivationKind::tanh:
    case ActivationKind::sigmoid:
    case ActivationKind::hard_sigmoid:
    case ActivationKind::hard_sigmoid_keras2:
      return true;
    case ActivationKind::relu:
      return plain && *plain == activation;
    default:
      return false;
  }
}

Gates gates_of(CellKind cell) {
  switch (cell) {
    case CellKind::simple:
      return {simple_forward, simple_backward};
    case CellKind::gru:
      return {gru_forward, gru_backward};
    default:
      return {lstm_forward, lstm_backward};
  }
}

}  // namespace rhyton::vector
