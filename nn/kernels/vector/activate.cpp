#include "nn/kernels/vector/activate.hpp"

#include "nn/kernels/simd_math.hpp"

namespace rhyton::vector {

namespace {

using namespace simd;
using enum ActivationKind;

template <ActivationKind K>
RHYTON_INLINE F16 value(F16 x) {
  if constexpr (K == linear) return x;
  if constexpr (K == relu) return x > F16{} ? x : F16{};
  if constexpr (K == relu6) return clamp(x, 0.0f, 6.0f);
  if constexpr (K == sigmoid) return simd::sigmoid(x);
  if constexpr (K == silu) return x / one_plus_exp_minus(x);
  if constexpr (K == tanh) return simd::tanh(x);
  if constexpr (K == gelu) return 0.5f * x * (1.0f + erf(x * 0.70710678f));
  if constexpr (K == gelu_tanh)  // (1 + tanh(u)) / 2 is sigmoid(2u)
    return x / one_plus_exp_minus(1.59576912f * (x + 0.044715f * x * x * x));
}

template <ActivationKind K>
void run(const float* x, float* y, Dim n) {
  Dim i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const F16 first = value<K>(load(x + i)), second = value<K>(load(x + i + lanes));
    store(y + i, first);
    store(y + i + lanes, second);
  }
  for (; i + lanes <= n; i += lanes) store(y + i, value<K>(load(x + i)));
  if (i < n) store_part(y + i, value<K>(load_part(x + i, n - i)), n - i);
}

template <ActivationKind K>
void run_rows(Dim rows, Dim n, float* y, Dim stride, const float* bias, const float* z) {
  for (Dim r = 0; r < rows; ++r, y += stride) {
    for (Dim i = 0; i < n; i += lanes) {
      F16 x = load(y + i);
      if (bias != nullptr) x += load(bias + i);
      if (z != nullptr) x += load(z + i);
      store(y + i, value<K>(x));
    }
    if (z != nullptr) z += stride;
  }
}

struct Entry {
  ActivationKind kind;
  void (*run)(const float*, float*, Dim);
  void (*run_rows)(Dim, Dim, float*, Dim, const float*, const float*);
  bool costly;
};

template <ActivationKind K>
constexpr Entry entry(bool costly) {
  return {K, run<K>, run_rows<K>, costly};
}

constexpr Entry entries[] = {entry<linear>(false), entry<relu>(false),    entry<relu6>(false),
                             entry<sigmoid>(true), entry<silu>(true),     entry<tanh>(true),
                             entry<gelu>(true),    entry<gelu_tanh>(true)};

const Entry* find(ActivationKind kind) {
  for (const Entry& e : entries)
    if (e.kind == kind) return &e;
  return nullptr;
}

}  // namespace

bool activates(ActivationKind kind) {
  const Entry* e = find(kind);
  return e != nullptr && e->costly;
}

void activate(ActivationKind kind, const float* x, float* y, Dim n) { find(kind)->run(x, y, n); }

std::optional<ActivationKind> finishing(const ActivationSpec& spec) {
  // A relu with the maximum 6 is what Keras's models call relu6.
  if (spec == ActivationSpec{.kind = relu, .b = 6.0}) return relu6;
  if (find(spec.kind) == nullptr || (spec.kind == relu && spec != ActivationSpec{relu})) return std::nullopt;
  return spec.kind;
}

void finish_rows(ActivationKind kind, Dim rows, Dim n, float* y, Dim stride, const float* bias,
                 const float* z) {
  if (kind != linear || bias != nullptr || z != nullptr) find(kind)->run_rows(rows, n, y, stride, bias, z);
}

}  // namespace rhyton::vector
