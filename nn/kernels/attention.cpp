#include "nn/kernels/attention.hpp"

#include "nn/kernels/attention_rows.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton {

namespace attention {

namespace {

/// One batch entry and one group of heads, whose keys and values they share.
template <class T>
struct Task {
  const AttentionDesc& d;
  const AttentionInputs& in;
  Dim batch, group;
  T* scratch;
  Dim rows;  ///< queries of a block

  Dim shared() const { return d.heads / d.groups; }
  Dim q_row() const { return d.heads * d.key_dim; }
  Dim k_row() const { return d.groups * d.key_dim; }
  Dim v_row() const { return d.groups * d.value_dim; }
  Dim y_row() const { return d.heads * d.value_dim; }
  Dim q_at(Dim head) const { return batch * d.queries * q_row() + head * d.key_dim; }
  Dim k_at() const { return batch * d.keys * k_row() + group * d.key_dim; }
  Dim v_at() const { return batch * d.keys * v_row() + group * d.value_dim; }
  Dim y_at(Dim head) const { return batch * d.queries * y_row() + head * d.value_dim; }
  Dim p_at(Dim head) const { return (batch * d.heads + head) * d.queries * d.keys; }
};

Dim padded(Dim count) { return (count + 15) / 16 * 16; }
Dim rows_of_block(const AttentionDesc& d) {
  return std::clamp<Dim>(4096 / std::max<Dim>(d.keys, 1) / 12 * 12, 12, 96);
}
Dim forward_scratch(const AttentionDesc& d) {
  return padded(d.key_dim * d.keys) + 2 * padded(rows_of_block(d) * d.keys) + padded(d.keys);
}
Dim backward_scratch(const AttentionDesc& d) {
  return padded(d.value_dim * d.keys) + 2 * padded(rows_of_block(d) * d.keys) + padded(d.keys) +
         (d.additive ? 2 * padded(d.key_dim * d.keys) + padded(d.key_dim) : 0);
}

/// Scores of `rows` queries against n keys; kt (key_dim, keys).
template <class T>
RHYTON_INLINE void score(const Task<T>& t, const T* q, Dim rows, Dim n, const T* kt, T* scores) {
  const AttentionDesc& d = t.d;
  if (!d.additive)
    return simd::product<T>(rows, n, d.key_dim, {q, t.q_row()}, kt, d.keys, scores, d.keys, false);
  const T* weights = t.in.weights.template data<T>();
  for (Dim i = 0; i < rows; ++i) {
    T* row = scores + i * d.keys;
    std::fill_n(row, n, T(0));
    for (Dim j = 0; j < d.key_dim; ++j) {
      const T a = q[i * t.q_row() + j], w = weights[j];
      const T* k = kt + j * d.keys;
      for (Dim s = 0; s < n; ++s) row[s] += w * vm::tanh(a + k[s]);
    }
  }
}

/// out = probabilities of kept keys, times keep_scale.
template <class T>
RHYTON_INLINE void drop(const Task<T>& t, Dim at, Dim count, const T* p, T* out) {
  const bool* keep = t.in.keep.template data<bool>() + at;
  const T factor = static_cast<T>(t.d.keep_scale);
  for (Dim i = 0; i < count; ++i) out[i] = keep[i] ? p[i] * factor : T(0);
}

template <class T>
RHYTON_INLINE void forward(const Task<T>& t, T* probabilities, T* y) {
  const AttentionDesc& d = t.d;
  const T* v = t.in.v.template data<T>() + t.v_at();
  T* kt = t.scratch;
  T* block = kt + padded(d.key_dim * d.keys);
  T* dropped = block + padded(t.rows * d.keys);
  auto* allowed = reinterpret_cast<std::uint8_t*>(dropped + padded(t.rows * d.keys));
  transposed(t.in.k.template data<T>() + t.k_at(), t.k_row(), d.keys, d.key_dim, kt);
  for (Dim head = t.group * t.shared(); head < (t.group + 1) * t.shared(); ++head)
    for (Dim first = 0; first < d.queries; first += t.rows) {
      const Dim rows = std::min(t.rows, d.queries - first);
      // Behind the last query of the block nothing is seen.
      const Dim reach = d.causal && t.in.masks.empty() ? std::min(d.keys, first + rows) : d.keys;
      const Dim at = t.p_at(head) + first * d.keys;
      T* p = probabilities ? probabilities + at : block;
      score(t, t.in.q.template data<T>() + t.q_at(head) + first * t.q_row(), rows, reach, kt, p);
      for (Dim i = 0; i < rows; ++i) {
        const bool masked = allowed_keys(d, t.in.masks, t.batch, head, first + i, allowed);
        softmax_row(p + i * d.keys, reach, static_cast<T>(d.additive ? 1.0 : d.scale),
                    masked ? allowed : nullptr, d.masked);
        std::fill(p + i * d.keys + reach, p + (i + 1) * d.keys, T(0));
      }
      const T* used = p;
      if (t.in.keep) {
        drop(t, at, rows * d.keys, p, dropped);
        used = dropped;
      }
      simd::product<T>(rows, d.value_dim, reach, {used, d.keys}, v, t.v_row(),
                       y + t.y_at(head) + first * t.y_row(), t.y_row(), false);
    }
}

/// Gradients through the additive scores: ds (rows, keys) of queries from `first` on.
template <class T>
RHYTON_INLINE void additive_backward(const Task<T>& t, const T* q, const T* kt, const T* ds, Dim rows, T* dq,
                                     T* dkt, T* dweights) {
  const AttentionDesc& d = t.d;
  const T* weights = t.in.weights.template data<T>();
  for (Dim j = 0; j < d.key_dim; ++j) {
    const T* k = kt + j * d.keys;
    T* dk = dkt + j * d.keys;
    T weight_sum = 0;
    for (Dim i = 0; i < rows; ++i) {
      const T a = q[i * t.q_row() + j];
      T query_sum = 0;
      for (Dim s = 0; s < d.keys; ++s) {
        const T value = vm::tanh(a + k[s]);
        const T g = ds[i * d.keys + s];
        weight_sum += g * value;
        const T slope = g * weights[j] * (T(1) - value * value);
        query_sum += slope;
        dk[s] += slope;
      }
      if (dq) dq[i * t.q_row() + j] = query_sum;
    }
    dweights[j] += weight_sum;
  }
}

/// dp = dy v^T (and that of the probabilities themselves), ds = scale p (dp - sum(p dp)),
/// dq = ds k, dk = ds^T q, dv = p^T dy.
template <class T>
RHYTON_INLINE void backward(const Task<T>& t, const T* probabilities, const T* dy, const T* dprobabilities,
                            T* dq, T* dk, T* dv, T* dweights) {
  const AttentionDesc& d = t.d;
  const T* q = t.in.q.template data<T>();
  const T* k = t.in.k.template data<T>() + t.k_at();
  const bool scores = dq || dk || dweights;
  T* vt = t.scratch;
  T* ds = vt + padded(d.value_dim * d.keys);
  T* dropped = ds + padded(t.rows * d.keys);
  auto* allowed = reinterpret_cast<std::uint8_t*>(dropped + padded(t.rows * d.keys));
  T* kt = dropped + padded(t.rows * d.keys) + padded(d.keys);
  T* dkt = kt + padded(d.key_dim * d.keys);
  transposed(t.in.v.template data<T>() + t.v_at(), t.v_row(), d.keys, d.value_dim, vt);
  if (d.additive) {
    transposed(k, t.k_row(), d.keys, d.key_dim, kt);
    std::fill_n(dkt, d.key_dim * d.keys, T(0));
  }
  bool started = false;  // dk and dv hold something
  for (Dim head = t.group * t.shared(); head < (t.group + 1) * t.shared(); ++head)
    for (Dim first = 0; first < d.queries; first += t.rows, started = true) {
      const Dim rows = std::min(t.rows, d.queries - first), count = rows * d.keys;
      const Dim at = t.p_at(head) + first * d.keys;
      const T* p = probabilities + at;
      const T* upstream = dy + t.y_at(head) + first * t.y_row();
      const T* used = p;
      if (t.in.keep) {
        drop(t, at, count, p, dropped);
        used = dropped;
      }
      if (dv)
        simd::product<T>(d.keys, d.value_dim, rows, {used, 1, d.keys}, upstream, t.y_row(), dv + t.v_at(),
                         t.v_row(), started);
      if (!scores) continue;
      simd::product<T>(rows, d.keys, d.value_dim, {upstream, t.y_row()}, vt, d.keys, ds, d.keys, false);
      if (t.in.keep) drop(t, at, count, ds, ds);
      if (dprobabilities)
        for (Dim i = 0; i < count; ++i) ds[i] += dprobabilities[at + i];
      const T scale = static_cast<T>(d.additive ? 1.0 : d.scale);
      for (Dim i = 0; i < rows; ++i) {
        const T* row = p + i * d.keys;
        T* out = ds + i * d.keys;
        const T mean = simd::sum_of<T>(
            d.keys, [](const auto& a, const auto& b) { return a * b; }, row, out);
        for (Dim s = 0; s < d.keys; ++s) out[s] = scale * row[s] * (out[s] - mean);
        // A replaced score is a constant, which counts where a query sees no key at all.
        if (d.masked == MaskedScores::replace &&
            allowed_keys(d, t.in.masks, t.batch, head, first + i, allowed))
          for (Dim s = 0; s < d.keys; ++s) out[s] = allowed[s] ? out[s] : T(0);
      }
      const T* queries = q + t.q_at(head) + first * t.q_row();
      T* target = dq ? dq + t.q_at(head) + first * t.q_row() : nullptr;
      if (d.additive) {
        additive_backward(t, queries, kt, ds, rows, target, dkt, dweights);
        continue;
      }
      if (dq) simd::product<T>(rows, d.key_dim, d.keys, {ds, d.keys}, k, t.k_row(), target, t.q_row(), false);
      if (dk)
        simd::product<T>(d.keys, d.key_dim, rows, {ds, 1, d.keys}, queries, t.q_row(), dk + t.k_at(),
                         t.k_row(), started);
    }
  if (d.additive && dk)
    for (Dim s = 0; s < d.keys; ++s)
      for (Dim j = 0; j < d.key_dim; ++j) dk[t.k_at() + s * t.k_row() + j] = dkt[j * d.keys + s];
}

// The points at which a build for any CPU chooses instructions.
void run_forward(const Task<float>& t, float* probabilities, float* y) { forward(t, probabilities, y); }
void run_forward(const Task<double>& t, double* probabilities, double* y) { forward(t, probabilities, y); }
void run_backward(const Task<float>& t, const float* probabilities, const float* dy,
                  const float* dprobabilities, float* dq, float* dk, float* dv, float* dweights) {
  backward(t, probabilities, dy, dprobabilities, dq, dk, dv, dweights);
}
void run_backward(const Task<double>& t, const double* probabilities, const double* dy,
                  const double* dprobabilities, double* dq, double* dk, double* dv, double* dweights) {
  backward(t, probabilities, dy, dprobabilities, dq, dk, dv, dweights);
}

template <class T>
T* pointer(View view) {
  return view ? view.data<T>() : nullptr;
}
template <class T>
const T* pointer(ConstView view) {
  return view ? view.data<T>() : nullptr;
}

template <class T>
class Attention final : public AttentionKernel {
 public:
  explicit Attention(const AttentionDesc& desc) : d_(desc) {}
  const char* implementation() const override { return "attention"; }

  void forward(const AttentionInputs& in, View probabilities, View y) override {
    const Dim each = forward_scratch(d_), tasks = d_.batch * d_.groups, parts = part_count(tasks, 1);
    T* scratch = scratch_.template get<T>(each * parts);
    parallel_for<T>(parts, 1, [&](Dim begin, Dim end) {
      for (Dim part = begin; part < end; ++part)
        for (Dim i = tasks * part / parts; i < tasks * (part + 1) / parts; ++i)
          run_forward(Task<T>{d_, in, i / d_.groups, i % d_.groups, scratch + part * each, rows_of_block(d_)},
                      pointer<T>(probabilities), pointer<T>(y));
    });
  }

  void backward(const AttentionInputs& in, ConstView probabilities, ConstView dy, ConstView dprobabilities,
                const AttentionGradients& out) override {
    const Dim weights = d_.additive ? padded(d_.key_dim) : 0, each = backward_scratch(d_) + weights;
    const Dim tasks = d_.batch * d_.groups, parts = part_count(tasks, 1);
    T* scratch = scratch_.template get<T>(each * parts);
    parallel_for<T>(parts, 1, [&](Dim begin, Dim end) {
      for (Dim part = begin; part < end; ++part) {
        T* sums = scratch + part * each;
        std::fill_n(sums, weights, T(0));
        for (Dim i = tasks * part / parts; i < tasks * (part + 1) / parts; ++i)
          run_backward(Task<T>{d_, in, i / d_.groups, i % d_.groups, sums + weights, rows_of_block(d_)},
                       pointer<T>(probabilities), pointer<T>(dy), pointer<T>(dprobabilities),
                       pointer<T>(out.dq), pointer<T>(out.dk), pointer<T>(out.dv),
                       d_.additive ? sums : nullptr);
      }
    });
    if (!out.dweights) return;
    T* target = out.dweights.view.data<T>();
    if (!out.dweights.accumulate) std::fill_n(target, d_.key_dim, T(0));
    for (Dim part = 0; part < parts; ++part)
      for (Dim j = 0; j < d_.key_dim; ++j) target[j] += scratch[part * each + j];
  }

 private:
  AttentionDesc d_;
  Scratch scratch_;
};

}  // namespace

}  // namespace attention

std::unique_ptr<AttentionKernel> make_attention(const AttentionDesc& desc) {
  return dispatch_real(desc.options.dtype, [&]<class T>(T) -> std::unique_ptr<AttentionKernel> {
    return std::make_unique<attention::Attention<T>>(desc);
  });
}

}  // namespace rhyton
