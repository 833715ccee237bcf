#include "nn/ops/plain_attention.hpp"

#include <array>

#include "nn/kernels/lane_sum.hpp"
#include "nn/kernels/random_mask.hpp"
#include "nn/ops/scratch.hpp"
#include "nn/raise.hpp"
#include "nn/rng.hpp"

namespace rhyton::ops {

namespace {

bool returns_scores(const CallSpec& spec) { return spec.flag("return_attention_scores").value_or(false); }

/// Positional inputs: query, value, key.
struct Inputs {
  explicit Inputs(const CallSpec& spec) {
    int count = 0;
    for (std::size_t i = 0; i < spec.inputs.size(); ++i)
      if (i >= spec.roles.size() || spec.roles[i].empty()) ++count;
    key = count > 2 ? 2 : 1;
    const Shape &q = spec.shape(0), &v = spec.shape(1);
    batch = q.slice(0, -2);
    queries = q[-2];
    keys = v[-2];
    key_dim = q[-1];
    value_dim = v[-1];
  }
  int key = 1;
  Shape batch;
  Dim queries = 0, keys = 0, key_dim = 0, value_dim = 0;
};

template <class T>
void scaled(ConstView x, T factor, View y) {
  for (Dim i = 0; i < x.size(); ++i) y.data<T>()[i] = factor * x.data<T>()[i];
}

template <class T>
double dot(ConstView a, ConstView b) {
  return static_cast<double>(simd::sum_of<T>(
      a.size(), [](const auto& x, const auto& y) { return x * y; }, a.data<T>(), b.data<T>()));
}

/// Rows of x whose query is masked, as zeros.
void mask_rows(ConstView x, ConstView mask, const Inputs& in, View y) {
  AttentionMask m = query_mask(mask.shape(), in.batch, in.queries);
  m.data = mask.data<bool>();
  const Dim n = x.shape().back();
  dispatch_real(y.dtype(), [&]<class T>(T) {
    for (Dim b = 0, row = 0; b < in.batch.size(); ++b)
      for (Dim t = 0; t < in.queries; ++t, ++row) {
        const bool kept = m.data[b / m.per_batch * m.batch + t * m.query];
        for (Dim i = row * n; i < (row + 1) * n; ++i) y.data<T>()[i] = kept ? x.data<T>()[i] : T(0);
      }
  });
}

/// x where kept, scaled up; zeros elsewhere.
void drop(ConstView x, ConstView kept, double rate, View y) {
  dispatch_real(y.dtype(), [&]<class T>(T) {
    const T factor = rate < 1.0 ? static_cast<T>(1.0 / (1.0 - rate)) : T(0);
    for (Dim i = 0; i < x.size(); ++i) y.data<T>()[i] = kept.data<bool>()[i] ? x.data<T>()[i] * factor : T(0);
  });
}

AttentionDesc describe(const Inputs& in, const PlainAttention& a, const CallSpec& spec) {
  AttentionDesc d;
  d.batch = in.batch.size();
  d.queries = in.queries;
  d.keys = in.keys;
  d.key_dim = in.key_dim;
  d.value_dim = in.value_dim;
  d.additive = a.additive;
  d.causal = spec.flag("use_causal_mask").value_or(false);
  d.masked = MaskedScores::subtract;
  d.keep_scale = a.dropout < 1.0 ? 1.0 / (1.0 - a.dropout) : 0.0;
  return d;
}

/// q, k, v, weights and masks as the kernel takes them.
struct Operands {
  Operands(const StepContext& c, const PlainAttention& a, const Inputs& in, Pieces& pieces) {
    inputs.q = c.input(0);
    inputs.k = c.input(in.key);
    inputs.v = c.input(1);
    dispatch_real(c.real(), [&]<class T>(T) {
      if (const ConstView s = c.weight(a.scale)) {
        scale = static_cast<double>(s.data<T>()[0]);
        const View q = pieces.take(inputs.q.shape(), c.real());
        scaled<T>(inputs.q, s.data<T>()[0], q);
        inputs.q = q;
        if (a.additive) {
          const View k = pieces.take(inputs.k.shape(), c.real());
          scaled<T>(inputs.k, s.data<T>()[0], k);
          inputs.k = k;
        }
      }
      if (!a.additive) return;
      inputs.weights = c.weight(a.weights);
      if (inputs.weights && inputs.weights.size() == in.key_dim) return;
      const T value = inputs.weights ? inputs.weights.data<T>()[0] : T(1);
      const View all = pieces.take({in.key_dim}, c.real());
      fill(all, static_cast<double>(value));
      inputs.weights = all;
    });
    if (const ConstView keys = c.mask(1)) {
      mask = key_mask(keys.shape(), in.batch, in.keys);
      mask.data = keys.data<bool>();
      inputs.masks = std::span(&mask, 1);
    }
  }
  Operands(const Operands&) = delete;
  Operands& operator=(const Operands&) = delete;

  AttentionInputs inputs;
  AttentionMask mask;
  double scale = 1.0;
};

}  // namespace

void check_plain_attention(const Layer& layer, const Shapes& shapes) {
  const auto fail = [&](const std::string& text) {
    raise<ValueError>("{}: {} Received: input shapes {}.", layer.label(), text, to_string(shapes));
  };
  if (shapes.size() < 2 || shapes.size() > 3) fail("is called on [query, value] or [query, value, key].");
  const Shape &q = shapes[0], &v = shapes[1], &k = shapes.back();
  if (q.rank() < 3 || v.rank() != q.rank() || k.rank() != q.rank())
    fail("expected (batch..., sequence, features) with one number of dimensions for all inputs.");
  if (!q.slice(0, -2).compatible(v.slice(0, -2)) || !q.slice(0, -2).compatible(k.slice(0, -2)))
    fail("the inputs must have the same batch.");
  if (!Shape{v[-2]}.compatible(Shape{k[-2]})) fail("value and key must be equally long.");
  if (!Shape{q[-1]}.compatible(Shape{k[-1]})) fail("query and key must have the same number of features.");
}

std::vector<TensorSpec> plain_attention_spec(const Layer& layer, const CallSpec& spec) {
  check_plain_attention(layer, spec.shapes());
  TensorSpec y = spec.inputs[0];
  if (!is_floating(y.dtype)) y.dtype = DType::float32;
  TensorSpec scores = y;
  y.shape[-1] = spec.shape(1)[-1];
  if (!returns_scores(spec)) return {y};
  scores.shape[-1] = spec.shape(1)[-2];
  return {y, scores};
}

// Saved: the probabilities (unless they are an output as they are), then which of them dropout keeps.
void prepare_plain_attention(Prepare& p, const PlainAttention& a) {
  const Inputs in(p.spec());
  AttentionDesc d = describe(in, a, p.spec());
  d.options = p.options();
  p.keep(make_attention(d));
  const DType real = p.input().dtype;
  const Shape scores{d.batch, Dim{1}, d.queries, d.keys};
  const bool drops = p.training() && a.dropout > 0.0, returned = returns_scores(p.spec());
  if (drops || !returned) p.save(scores, real);
  if (drops) p.save(scores, DType::boolean);
  p.backward_reads(true, returned);
  std::size_t bytes = 0;
  const auto add = [&](Dim count) { bytes += padded(count, real); };
  if (a.scale >= 0) add(p.input(0).shape.size());
  if (a.scale >= 0 && a.additive) add(p.input(in.key).shape.size());
  if (a.additive) add(in.key_dim);
  if (p.wants_gradient()) {
    if (p.has_input_mask(0)) add(p.output().shape.size());
    if (a.scale >= 0) add(p.input(0).shape.size());
    add(p.input(in.key).shape.size());
    if (a.additive) add(in.key_dim);
    if (drops && returned) add(scores.size());
  } else if (drops) {
    add(scores.size());
  }
  if (bytes > 0) p.scratch(bytes);
}

void call_plain_attention(Call& c, const PlainAttention& a) {
  const Inputs in(c.spec());
  Pieces pieces(c.scratch());
  Operands operands(c, a, in, pieces);
  const bool returned = returns_scores(c.spec()), drops = c.training() && a.dropout > 0.0;
  if (drops) {
    const Shape shape{in.batch.size(), Dim{1}, in.queries, in.keys};
    const View kept = c.wants_gradient() ? c.saved(1) : pieces.take(shape, DType::boolean);
    Rng rng = c.rng();
    draw_keep(rng, a.dropout, kept);
    operands.inputs.keep = kept;
  }
  View probabilities;
  if (returned) probabilities = c.output(1);
  if (c.wants_gradient() && (drops || !returned)) probabilities = c.saved(0);
  c.kernel<AttentionKernel>().forward(operands.inputs, probabilities, c.output());
  // Keras returns the scores as dropout leaves them.
  if (drops && returned) drop(probabilities, operands.inputs.keep, a.dropout, c.output(1));
  if (const ConstView mask = c.mask(0)) mask_rows(c.output(), mask, in, c.output());
}

void backward_plain_attention(Backward& b, const PlainAttention& a) {
  const Inputs in(b.spec());
  Pieces pieces(b.scratch());
  Operands operands(b, a, in, pieces);
  const bool returned = returns_scores(b.spec()), drops = b.training() && a.dropout > 0.0;
  ConstView dy = b.dy(), dscores = returned ? b.dy(1) : ConstView();
  if (drops) operands.inputs.keep = b.saved(1);
  if (drops && returned) {
    const View undropped = pieces.take(dscores.shape(), dscores.dtype());
    drop(dscores, operands.inputs.keep, a.dropout, undropped);
    dscores = undropped;
  }
  if (const ConstView mask = b.mask(0)) {
    const View masked = pieces.take(dy.shape(), dy.dtype());
    mask_rows(dy, mask, in, masked);
    dy = masked;
  }
  const ConstView q = b.input(0), k = b.input(in.key);
  // Gradients with respect to scaled operands, and of a key that is also the value, are formed aside.
  AttentionGradients out;
  out.dq = a.scale >= 0 ? pieces.take(q.shape(), q.dtype()) : b.dx(0);
  out.dk = a.scale >= 0 || in.key == 1 ? pieces.take(k.shape(), k.dtype()) : b.dx(2);
  out.dv = b.dx(1);
  const GradTarget dweights = b.gradient(a.weights);
  const bool one_weight = dweights && dweights.view.size() != in.key_dim;
  if (one_weight)
    out.dweights = {pieces.take({in.key_dim}, q.dtype())};
  else
    out.dweights = dweights;
  const ConstView probabilities = drops || !returned ? ConstView(b.saved(0)) : b.output(1);
  b.kernel<AttentionKernel>().backward(operands.inputs, probabilities, dy, dscores, out);

  dispatch_real(b.real(), [&]<class T>(T) {
    const T scale = static_cast<T>(operands.scale);
    if (const View d = b.dw(a.scale))
      d.data<T>()[0] += static_cast<T>(dot<T>(q, out.dq) + (a.additive ? dot<T>(k, out.dk) : 0.0));
    if (a.scale >= 0 && b.dx(0)) scaled<T>(out.dq, scale, b.dx(0));
    const View dk = b.dx(in.key);
    if (dk && dk.raw() != out.dk.raw()) {
      const T factor = a.additive ? scale : T(1);
      for (Dim i = 0; i < dk.size(); ++i) {
        const T term = factor * out.dk.data<T>()[i];
        dk.data<T>()[i] = in.key == 1 ? dk.data<T>()[i] + term : term;
      }
    }
    if (!one_weight) return;
    const View d = b.dw(a.weights);
    for (Dim j = 0; j < in.key_dim; ++j) d.data<T>()[0] += out.dweights.view.data<T>()[j];
  });
}

}  // namespace rhyton::ops
