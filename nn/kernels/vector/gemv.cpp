#include "nn/kernels/activation_math.hpp"
#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/simd.hpp"

namespace rhyton::vector {

namespace {

using namespace simd;

/// y[0, 16 V) = bias + x w for V vectors of columns; w's rows are `stride` apart.
template <int V>
RHYTON_INLINE void columns(const float* x, const float* w, Dim stride, Dim inputs, const float* bias,
                           float* y) {
  F16 even[V], odd[V];
  for (int v = 0; v < V; ++v) {
    even[v] = bias != nullptr ? load(bias + v * lanes) : F16{};
    odd[v] = F16{};
  }
  Dim k = 0;
  for (; k + 2 <= inputs; k += 2) {
    const F16 a = splat(x[k]), b = splat(x[k + 1]);
    const float* row = w + k * stride;
    for (int v = 0; v < V; ++v) even[v] += a * load(row + v * lanes);
    for (int v = 0; v < V; ++v) odd[v] += b * load(row + stride + v * lanes);
  }
  if (k < inputs)
    for (int v = 0; v < V; ++v) even[v] += splat(x[k]) * load(w + k * stride + v * lanes);
  for (int v = 0; v < V; ++v) store(y + v * lanes, even[v] + odd[v]);
}

/// The same for the last n < 16 columns.
RHYTON_INLINE void last_columns(const float* x, const float* w, Dim stride, Dim inputs, const float* bias,
                                float* y, Dim n) {
  F16 sum = bias != nullptr ? load_part(bias, n) : F16{};
  for (Dim k = 0; k < inputs; ++k) sum += splat(x[k]) * load_part(w + k * stride, n);
  store_part(y, sum, n);
}

void narrow_product(const float* x, const float* w, Dim inputs, Dim units, const float* bias, float* y) {
  const auto at = [&](Dim j) { return bias != nullptr ? bias + j : nullptr; };
  Dim j = 0;
  for (; j + 8 * lanes <= units; j += 8 * lanes) columns<8>(x, w + j, units, inputs, at(j), y + j);
  for (; j + 4 * lanes <= units; j += 4 * lanes) columns<4>(x, w + j, units, inputs, at(j), y + j);
  for (; j + lanes <= units; j += lanes) columns<1>(x, w + j, units, inputs, at(j), y + j);
  if (j < units) last_columns(x, w + j, units, inputs, at(j), y + j, units - j);
}

/// y[begin, end) for wide rows: eight of them at a time, so that memory is read in long runs.
void wide_product(const float* x, const float* w, Dim inputs, Dim units, const float* bias, Dim begin,
                  Dim end, float* y) {
  if (bias != nullptr)
    std::copy(bias + begin, bias + end, y + begin);
  else
    std::fill(y + begin, y + end, 0.0f);
  Dim k = 0;
  for (; k + 8 <= inputs; k += 8) {
    const float* rows = w + k * units;
    F16 factor[8];
    for (int i = 0; i < 8; ++i) factor[i] = splat(x[k + i]);
    Dim j = begin;
    for (; j + lanes <= end; j += lanes) {
      F16 sum = load(y + j), other{};
      for (int i = 0; i < 8; i += 2) {
        sum += factor[i] * load(rows + i * units + j);
        other += factor[i + 1] * load(rows + (i + 1) * units + j);
      }
      store(y + j, sum + other);
    }
    if (j == end) continue;
    F16 sum = load_part(y + j, end - j);
    for (int i = 0; i < 8; ++i) sum += factor[i] * load_part(rows + i * units + j, end - j);
    store_part(y + j, sum, end - j);
  }
  for (; k < inputs; ++k)
    for (Dim j = begin; j < end; ++j) y[j] += x[k] * w[k * units + j];
}

/// One row times a matrix: bound by reading the weights, in their own order.
class Gemv final : public DenseKernel {
 public:
  explicit Gemv(const DenseDesc& desc) : d_(desc) {}
  const char* implementation() const override { return "vector:gemv"; }

  void forward(ConstView x, ConstView w, ConstView b, View y) override {
    const float* bias = b ? b.data<float>() : nullptr;
    const float *row = x.data<float>(), *matrix = w.data<float>();
    float* out = y.data<float>();
    if (d_.units <= 128)
      narrow_product(row, matrix, d_.inputs, d_.units, bias, out);
    else
      parallel_for((d_.units + 63) / 64, 1 + 262144 / (64 * d_.inputs), [&](Dim begin, Dim end) {
        wide_product(row, matrix, d_.inputs, d_.units, bias, begin * 64, std::min(end * 64, d_.units), out);
      });
    if (d_.activation.kind == ActivationKind::linear) return;
    const View units(out, {1, d_.units}, DType::float32);
    activation_forward(d_.activation, units, units);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    if (dx)
      gemm(DType::float32, false, true, 1, d_.inputs, d_.units, 1.0, dz.raw(), d_.units, w.raw(), d_.units,
           0.0, dx.raw(), d_.inputs);
    if (dw)
      gemm(DType::float32, true, false, d_.inputs, d_.units, 1, 1.0, x.raw(), d_.inputs, dz.raw(), d_.units,
           dw.accumulate ? 1.0 : 0.0, dw.view.raw(), d_.units);
    if (db) channel_sums(dz.data<float>(), Dim{1}, d_.units, Dim{1}, db.view.data<float>(), db.accumulate);
  }

 private:
  DenseDesc d_;
};

}  // namespace

std::unique_ptr<DenseKernel> make_gemv(const DenseDesc& desc) {
  if (desc.rows != 1 || desc.options.dtype != DType::float32 || desc.inputs <= 0 || desc.units <= 0)
    return nullptr;
  return std::make_unique<Gemv>(desc);
}

}  // namespace rhyton::vector
