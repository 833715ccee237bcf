// Recurrent cells as their formulas stand, one gate and one step at a time: any activation, any dropout.
#include <algorithm>
#include <cstring>

#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton::eigen {

namespace {

template <class T>
class Rnn final : public RnnKernel {
 public:
  explicit Rnn(const RnnDesc& desc)
      : d_(desc),
        gates_(gate_count(desc.cell)),
        states_(desc.batch * desc.units),
        step_((2 * gates_ + 3) * states_),
        after_(desc.cell == CellKind::gru && desc.reset_after) {}

  Dim saved_size() const override { return step_ * d_.steps; }

  void forward(const RnnInputs& in, View y, const std::array<View, 2>& final, View saved) override {
    T* memory = saved ? saved.data<T>() : forward_.get<T>(2 * step_);
    load_initial(in);
    T* output = output_.get<T>(states_);
    std::fill_n(output, states_, T(0));
    for (Dim s = 0; s < d_.steps; ++s) {
      const Step step = step_at(memory, saved ? s : s % 2);
      const Step before = step_at(memory, saved ? s - 1 : (s + 1) % 2);
      const T* h = s > 0 ? before.h : initial_[0].get<T>(states_);
      const T* c = s > 0 ? before.c : initial_[1].get<T>(states_);
      products(in, s, h, step);
      if (d_.cell == CellKind::simple) {
        activate(d_.activation, step.pre[0], step.h);
      } else if (d_.cell == CellKind::lstm) {
        lstm_forward(step, c);
      } else {
        gru_forward(in, step, h);
      }
      for (Dim b = 0; b < d_.batch; ++b) {
        T* out = output + b * d_.units;
        if (valid(in, b, s)) {
          std::copy_n(step.h + b * d_.units, d_.units, out);
        } else {
          std::copy_n(h + b * d_.units, d_.units, step.h + b * d_.units);
          std::copy_n(c + b * d_.units, d_.units, step.c + b * d_.units);
          if (d_.zero_masked) std::fill_n(out, d_.units, T(0));
        }
        if (d_.sequences) std::copy_n(out, d_.units, y.data<T>() + (b * d_.steps + s) * d_.units);
      }
    }
    if (!d_.sequences) std::copy_n(output, states_, y.data<T>());
    const Step last = step_at(memory, saved ? d_.steps - 1 : (d_.steps + 1) % 2);
    for (int k = 0; k < state_count(d_.cell); ++k) {
      if (!final[index(k)]) continue;
      const T* from = d_.steps == 0 ? initial_[index(k)].get<T>(states_) : k == 0 ? last.h : last.c;
      std::copy_n(from, states_, final[index(k)].template data<T>());
    }
  }

  void backward(const RnnInputs& in, ConstView saved, ConstView dy, const std::array<ConstView, 2>& dfinal,
                const RnnGradients& gradients) override {
    load_initial(in);
    Carry carry;
    T* memory = backward_.get<T>((5 + 2 * gates_) * states_);
    std::fill_n(memory, 3 * states_, T(0));
    carry.dh = memory;
    carry.dc = memory + states_;
    carry.repeated = memory + 2 * states_;
    carry.now = memory + 3 * states_;
    carry.other = memory + 4 * states_;
    for (int g = 0; g < gates_; ++g) {
      carry.dpre[index(g)] = memory + (5 + g) * states_;
      carry.drecurrent[index(g)] = memory + (5 + gates_ + g) * states_;
    }
    if (dfinal[0]) std::copy_n(dfinal[0].template data<T>(), states_, carry.dh);
    if (dfinal[1]) std::copy_n(dfinal[1].template data<T>(), states_, carry.dc);
    if (!d_.sequences && dy) std::copy_n(dy.data<T>(), states_, carry.repeated);
    for (const GradTarget* target : {&gradients.kernel, &gradients.recurrent_kernel, &gradients.bias})
      if (*target && !target->accumulate) fill(target->view, 0.0);

    T* first = const_cast<T*>(saved.data<T>());
    for (Dim s = d_.steps; s-- > 0;) {
      const Step step = step_at(first, s);
      const Step before = step_at(first, s - 1);
      const T* h = s > 0 ? before.h : initial_[0].get<T>(states_);
      const T* c = s > 0 ? before.c : initial_[1].get<T>(states_);
      take_output_gradient(in, dy, s, carry);
      if (d_.cell == CellKind::simple) {
        differentiate(d_.activation, step.pre[0], step.h, carry.now, carry.dpre[0]);
        std::copy_n(carry.dpre[0], states_, carry.drecurrent[0]);
      } else if (d_.cell == CellKind::lstm) {
        lstm_backward(in, s, step, c, carry);
      } else {
        gru_backward(in, step, h, carry);
      }
      product_gradients(in, s, h, step, carry, gradients);
    }
    if (gradients.initial[0]) std::copy_n(carry.dh, states_, gradients.initial[0].template data<T>());
    if (gradients.initial[1]) std::copy_n(carry.dc, states_, gradients.initial[1].template data<T>());
  }

 private:
  /// What one step leaves: sums before the activations, gates, f(c) or the recurrent part of a GRU's
  /// candidate, states.
  struct Step {
    std::array<T*, 4> pre, gate;
    T *extra, *h, *c;
  };
  /// Gradients on their way to earlier steps: of the states, of an output that later masked steps repeat; and
  /// those of this step.
  struct Carry {
    T *dh, *dc, *repeated, *now, *other;
    std::array<T*, 4> dpre, drecurrent;
  };

  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  Step step_at(T* memory, Dim s) const {
    Step out{};
    T* p = memory + s * step_;
    for (int g = 0; g < gates_; ++g) {
      out.pre[index(g)] = p + g * states_;
      out.gate[index(g)] = p + (gates_ + g) * states_;
    }
    out.extra = p + 2 * gates_ * states_;
    out.h = out.extra + states_;
    out.c = out.h + states_;
    return out;
  }
  Dim time(Dim s) const { return d_.reverse ? d_.steps - 1 - s : s; }
  bool valid(const RnnInputs& in, Dim b, Dim s) const {
    return !d_.masked || in.mask.data<bool>()[b * d_.steps + time(s)];
  }
  void load_initial(const RnnInputs& in) {
    for (std::size_t k = 0; k < 2; ++k) {
      T* to = initial_[k].get<T>(states_);
      in.initial[k] ? (void)std::copy_n(in.initial[k].template data<T>(), states_, to)
                    : (void)std::fill_n(to, states_, T(0));
    }
  }
  View rows(T* p) const { return {p, {d_.batch, d_.units}, dtype_of<T>}; }
  ConstView rows(const T* p) const { return {p, {d_.batch, d_.units}, dtype_of<T>}; }
  void activate(const CellActivation& f, const T* x, T* y) const {
    f.custom() ? f.forward(rows(x), rows(y)) : activation_forward(f.spec, rows(x), rows(y));
  }
  void differentiate(const CellActivation& f, const T* x, const T* y, const T* dy, T* dx) const {
    f.custom() ? f.backward(rows(x), rows(y), rows(dy), rows(dx))
               : activation_backward(f.spec, rows(x), rows(y), rows(dy), rows(dx));
  }
  const CellActivation& activation_of(int gate) const {
    const int candidate = d_.cell == CellKind::lstm ? 2 : d_.cell == CellKind::gru ? 2 : 0;
    return gate == candidate ? d_.activation : d_.recurrent_activation;
  }

  /// `from` times the dropout mask of a gate, or `from` itself.
  const T* dropped(const T* from, ConstView masks, int count, int gate, Dim width, T* to) const {
    if (count == 0) return from;
    const T* factors = masks.data<T>() + (count == 1 ? 0 : gate) * d_.batch * width;
    for (Dim i = 0; i < d_.batch * width; ++i) to[i] = from[i] * factors[i];
    return to;
  }
  void scale_by_mask(ConstView masks, int count, int gate, Dim width, T* values) const {
    dropped(values, masks, count, gate, width, values);
  }
  const T* gather_x(const RnnInputs& in, Dim s) {
    T* to = x_.get<T>(2 * d_.batch * d_.inputs);
    for (Dim b = 0; b < d_.batch; ++b)
      std::copy_n(in.x.data<T>() + (b * d_.steps + time(s)) * d_.inputs, d_.inputs, to + b * d_.inputs);
    return to;
  }
  T* spare_x() { return x_.get<T>(2 * d_.batch * d_.inputs) + d_.batch * d_.inputs; }
  T* spare_h() { return h_.get<T>(2 * states_); }
  T* product() { return h_.get<T>(2 * states_) + states_; }

  const T* x_of(const RnnInputs& in, const T* x, int gate) {
    return dropped(x, in.input_dropout, d_.input_masks, gate, d_.inputs, spare_x());
  }
  const T* h_of(const RnnInputs& in, const T* h, int gate) {
    return dropped(h, in.recurrent_dropout, d_.recurrent_masks, gate, d_.units, spare_h());
  }
  void add_bias(const T* bias, T* values) const {
    for (Dim i = 0; i < states_; ++i) values[i] += bias[i % d_.units];
  }
  /// values (+)= a w, w a gate's columns of a kernel with `width` rows.
  void multiply(const T* a, ConstView w, int gate, Dim width, T beta, T* values) const {
    gemm<T>(false, false, d_.batch, d_.units, width, T(1), a, width, w.data<T>() + gate * d_.units,
            gates_ * d_.units, beta, values, d_.units);
  }

  /// Sums before the activations, except for the recurrent part of a GRU's candidate.
  void products(const RnnInputs& in, Dim s, const T* h, const Step& step) {
    const T* x = gather_x(in, s);
    const T* bias = in.bias ? in.bias.data<T>() : nullptr;
    for (int g = 0; g < gates_; ++g) {
      T* pre = step.pre[index(g)];
      multiply(x_of(in, x, g), in.kernel, g, d_.inputs, T(0), pre);
      if (bias) add_bias(bias + g * d_.units, pre);
      const bool apart = d_.cell == CellKind::gru && g == 2;
      if (apart && !after_) continue;
      T* to = apart ? step.extra : pre;
      multiply(h_of(in, h, g), in.recurrent_kernel, g, d_.units, apart ? T(0) : T(1), to);
      if (bias && after_) add_bias(bias + (gates_ + g) * d_.units, to);
    }
  }

  void lstm_forward(const Step& step, const T* c) {
    for (int g = 0; g < 4; ++g) activate(activation_of(g), step.pre[index(g)], step.gate[index(g)]);
    const auto& [i, f, g, o] = step.gate;
    for (Dim k = 0; k < states_; ++k) step.c[k] = f[k] * c[k] + i[k] * g[k];
    activate(d_.activation, step.c, step.extra);
    for (Dim k = 0; k < states_; ++k) step.h[k] = o[k] * step.extra[k];
  }

  void lstm_backward(const RnnInputs& in, Dim s, const Step& step, const T* c, Carry& carry) {
    const auto& [i, f, g, o] = step.gate;
    auto& [di, df, dg, dout] = carry.dpre;
    for (Dim k = 0; k < states_; ++k) {
      dout[k] = carry.now[k] * step.extra[k];
      carry.other[k] = carry.now[k] * o[k];
    }
    differentiate(d_.activation, step.c, step.extra, carry.other, carry.other);
    for (Dim k = 0; k < states_; ++k) {
      if (!valid(in, k / d_.units, s)) {
        di[k] = df[k] = dg[k] = dout[k] = T(0);
        continue;
      }
      const T dc = carry.dc[k] + carry.other[k];
      di[k] = dc * g[k];
      df[k] = dc * c[k];
      dg[k] = dc * i[k];
      carry.dc[k] = dc * f[k];
    }
    for (int k = 0; k < 4; ++k) {
      T* d = carry.dpre[index(k)];
      differentiate(activation_of(k), step.pre[index(k)], step.gate[index(k)], d, d);
      std::copy_n(d, states_, carry.drecurrent[index(k)]);
    }
  }

  void gru_forward(const RnnInputs& in, const Step& step, const T* h) {
    const auto& [z, r, candidate, none] = step.gate;
    for (int g = 0; g < 2; ++g) activate(activation_of(g), step.pre[index(g)], step.gate[index(g)]);
    if (after_) {
      for (Dim k = 0; k < states_; ++k) step.pre[2][k] += r[k] * step.extra[k];
    } else {
      const T* from = h_of(in, h, 2);
      for (Dim k = 0; k < states_; ++k) step.extra[k] = r[k] * from[k];
      multiply(step.extra, in.recurrent_kernel, 2, d_.units, T(1), step.pre[2]);
    }
    activate(d_.activation, step.pre[2], candidate);
    for (Dim k = 0; k < states_; ++k) step.h[k] = z[k] * h[k] + (T(1) - z[k]) * candidate[k];
  }

  void gru_backward(const RnnInputs& in, const Step& step, const T* h, Carry& carry) {
    const auto& [z, r, candidate, none] = step.gate;
    auto& [dz, dr, dcandidate, unused] = carry.dpre;
    for (Dim k = 0; k < states_; ++k) {
      dz[k] = carry.now[k] * (h[k] - candidate[k]);
      dcandidate[k] = carry.now[k] * (T(1) - z[k]);
      carry.dh[k] += carry.now[k] * z[k];
    }
    differentiate(d_.activation, step.pre[2], candidate, dcandidate, dcandidate);
    if (after_) {
      for (Dim k = 0; k < states_; ++k) {
        dr[k] = dcandidate[k] * step.extra[k];
        carry.drecurrent[2][k] = dcandidate[k] * r[k];
      }
    } else {
      T* inner = carry.other;
      gemm<T>(false, true, d_.batch, d_.units, d_.units, T(1), dcandidate, d_.units,
              in.recurrent_kernel.data<T>() + 2 * d_.units, gates_ * d_.units, T(0), inner, d_.units);
      const T* from = h_of(in, h, 2);
      for (Dim k = 0; k < states_; ++k) dr[k] = inner[k] * from[k];
      for (Dim k = 0; k < states_; ++k) inner[k] *= r[k];
      scale_by_mask(in.recurrent_dropout, d_.recurrent_masks, 2, d_.units, inner);
      for (Dim k = 0; k < states_; ++k) carry.dh[k] += inner[k];
      std::copy_n(dcandidate, states_, carry.drecurrent[2]);
    }
    for (int g = 0; g < 2; ++g) {
      T* d = carry.dpre[index(g)];
      differentiate(activation_of(g), step.pre[index(g)], step.gate[index(g)], d, d);
      std::copy_n(d, states_, carry.drecurrent[index(g)]);
    }
  }

  /// carry.now: the gradient of this step's new h. Rows that are masked keep theirs in the carries.
  void take_output_gradient(const RnnInputs& in, ConstView dy, Dim s, Carry& carry) const {
    for (Dim b = 0; b < d_.batch; ++b) {
      const bool is_valid = valid(in, b, s);
      for (Dim u = 0; u < d_.units; ++u) {
        const Dim k = b * d_.units + u;
        T out = carry.repeated[k];
        if (d_.sequences && dy) out += dy.data<T>()[(b * d_.steps + s) * d_.units + u];
        carry.now[k] = is_valid ? carry.dh[k] + out : T(0);
        carry.repeated[k] = is_valid || d_.zero_masked ? T(0) : out;
        if (is_valid) carry.dh[k] = T(0);
      }
    }
  }

  /// From the gradients of the sums to those of weights, x and h.
  void product_gradients(const RnnInputs& in, Dim s, const T* h, const Step& step, Carry& carry,
                         const RnnGradients& to) {
    const T* x = gather_x(in, s);
    const Dim width = gates_ * d_.units;
    for (int g = 0; g < gates_; ++g) {
      const T* d = carry.dpre[index(g)];
      const T* dr = carry.drecurrent[index(g)];
      const bool reset_before = d_.cell == CellKind::gru && g == 2 && !after_;
      if (to.kernel)
        gemm<T>(true, false, d_.inputs, d_.units, d_.batch, T(1), x_of(in, x, g), d_.inputs, d, d_.units,
                T(1), to.kernel.view.data<T>() + g * d_.units, width);
      if (to.recurrent_kernel)
        gemm<T>(true, false, d_.units, d_.units, d_.batch, T(1), reset_before ? step.extra : h_of(in, h, g),
                d_.units, dr, d_.units, T(1), to.recurrent_kernel.view.data<T>() + g * d_.units, width);
      if (to.bias) {
        channel_sums(d, d_.batch, d_.units, Dim{1}, to.bias.view.data<T>() + g * d_.units, true);
        if (after_)
          channel_sums(dr, d_.batch, d_.units, Dim{1}, to.bias.view.data<T>() + width + g * d_.units, true);
      }
      if (to.dx) {
        T* dx = spare_x();
        gemm<T>(false, true, d_.batch, d_.inputs, d_.units, T(1), d, d_.units,
                in.kernel.data<T>() + g * d_.units, width, T(0), dx, d_.inputs);
        scale_by_mask(in.input_dropout, d_.input_masks, g, d_.inputs, dx);
        for (Dim b = 0; b < d_.batch; ++b)
          for (Dim i = 0; i < d_.inputs; ++i) {
            T& target = to.dx.data<T>()[(b * d_.steps + time(s)) * d_.inputs + i];
            target = (g == 0 ? T(0) : target) + dx[b * d_.inputs + i];
          }
      }
      if (reset_before) continue;
      T* dh = product();
      gemm<T>(false, true, d_.batch, d_.units, d_.units, T(1), dr, d_.units,
              in.recurrent_kernel.data<T>() + g * d_.units, width, T(0), dh, d_.units);
      scale_by_mask(in.recurrent_dropout, d_.recurrent_masks, g, d_.units, dh);
      for (Dim k = 0; k < states_; ++k) carry.dh[k] += dh[k];
    }
  }

  RnnDesc d_;
  int gates_;
  Dim states_, step_;  ///< elements of a state, and of what a step saves
  bool after_;
  std::array<Scratch, 2> initial_;
  Scratch forward_, backward_, output_, x_, h_;
};

}  // namespace

std::unique_ptr<RnnKernel> make_rnn(const RnnDesc& desc) {
  return dispatch_real(desc.options.dtype, [&]<class T>(T) -> std::unique_ptr<RnnKernel> {
    return std::make_unique<Rnn<T>>(desc);
  });
}

}  // namespace rhyton::eigen
