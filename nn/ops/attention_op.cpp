#include "nn/ops/attention_op.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nn/kernels/box.hpp"
#include "nn/kernels/random_mask.hpp"
#include "nn/ops/scratch.hpp"
#include "nn/raise.hpp"
#include "nn/rng.hpp"

namespace rhyton::ops {

namespace {

constexpr std::size_t max_masks = std::size(mask_roles);

/// The axes of q, k and v in the order that the kernel wants: batch, attended, heads, features.
struct Layout {
  Layout(const AttentionOptions& o, const Shape& q, const Shape& k) {
    const int last = q.rank() - 2;
    for (int i = 0; i < last; ++i)
      if (std::find(o.axes.begin(), o.axes.end(), i) == o.axes.end()) {
        forward.push_back(i);
        batch.push_back(q[i]);
      }
    for (Dim axis : o.axes) {
      forward.push_back(axis);
      queries.push_back(q[static_cast<int>(axis)]);
      keys.push_back(k[static_cast<int>(axis)]);
    }
    forward.push_back(last);
    forward.push_back(last + 1);
    back = forward;
    for (int i = 0; i < q.rank(); ++i) {
      back[static_cast<int>(forward[i])] = i;
      plain = plain && forward[i] == i;
    }
  }
  Shape ordered(const Shape& x) const {
    Shape out;
    for (Dim axis : forward) out.push_back(x[static_cast<int>(axis)]);
    return out;
  }

  Shape batch, queries, keys, forward, back;
  bool plain = true;
};

/// Scratch memory for operands in the kernel's order.
class OrderedPieces : public Pieces {
 public:
  using Pieces::Pieces;
  /// x with its axes in the kernel's order.
  ConstView ordered(ConstView x, const Layout& layout) {
    if (layout.plain) return x;
    const View to = take(layout.ordered(x.shape()), x.dtype());
    transpose(x, layout.forward, to);
    return to;
  }
  /// Room for a tensor that is computed in the kernel's order.
  View room(View x, const Layout& layout) {
    return layout.plain || !x ? x : take(layout.ordered(x.shape()), x.dtype());
  }
};

/// Whether query, key and value belong together: one batch, and a value for each key.
bool fit(const AttentionOptions& o, const Shape& q, const Shape& k, const Shape& v) {
  const auto differ = [](Dim a, Dim b) { return a >= 0 && b >= 0 && a != b; };
  if (q.rank() != k.rank() || k.rank() != v.rank() || q.rank() < 3 || differ(q[-1], k[-1])) return false;
  for (int i = 0; i + 1 < q.rank(); ++i) {
    const bool own = i + 2 == q.rank() || std::find(o.axes.begin(), o.axes.end(), i) != o.axes.end();
    if (differ(k[i], v[i]) || (!own && differ(q[i], k[i]))) return false;
  }
  return true;
}

AttentionDesc describe(const AttentionOptions& o, const Layout& l, const CallSpec& spec) {
  const Shape &q = spec.shape(0), &k = spec.shape(1), &v = spec.shape(2);
  AttentionDesc d;
  d.batch = l.batch.size();
  d.heads = q[-2];
  d.groups = k[-2];
  d.queries = l.queries.size();
  d.keys = l.keys.size();
  d.key_dim = q[-1];
  d.value_dim = v[-1];
  d.scale = o.scale;
  d.additive = o.additive;
  d.causal = spec.flag("use_causal_mask").value_or(false);
  d.window = o.window;
  d.masked = o.masked;
  d.keep_scale = o.dropout < 1.0 ? 1.0 / (1.0 - o.dropout) : 0.0;
  return d;
}

bool returns_scores(const CallSpec& spec) { return spec.flag("return_attention_scores").value_or(false); }

/// Masks by role, with their memory if `context` is given.
std::size_t collect_masks(const CallSpec& spec, const Layout& l, const StepContext* context,
                          std::array<AttentionMask, max_masks>& masks) {
  std::size_t count = 0;
  for (std::size_t r = 0; r < max_masks; ++r) {
    const int i = spec.find(mask_roles[r]);
    if (i < 0) continue;
    const Shape& shape = spec.shape(i);
    AttentionMask& mask = masks[count++];
    if (r == 0)
      mask = query_mask(shape, l.batch, l.queries.size());
    else if (r < 3)
      mask = key_mask(shape, l.batch, l.keys.size());
    else
      mask = pair_mask(shape, l.batch, spec.shape(0)[-2], l.queries, l.keys);
    if (context) mask.data = context->input(i).data<bool>();
  }
  return count;
}

[[noreturn]] void refuse(const char* what, const Shape& mask, const std::string& expected) {
  raise<ValueError>("{} does not fit the attention scores: expected {}. Received a mask of shape {}.", what,
                    expected, to_string(mask));
}

/// How rows of a mask with `leading` axes meet the batch: by itself, in front of axes that it lacks, or all
/// alike.
void meet_batch(AttentionMask& mask, const Shape& leading, const Shape& batch, Dim row, const char* what,
                const Shape& whole) {
  int given = leading.rank();
  while (given > 0 && leading[given - 1] == 1) --given;
  if (given > batch.rank() || !(leading.slice(0, given) == batch.slice(0, given)))
    refuse(what, whole, fmt::format("leading axes of sizes {} or 1", to_string(batch)));
  if (given == 0) return;
  mask.batch = row;
  mask.per_batch = std::max<Dim>(batch.product(given, batch.rank()), 1);
}

}  // namespace

AttentionMask query_mask(const Shape& mask, const Shape& batch, Dim queries) {
  AttentionMask out;
  int first = mask.rank();
  while (first > 0 && mask.product(first, mask.rank()) < queries) --first;
  if (mask.product(first, mask.rank()) != queries)
    refuse("the query's mask", mask, std::to_string(queries) + " queries");
  out.query = 1;
  meet_batch(out, mask.slice(0, first), batch, queries, "the query's mask", mask);
  return out;
}

AttentionMask key_mask(const Shape& mask, const Shape& batch, Dim keys) {
  AttentionMask out = query_mask(mask, batch, keys);
  std::swap(out.query, out.key);
  return out;
}

AttentionMask pair_mask(const Shape& mask, const Shape& batch, Dim heads, const Shape& queries,
                        const Shape& keys) {
  constexpr const char* what = "`attention_mask`";
  const int n = queries.rank();
  if (mask.rank() < 2 * n || mask.rank() > batch.rank() + 1 + 2 * n)
    refuse(what, mask, "(batch, queries, keys) or (batch, heads, queries, keys)");
  const Shape pairs = mask.from(mask.rank() - 2 * n);
  Shape leading = mask.slice(0, mask.rank() - 2 * n);
  AttentionMask out;
  Dim row = 1;
  // From the last axis to the first: all keys or one for all, all queries or one for all.
  const auto meet = [&](const Shape& sizes, const Shape& found, Dim& stride) {
    if (found == sizes)
      stride = row;
    else if (found.size() != 1)
      refuse(what, mask, fmt::format("sizes {} or 1", to_string(sizes)));
    row *= found.size();
  };
  meet(keys, pairs.from(n), out.key);
  meet(queries, pairs.slice(0, n), out.query);
  if (leading.rank() == batch.rank() + 1) {
    meet({heads}, {leading.back()}, out.head);
    leading = leading.slice(0, batch.rank());
  }
  meet_batch(out, leading, batch, row, what, mask);
  return out;
}

std::vector<TensorSpec> AttentionCore::compute_output_spec(const CallSpec& spec) const {
  const Shape &q = spec.shape(0), &k = spec.shape(1);
  if (const Shape& v = spec.shape(2); !fit(o_, q, k, v))
    fail(
        "expected query, key and value of the same batch, and a value for each key. Received, "
        "with their heads, query {}, key {} and value {}.",
        to_string(q), to_string(k), to_string(v));
  TensorSpec y = spec.inputs[0];
  y.shape[-1] = spec.shape(2)[-1];
  if (!returns_scores(spec)) return {y};
  const Layout l(o_, q, k);
  Shape scores = l.batch;
  scores.push_back(q[-2]);
  return {y, {scores.concat(l.queries).concat(l.keys), y.dtype}};
}

// Saved: the probabilities (unless they are an output), then which of them dropout keeps.
void AttentionCore::prepare(Prepare& p) const {
  const Layout l(o_, p.input(0).shape, p.input(1).shape);
  AttentionDesc d = describe(o_, l, p.spec());
  d.options = p.options();
  std::array<AttentionMask, max_masks> masks;
  try {
    collect_masks(p.spec(), l, nullptr, masks);
  } catch (const ValueError& error) {
    raise<ValueError>("{}: {}", label(), error.what());
  }
  p.keep(make_attention(d));
  const DType real = p.input().dtype;
  const Shape scores{d.batch, d.heads, d.queries, d.keys};
  const bool drops = p.training() && o_.dropout > 0.0;
  if (!returns_scores(p.spec())) p.save(scores, real);
  if (drops) p.save(scores, DType::boolean);
  p.backward_reads(true, returns_scores(p.spec()));
  std::size_t bytes = 0;
  if (!l.plain) {
    for (int i = 0; i < 3; ++i) bytes += padded(p.input(i).shape.size(), real);
    bytes *= p.wants_gradient() ? 2 : 1;
    bytes += padded(p.output().shape.size(), real);
  }
  if (drops && !p.wants_gradient()) bytes += padded(scores.size(), DType::boolean);
  if (bytes > 0) p.scratch(bytes);
}

void AttentionCore::call(Call& c) const {
  const Layout l(o_, c.input(0).shape(), c.input(1).shape());
  std::array<AttentionMask, max_masks> masks;
  const std::size_t count = collect_masks(c.spec(), l, &c, masks);
  OrderedPieces pieces(c.scratch());
  AttentionInputs in;
  in.q = pieces.ordered(c.input(0), l);
  in.k = pieces.ordered(c.input(1), l);
  in.v = pieces.ordered(c.input(2), l);
  in.masks = std::span(masks.data(), count);
  const bool scores = returns_scores(c.spec());
  if (c.training() && o_.dropout > 0.0) {
    const Shape shape{l.batch.size(), c.input().shape()[-2], l.queries.size(), l.keys.size()};
    const View kept = c.wants_gradient() ? c.saved(scores ? 0 : 1) : pieces.take(shape, DType::boolean);
    Rng rng = c.rng();
    draw_keep(rng, o_.dropout, kept);
    in.keep = kept;
  }
  const View y = pieces.room(c.output(), l);
  const View probabilities = scores ? c.output(1) : c.wants_gradient() ? c.saved(0) : View();
  c.kernel<AttentionKernel>().forward(in, probabilities, y);
  if (!l.plain) transpose(y, l.back, c.output());
}

void AttentionCore::backward(Backward& b) const {
  const Layout l(o_, b.input(0).shape(), b.input(1).shape());
  std::array<AttentionMask, max_masks> masks;
  const std::size_t count = collect_masks(b.spec(), l, &b, masks);
  OrderedPieces pieces(b.scratch());
  AttentionInputs in;
  in.q = pieces.ordered(b.input(0), l);
  in.k = pieces.ordered(b.input(1), l);
  in.v = pieces.ordered(b.input(2), l);
  in.masks = std::span(masks.data(), count);
  const bool scores = returns_scores(b.spec());
  if (b.training() && o_.dropout > 0.0) in.keep = b.saved(scores ? 0 : 1);
  const ConstView dy = pieces.ordered(b.dy(), l);
  AttentionGradients out;
  out.dq = pieces.room(b.dx(0), l);
  out.dk = pieces.room(b.dx(1), l);
  out.dv = pieces.room(b.dx(2), l);
  b.kernel<AttentionKernel>().backward(in, scores ? b.output(1) : ConstView(b.saved(0)), dy,
                                       scores ? b.dy(1) : ConstView(), out);
  if (l.plain) return;
  int i = 0;
  for (const View& gradient : {out.dq, out.dk, out.dv}) {
    if (gradient) transpose(gradient, l.back, b.dx(i));
    ++i;
  }
}

double AttentionCore::flops(const CallSpec& spec, const std::vector<TensorSpec>&) const {
  const AttentionDesc d = describe(o_, Layout(o_, spec.shape(0), spec.shape(1)), spec);
  return 2.0 * static_cast<double>(d.batch * d.heads * d.queries) *
         static_cast<double>(d.keys * (d.key_dim + d.value_dim));
}

}  // namespace rhyton::ops
