#include "nn/graph/passes/conv_operation.hpp"

#include <cmath>

#include "nn/graph/passes/operations.hpp"
#include "nn/kernels/scratch.hpp"
#include "nn/ops/conv_op.hpp"

namespace rhyton::detail {

namespace {

/// The convolution's weights with the normalization's scale and shift worked in; made again when weights
/// have changed.
class FoldedWeights final : public Kernel {
 public:
  Tensor bias, scale, kept;
  View kernel;  ///< in `kept`, or where it was for one call, if the convolution has a copy of its own
  bool stale = true;
};

template <class T>
void fold(const StepContext& c, const ConvOperation& op, FoldedWeights& out) {
  const BatchNormTraits& n = *op.norm;
  auto weight = [&](int id) { return id < 0 ? nullptr : c.weight(op.first_norm_weight + id).data<T>(); };
  const T *gamma = weight(n.gamma), *beta = weight(n.beta), *mean = weight(n.mean),
          *variance = weight(n.variance);
  const ConstView w = c.weight(op.conv.kernel);
  const T* bias = op.conv.bias < 0 ? nullptr : c.weight(op.conv.bias).data<T>();
  const auto filters = static_cast<std::size_t>(op.conv.desc.filters);
  T* scale = out.scale.data<T>();
  for (std::size_t f = 0; f < filters; ++f) {
    scale[f] = (gamma ? gamma[f] : T(1)) / std::sqrt(variance[f] + static_cast<T>(n.epsilon));
    out.bias.data<T>()[f] = ((bias ? bias[f] : T(0)) - mean[f]) * scale[f] + (beta ? beta[f] : T(0));
  }
  // The last axis (depthwise: the last two) counts the filters.
  const T* from = w.data<T>();
  T* to = out.kernel.data<T>();
  const auto rows = static_cast<std::size_t>(w.size()) / filters;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t f = 0; f < filters; ++f) to[r * filters + f] = from[r * filters + f] * scale[f];
}

}  // namespace

ConvOperation* as_conv(Program& program, int s) {
  Step& step = program.steps[static_cast<std::size_t>(s)];
  if (const auto* op = dynamic_cast<const ConvOperation*>(step.op.get()))
    return const_cast<ConvOperation*>(op);
  const Traits traits = program.traits(s);
  const auto* conv = std::get_if<ConvTraits>(&traits);
  if (!conv) return nullptr;
  step.frozen = is_frozen(step);
  auto op = std::make_shared<ConvOperation>(*conv);
  auto* raw = op.get();
  step.op = std::move(op);
  return raw;
}

bool is_conv(const Program& program, int s) {
  const Step& step = program.steps[static_cast<std::size_t>(s)];
  if (dynamic_cast<const ConvOperation*>(step.op.get())) return true;
  return std::holds_alternative<ConvTraits>(program.traits(s));
}

ConvOperation conv_at(const Program& program, int s) {
  const Step& step = program.steps[static_cast<std::size_t>(s)];
  if (const auto* op = dynamic_cast<const ConvOperation*>(step.op.get())) return *op;
  return ConvOperation(std::get<ConvTraits>(program.traits(s)));
}

ConvOperation::ConvOperation(const ConvTraits& traits) : conv(traits), activation(traits.desc.activation) {
  conv.desc.activation = {};
}

std::vector<TensorSpec> ConvOperation::compute_output_spec(const CallSpec& spec) const {
  Shape y{conv.desc.batch};
  if (conv.desc.channels_first) y.push_back(conv.desc.filters);
  for (int i = 0; i < conv.desc.rank; ++i) y.push_back(conv.desc.out[static_cast<std::size_t>(i)]);
  if (!conv.desc.channels_first) y.push_back(conv.desc.filters);
  return {{y, spec.inputs[0].dtype}};
}

ConvDesc ConvOperation::planned(const Prepare& p) const {
  ConvDesc planned = conv.desc;
  planned.bias = conv.bias >= 0 || norm;
  planned.options = p.options();
  planned.activation = ops::Activated(activation).fused(p.wants_gradient());
  return planned;
}

void ConvOperation::keep_folded(Prepare& p) const {
  if (!norm) return;
  auto folded = std::make_unique<FoldedWeights>();
  folded->bias = Tensor({conv.desc.filters}, p.options().dtype);
  folded->scale = Tensor({conv.desc.filters}, p.options().dtype);
  p.keep(std::move(folded));
}

std::pair<ConstView, ConstView> ConvOperation::weights(const StepContext& c) const {
  if (!norm) return {c.weight(conv.kernel), c.weight(conv.bias)};
  auto& folded = c.kernel<FoldedWeights>(1);
  if (folded.stale) {
    folded.stale = false;
    const Shape& shape = c.weight(conv.kernel).shape();
    dispatch_real(folded.bias.dtype(), [&]<class T>(T) {
      if (c.kernel<Kernel>().keeps_weights()) {
        folded.kernel = View(shared_scratch<FoldedWeights>().get<T>(shape.size()), shape, dtype_of<T>);
      } else if (!folded.kernel) {
        folded.kept = Tensor(shape, dtype_of<T>);
        folded.kernel = folded.kept.view();
      }
      fold<T>(c, *this, folded);
    });
  }
  return {folded.kernel, folded.bias};
}

void ConvOperation::prepare(Prepare& p) const {
  p.keep(make_conv(planned(p)));
  keep_folded(p);
  ops::Activated(activation).prepare(p, true);
}

void ConvOperation::weights_changed(Call& c) const {
  if (norm) c.kernel<FoldedWeights>(1).stale = true;
}

void ConvOperation::call(Call& c) const {
  const ops::Activated activated(activation);
  const auto [w, b] = weights(c);
  c.kernel<ConvKernel>().forward(c.input(), w, b, conv.desc.add ? c.input(1) : ConstView(),
                                 activated.target(c));
  activated.finish(c);
}

void ConvOperation::backward(Backward& b) const {
  const ConstView dz = ops::Activated(activation).dz(b);
  b.kernel<ConvKernel>().backward(b.input(), b.weight(conv.kernel), dz, b.dx(), b.gradient(conv.kernel),
                                  b.gradient(conv.bias));
}

double ConvOperation::flops(const CallSpec&, const std::vector<TensorSpec>&) const {
  return ops::conv_flops(conv.desc);
}

}  // namespace rhyton::detail
