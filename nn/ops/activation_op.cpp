#include "nn/ops/activation_op.hpp"

#include "nn/raise.hpp"

namespace rhyton::ops {

Shape activated_shape(const Layer& layer, const ActivationFn& f, const Shape& x) {
  Shape y = x;
  if (f.custom() || is_elementwise(f.spec().kind)) return y;
  const int axis = normalize_axis(f.spec().axis, x.rank(), layer.label());
  if (f.spec().kind == ActivationKind::glu && y[axis] >= 0) {
    if (y[axis] % 2 != 0)
      raise<ValueError>("{}: glu needs an even size along axis {}. Received shape: {}.", layer.label(), axis,
                        to_string(x));
    y[axis] /= 2;
  }
  return y;
}

void prepare_activation(Prepare& p, const ActivationFn& f) {
  if (f.is_linear()) {
    p.alias();
    return;
  }
  const bool from_output = !f.custom() && gradient_from_output(f.spec());
  p.backward_reads(!from_output, f.custom() || from_output);
  if (f.custom() || f.spec().kind == ActivationKind::glu) return;
  p.in_place();
  p.gradient_in_place();
}

void call_activation(Call& c, const ActivationFn& f) { f.forward(c.input(), c.output()); }

void backward_activation(Backward& b, const ActivationFn& f) {
  const bool from_output = !f.custom() && gradient_from_output(f.spec());
  f.backward(from_output ? ConstView() : b.input(), f.custom() || from_output ? b.output() : ConstView(),
             b.dy(), b.dx());
}

}  // namespace rhyton::ops
