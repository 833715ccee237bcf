// Recurrent cells with packed weights: per step one small product for x and one for h in each block of units,
// whose sums meet in the gates while they are hot; back through time the same, and the gradients of the
// weights by one product for several steps. Nothing but the gates and states of every step goes to memory.
#include <algorithm>
#include <vector>

#include "nn/kernels/engines.hpp"
#include "nn/kernels/panel_product.hpp"
#include "nn/kernels/parallel.hpp"
#include "nn/kernels/vector/rnn_weights.hpp"

namespace rhyton::vector {

namespace {

class PackedRnn final : public RnnKernel {
 public:
  explicit PackedRnn(const RnnDesc& desc)
      : d_(desc), weights_(desc), gates_(gates_of(desc.cell)), states_(state_count(desc.cell)) {
    constexpr Dim least_rows = 4;  // below that a second thread does not pay
    const Dim parts = std::clamp<Dim>(desc.batch / least_rows, 1, std::max(get_threads(), 1));
    for (Dim p = 0; p < parts; ++p) {
      const Dim first = desc.batch * p / parts;
      parts_.push_back({first, desc.batch * (p + 1) / parts - first, saved_size_, {}});
      saved_size_ += parts_.back().rows * (desc.steps * gate_columns() + (desc.steps + 1) * state_columns());
    }
  }

  const char* implementation() const override {
    return d_.cell == CellKind::lstm ? "vector:lstm" : d_.cell == CellKind::gru ? "vector:gru" : "vector:rnn";
  }
  void weights_changed() override { packed_ = packed_back_ = false; }
  Dim saved_size() const override { return saved_size_; }

  void forward(const RnnInputs& in, View y, const std::array<View, 2>& final, View saved) override {
    if (!packed_) weights_.pack_forward(in);
    packed_ = true;
    parallel_for(static_cast<Dim>(parts_.size()), 1, [&](Dim begin, Dim end) {
      for (Dim p = begin; p < end; ++p)
        forward_part(parts_[static_cast<std::size_t>(p)], in, y, final,
                     saved ? saved.data<float>() : nullptr);
    });
  }

  void backward(const RnnInputs& in, ConstView saved, ConstView dy, const std::array<ConstView, 2>& dfinal,
                const RnnGradients& to) override {
    if (!packed_back_) weights_.pack_backward(in);
    packed_back_ = true;
    parallel_for(static_cast<Dim>(parts_.size()), 1, [&](Dim begin, Dim end) {
      for (Dim p = begin; p < end; ++p)
        backward_part(parts_[static_cast<std::size_t>(p)], in, saved.data<float>(), dy, dfinal, to);
    });
    for (const GradTarget* target : {&to.kernel, &to.recurrent_kernel, &to.bias})
      if (*target && !target->accumulate) fill(target->view, 0.0);
    for (Part& part : parts_) {
      const Gradients g = gradients_of(part);
      if (to.kernel) weights_.add_kernel(g.x, false, to.kernel.view.data<float>());
      if (to.recurrent_kernel) weights_.add_kernel(g.h, true, to.recurrent_kernel.view.data<float>());
      if (to.bias) weights_.add_bias(g.bias, to.bias.view.data<float>());
    }
  }

 private:
  /// Samples that one thread works on, and its memory.
  struct Part {
    Dim first, rows;
    Dim saved;  ///< where its part of the saved buffer begins
    struct {
      Scratch states, products, outputs, valid, dz, carry, gradients, x;
    } memory;
  };
  /// Gates (steps, rows, 64 blocks) and states (steps + 1, rows, padded units) of a part; without gradients
  /// no gates, and two states in turn.
  struct Trace {
    float *gates = nullptr, *h = nullptr, *c = nullptr;
    Dim turns = 0;  ///< 0: all steps
  };
  struct Gradients {
    float *x, *h, *bias;
  };

  Dim padded() const { return weights_.padded_units(); }
  Dim gate_columns() const {
    return d_.cell == CellKind::simple ? 0 : weights_.blocks() * GateBlock::columns;
  }
  Dim state_columns() const { return states_ * padded(); }
  Dim time(Dim s) const { return d_.reverse ? d_.steps - 1 - s : s; }

  Trace trace_at(const Part& part, float* saved) const {
    float* p = saved + part.saved;
    const Dim states = (d_.steps + 1) * part.rows * padded();
    return {p + states_ * states, p, p + states, 0};
  }
  Trace own_trace(Part& part) const {
    const Dim states = 2 * part.rows * padded();
    float* p = part.memory.states.get<float>(2 * states);
    return {nullptr, p, p + states, 2};
  }
  /// States before step s.
  Dim state(const Part& part, const Trace& trace, Dim s) const {
    return (trace.turns > 0 ? s % trace.turns : s) * part.rows * padded();
  }
  Gradients gradients_of(Part& part) const {
    float* p = part.memory.gradients.get<float>((d_.inputs + d_.units) * weights_.columns() +
                                                weights_.blocks() * GateBlock::columns);
    return {p, p + d_.inputs * weights_.columns(), p + (d_.inputs + d_.units) * weights_.columns()};
  }

  /// Which rows are not masked at step s; null: all.
  const bool* valid_rows(Part& part, const RnnInputs& in, Dim s) const {
    if (!d_.masked) return nullptr;
    bool* valid = part.memory.valid.get<bool>(part.rows);
    for (Dim r = 0; r < part.rows; ++r)
      valid[r] = in.mask.data<bool>()[(part.first + r) * d_.steps + time(s)];
    return valid;
  }

  void load_states(const Part& part, ConstView from, float* to) const {
    std::fill_n(to, part.rows * padded(), 0.0f);
    if (!from) return;
    for (Dim r = 0; r < part.rows; ++r)
      std::copy_n(from.data<float>() + (part.first + r) * d_.units, d_.units, to + r * padded());
  }
  void store_states(const Part& part, const float* from, View to) const {
    if (!to) return;
    for (Dim r = 0; r < part.rows; ++r)
      std::copy_n(from + r * padded(), d_.units, to.data<float>() + (part.first + r) * d_.units);
  }

  /// x of `steps` steps from `s` on, dropped where asked, as (steps, rows, inputs).
  const float* gather_x(Part& part, const RnnInputs& in, Dim s, Dim steps) const {
    float* to = part.memory.x.get<float>(steps * part.rows * d_.inputs);
    for (Dim k = 0; k < steps; ++k)
      for (Dim r = 0; r < part.rows; ++r) {
        const Dim row = part.first + r;
        const float* x = in.x.data<float>() + (row * d_.steps + time(s + k)) * d_.inputs;
        float* out = to + (k * part.rows + r) * d_.inputs;
        std::copy_n(x, d_.inputs, out);
        if (d_.input_masks == 0) continue;
        const float* factors = in.input_dropout.data<float>() + row * d_.inputs;
        for (Dim i = 0; i < d_.inputs; ++i) out[i] *= factors[i];
      }
    return to;
  }

  /// Small batches: the products of x for many steps at once, so that their weights are read once.
  Dim steps_at_once(const Part& part) const {
    return part.rows >= 6 ? 1 : std::min<Dim>(d_.steps, std::max<Dim>(1, 128 / part.rows));
  }

  void forward_part(Part& part, const RnnInputs& in, View y, const std::array<View, 2>& final,
                    float* saved) const {
    const Trace trace = saved != nullptr ? trace_at(part, saved) : own_trace(part);
    const Dim columns = weights_.block_columns(), all = weights_.columns(), rows = part.rows;
    const Dim together = steps_at_once(part);
    // One step at a time: a block's product of x stays near that of h.
    const Dim zx_row = together == 1 ? columns : all;
    float* zh = part.memory.products.get<float>(rows * columns + together * rows * zx_row);
    float* zx = zh + rows * columns;
    load_states(part, in.initial[0], trace.h);
    if (states_ > 1) load_states(part, in.initial[1], trace.c);
    float* output = part.memory.outputs.get<float>(rows * d_.units);
    if (d_.masked) std::fill_n(output, rows * d_.units, 0.0f);
    for (Dim s = 0; s < d_.steps; ++s) {
      if (together > 1 && s % together == 0) {
        const Dim count = std::min(together, d_.steps - s);
        const float* x = gather_x(part, in, s, count);
        for (Dim b = 0; b < weights_.blocks(); ++b)
          x_product(count * rows, x, d_.inputs, b, zx + b * columns, all);
      }
      const bool in_place = d_.input_masks == 0;
      const float* x = together > 1 ? nullptr
                       : in_place   ? in.x.data<float>() + (part.first * d_.steps + time(s)) * d_.inputs
                                    : gather_x(part, in, s, 1);
      const Dim before = state(part, trace, s), after = state(part, trace, s + 1);
      GateForward step;
      step.rows = rows;
      step.zx_row = zx_row;
      step.zh = zh;
      step.zh_row = columns;
      step.valid = valid_rows(part, in, s);
      step.state_row = padded();
      step.gates_row = gate_columns();
      for (Dim b = 0; b < weights_.blocks(); ++b) {
        const Dim unit = b * GateBlock::units(d_.cell);
        strip_product(rows, columns, d_.units, trace.h + before, padded(), 1, weights_.h_block(b), columns,
                      zh, columns, false);
        if (together == 1) x_product(rows, x, in_place ? d_.steps * d_.inputs : d_.inputs, b, zx, columns);
        step.zx = together == 1 ? zx : zx + s % together * rows * all + b * columns;
        step.bias = weights_.bias_block(b);
        step.h_before = trace.h + before + unit;
        step.c_before = trace.c + before + unit;
        step.h = trace.h + after + unit;
        step.c = trace.c + after + unit;
        if (trace.gates != nullptr)
          step.gates = trace.gates + s * rows * gate_columns() + b * GateBlock::columns;
        gates_.forward(step, d_.activation.spec.kind, d_.recurrent_activation.spec.kind);
      }
      store_output(part, trace.h + after, step.valid, s, output, y);
    }
    if (d_.masked && !d_.sequences)
      std::copy_n(output, rows * d_.units, y.data<float>() + part.first * d_.units);
    const Dim last = state(part, trace, d_.steps);
    store_states(part, trace.h + last, final[0]);
    if (states_ > 1) store_states(part, trace.c + last, final[1]);
  }

  void x_product(Dim rows, const float* x, Dim x_row, Dim block, float* z, Dim z_row) const {
    strip_product(rows, weights_.block_columns(), d_.inputs, x, x_row, 1, weights_.x_block(block),
                  weights_.block_columns(), z, z_row, false);
  }

  void store_output(const Part& part, const float* h, const bool* valid, Dim s, float* output, View y) const {
    if (!d_.sequences && valid == nullptr && s + 1 < d_.steps) return;
    for (Dim r = 0; r < part.rows; ++r) {
      const float* from = h + r * padded();
      if (valid != nullptr) {  // masked steps repeat the output before them, or zeros
        float* kept = output + r * d_.units;
        if (valid[r])
          std::copy_n(from, d_.units, kept);
        else if (d_.zero_masked)
          std::fill_n(kept, d_.units, 0.0f);
        from = kept;
      }
      const Dim row = part.first + r;
      if (d_.sequences)
        std::copy_n(from, d_.units, y.data<float>() + (row * d_.steps + s) * d_.units);
      else if (valid == nullptr)
        std::copy_n(from, d_.units, y.data<float>() + row * d_.units);
    }
  }

  /// Gradients that travel back: of the states, of outputs that masked steps repeated, of one step's outputs.
  struct Carry {
    float *dh, *dc, *repeated, *dy;
  };
  /// Gradients of the products of several steps; rows lie a little apart from powers of two, so that they
  /// do not fall on the same sets of the cache.
  struct Products {
    float *x, *h;
    Dim row;
  };

  void backward_part(Part& part, const RnnInputs& in, const float* saved, ConstView dy,
                     const std::array<ConstView, 2>& dfinal, const RnnGradients& to) const {
    const Trace trace = trace_at(part, const_cast<float*>(saved));
    const Dim rows = part.rows, all = weights_.columns(), states = rows * padded();
    float* memory = part.memory.carry.get<float>(4 * states);
    const Carry carry{memory, memory + states, memory + 2 * states, memory + 3 * states};
    load_states(part, dfinal[0], carry.dh);
    load_states(part, dfinal[1], carry.dc);
    load_states(part, d_.sequences ? ConstView() : dy, carry.repeated);
    std::fill_n(carry.dy, states, 0.0f);

    const Gradients sums = gradients_of(part);
    std::fill_n(sums.bias, weights_.blocks() * GateBlock::columns, 0.0f);
    const Dim chunk = std::clamp<Dim>(96 / rows, 1, d_.steps);
    Products dz;
    dz.row = all + 16;
    dz.x = part.memory.dz.get<float>(2 * chunk * rows * dz.row);
    dz.h = d_.cell == CellKind::gru ? dz.x + chunk * rows * dz.row : dz.x;
    bool first = true;
    for (Dim end = d_.steps; end > 0;) {
      const Dim begin = std::max<Dim>(end - chunk, 0);
      for (Dim s = end; s-- > begin;) {
        const Dim offset = (s - begin) * rows * dz.row;
        step_back(part, in, trace, s, dy, carry, {dz.x + offset, dz.h + offset, dz.row}, sums, to);
      }
      const Dim n = (end - begin) * rows;
      if (to.kernel)
        add_products(d_.inputs, n, gather_x(part, in, begin, end - begin), d_.inputs, dz.x, dz.row, sums.x,
                     !first);
      if (to.recurrent_kernel)
        add_products(d_.units, n, trace.h + state(part, trace, begin), padded(), dz.h, dz.row, sums.h,
                     !first);
      first = false;
      end = begin;
    }
    store_states(part, carry.dh, to.initial[0]);
    store_states(part, carry.dc, to.initial[1]);
  }

  /// sums (width, columns) (+)= a^T dz over n rows.
  void add_products(Dim width, Dim n, const float* a, Dim a_row, const float* dz, Dim dz_row, float* sums,
                    bool accumulate) const {
    const Dim all = weights_.columns();
    for (Dim j = 0; j < all; j += Panels::width)
      strip_product(width, Panels::row(all, j), n, a, 1, a_row, dz + j, dz_row, sums + j, all, accumulate);
  }

  void step_back(Part& part, const RnnInputs& in, const Trace& trace, Dim s, ConstView dy, const Carry& carry,
                 const Products& dz, const Gradients& sums, const RnnGradients& to) const {
    const Dim rows = part.rows, all = weights_.columns();
    const Dim before = state(part, trace, s), after = state(part, trace, s + 1);
    GateBackward step;
    step.rows = rows;
    step.valid = valid_rows(part, in, s);
    step.state_row = padded();
    step.gates_row = gate_columns();
    step.dzx_row = step.dzh_row = dz.row;
    Dim dy_row = 0;
    const float* dy_at = output_gradient(part, dy, step.valid, s, carry, dy_row);
    for (Dim b = 0; b < weights_.blocks(); ++b) {
      const Dim unit = b * GateBlock::units(d_.cell);
      step.h_before = trace.h + before + unit;
      step.c_before = trace.c + before + unit;
      step.h = trace.h + after + unit;
      step.c = trace.c + after + unit;
      step.gates = trace.gates + s * rows * gate_columns() + b * GateBlock::columns;
      step.dy = dy_at != nullptr ? dy_at + unit : nullptr;
      step.dy_row = dy_row;
      step.dh = carry.dh + unit;
      step.dc = carry.dc + unit;
      step.dzx = dz.x + b * weights_.block_columns();
      step.dzh = dz.h + b * weights_.block_columns();
      step.dbias = sums.bias + b * GateBlock::columns;
      gates_.backward(step, d_.activation.spec.kind, d_.recurrent_activation.spec.kind);
    }
    if (s > 0 || to.initial[0])
      for (Dim j = 0; j < Panels::padded(d_.units); j += Panels::width)
        strip_product(rows, Panels::row(Panels::padded(d_.units), j), all, dz.h, dz.row, 1,
                      weights_.h_transposed() + Panels::offset(all, j),
                      Panels::row(Panels::padded(d_.units), j), carry.dh + j, padded(), true);
    if (to.dx) input_gradient(part, in, s, dz, to.dx);
  }

  /// The gradient of step s's output, with what later masked steps repeated of it; null: none.
  const float* output_gradient(const Part& part, ConstView dy, const bool* valid, Dim s, const Carry& carry,
                               Dim& row) const {
    if (valid == nullptr && d_.sequences && d_.units == padded()) {
      row = d_.steps * d_.units;
      return dy ? dy.data<float>() + (part.first * d_.steps + s) * d_.units : nullptr;
    }
    row = padded();
    if (valid == nullptr && !d_.sequences) return s + 1 == d_.steps ? carry.repeated : nullptr;
    for (Dim r = 0; r < part.rows; ++r) {
      float *now = carry.dy + r * padded(), *repeated = carry.repeated + r * padded();
      const float* from =
          d_.sequences && dy ? dy.data<float>() + ((part.first + r) * d_.steps + s) * d_.units : nullptr;
      const bool keeps = valid != nullptr && !valid[r] && !d_.zero_masked;
      for (Dim u = 0; u < d_.units; ++u) {
        now[u] = repeated[u] + (from != nullptr ? from[u] : 0.0f);
        repeated[u] = keeps ? now[u] : 0.0f;
      }
    }
    return carry.dy;
  }

  void input_gradient(Part& part, const RnnInputs& in, Dim s, const Products& dz, View dx) const {
    const Dim all = weights_.columns(), width = Panels::padded(d_.inputs), rows = part.rows;
    const bool direct = width == d_.inputs;
    float* target = dx.data<float>() + (part.first * d_.steps + time(s)) * d_.inputs;
    float* to = direct ? target : part.memory.products.get<float>(rows * width);
    const Dim to_row = direct ? d_.steps * d_.inputs : width;
    panel_product(rows, width, all, dz.x, dz.row, 1, weights_.x_transposed(), to, to_row, false);
    if (direct && d_.input_masks == 0) return;
    for (Dim r = 0; r < rows; ++r) {
      float* out = target + r * d_.steps * d_.inputs;
      if (!direct) std::copy_n(to + r * width, d_.inputs, out);
      if (d_.input_masks == 0) continue;
      const float* factors = in.input_dropout.data<float>() + (part.first + r) * d_.inputs;
      for (Dim i = 0; i < d_.inputs; ++i) out[i] *= factors[i];
    }
  }

  RnnDesc d_;
  RnnWeights weights_;
  Gates gates_;
  Dim states_, saved_size_ = 0;
  std::vector<Part> parts_;
  bool packed_ = false, packed_back_ = false;
};

}  // namespace

std::unique_ptr<RnnKernel> make_rnn(const RnnDesc& desc) {
  const auto plain = [](const CellActivation& f) { return !f.custom() && has_gates(f.spec); };
  const bool known =
      plain(desc.activation) && (desc.cell == CellKind::simple || plain(desc.recurrent_activation));
  if (!known || desc.options.dtype != DType::float32 || desc.input_masks > 1 || desc.recurrent_masks > 0)
    return nullptr;
  if (desc.cell == CellKind::gru && !desc.reset_after) return nullptr;
  if (desc.batch <= 0 || desc.steps <= 0 || desc.inputs <= 0) return nullptr;
  return std::make_unique<PackedRnn>(desc);
}

}  // namespace rhyton::vector
