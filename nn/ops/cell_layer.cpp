#include "nn/ops/cell_layer.hpp"

#include "nn/ops/recurrent_op.hpp"
#include "nn/raise.hpp"

namespace rhyton {

const RecurrentCell& as_cell(const Layer& owner, const LayerRef& layer) {
  if (!layer) throw ValueError(owner.label() + ": the argument `cell` is missing; give a recurrent cell.");
  const auto* cell = dynamic_cast<const RecurrentCell*>(&*layer);
  if (!cell)
    raise<ValueError>(
        "{}: expected a recurrent cell (LSTMCell, GRUCell, SimpleRNNCell, or a class that "
        "derives from RecurrentCell). Received: cell={}.",
        owner.label(), layer->class_name());
  return *cell;
}

namespace ops {

namespace {

class ForgetBias final : public InitializerBase {
 public:
  ForgetBias(Initializer base, Dim units) : base_(std::move(base)), units_(units) {}
  std::string class_name() const override { return "ForgetBias"; }
  void write_config(ConfigWriter&) const override {}
  void operator()(View out, Rng& rng) const override {
    const auto part = [&](Dim first, Dim count) {
      const std::size_t offset = static_cast<std::size_t>(first * units_) * size_of(out.dtype());
      return View(static_cast<char*>(out.raw()) + offset, {count * units_}, out.dtype());
    };
    fill(out, 0.0);
    if (base_) {
      (*base_)(part(0, 1), rng);
      (*base_)(part(2, 2), rng);
    }
    fill(part(1, 1), 1.0);
  }

 private:
  Initializer base_;
  Dim units_;
};

}  // namespace

Initializer forget_bias(const Initializer& base, Dim units) {
  return Initializer(std::make_shared<ForgetBias>(base, units));
}

void check_cell(const Layer& owner, std::int64_t units, double dropout, double recurrent_dropout) {
  owner.expect_positive("units", units);
  for (const auto& [name, rate] : {std::pair("dropout", dropout), {"recurrent_dropout", recurrent_dropout}})
    if (!(rate >= 0.0 && rate <= 1.0))
      raise<ValueError>("{}: `{}` must be between 0 and 1. Received: {}={}.", owner.label(), name, name,
                        rate);
}

std::string CellLayer::class_name() const {
  switch (arguments_.cell.kind) {
    case CellKind::simple:
      return "SimpleRNNCell";
    case CellKind::gru:
      return "GRUCell";
    default:
      return "LSTMCell";
  }
}

std::vector<Dim> CellLayer::state_size() const {
  return std::vector<Dim>(static_cast<std::size_t>(state_count(arguments_.cell.kind)), arguments_.cell.units);
}

void CellLayer::build(const CallSpec& spec) {
  const CellArguments& a = arguments_;
  const Shape& x = spec.shape();
  if (x.rank() != 2)
    fail("expected an input of 2 dimensions (batch, features). Received shape: {}.", to_string(x));
  const Dim in = known_axis({x}, -1), width = gate_count(a.cell.kind) * a.cell.units;
  arguments_.cell.kernel =
      add_weight("kernel", {in, width}, {a.kernel_initializer, a.kernel_regularizer, a.kernel_constraint});
  arguments_.cell.recurrent_kernel =
      add_weight("recurrent_kernel", {a.cell.units, width},
                 {a.recurrent_initializer, a.recurrent_regularizer, a.recurrent_constraint});
  if (!a.use_bias) return;
  const bool two = a.cell.kind == CellKind::gru && a.cell.reset_after;
  arguments_.cell.bias =
      add_weight("bias", two ? Shape{2, width} : Shape{width},
                 {a.unit_forget_bias ? forget_bias(a.bias_initializer, a.cell.units) : a.bias_initializer,
                  a.bias_regularizer, a.bias_constraint});
}

std::vector<TensorSpec> CellLayer::compute_output_spec(const CallSpec& spec) const {
  const Shape& x = spec.shape();
  const auto states = state_inputs(spec);
  if (x.rank() != 2)
    fail("expected an input of 2 dimensions (batch, features). Received shape: {}.", to_string(x));
  if (built()) expect_axis({x}, -1, own_weights()[0]->value.shape()[0]);
  const Shape state{x[0], arguments_.cell.units};
  if (states.size() != state_size().size())
    fail("expected {} states. Received {}.", state_size().size(), states.size());
  for (int i : states)
    if (!spec.shape(i).compatible(state))
      fail("expected states of shape {}. Received shape: {}.", to_string(state), to_string(spec.shape(i)));
  const DType dtype = is_floating(spec.inputs[0].dtype) ? spec.inputs[0].dtype : DType::float32;
  return std::vector<TensorSpec>(1 + states.size(), TensorSpec{state, dtype});
}

namespace {
RecurrentCall one_step(const FusedCell& cell) {
  RecurrentCall call{cell};
  call.options.return_state = true;
  call.time = false;
  return call;
}
}  // namespace

void CellLayer::prepare(Prepare& p) const { prepare_recurrent(p, one_step(arguments_.cell)); }
void CellLayer::call(Call& c) const { call_recurrent(c, one_step(arguments_.cell)); }
void CellLayer::backward(Backward& b) const { backward_recurrent(b, one_step(arguments_.cell)); }
double CellLayer::flops(const CallSpec& spec, const std::vector<TensorSpec>&) const {
  return recurrent_flops(spec, one_step(arguments_.cell));
}

}  // namespace ops
}  // namespace rhyton
