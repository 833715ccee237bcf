#include "nn/ops/activated.hpp"

namespace rhyton::ops {

bool Activated::saves_z() const { return f_.custom() || !gradient_from_output(f_.spec()); }

Shape Activated::before(const Shape& y) const {
  Shape z = y;
  if (f_.spec().kind == ActivationKind::glu) z[f_.spec().axis] *= 2;
  return z;
}

ActivationSpec Activated::fused(bool wants_gradient) const {
  const bool fuse = !f_.custom() && is_elementwise(f_.spec().kind) && !(wants_gradient && saves_z());
  return fuse ? f_.spec() : ActivationSpec{};
}

void Activated::prepare(Prepare& p, bool reads_inputs) const {
  if (f_.is_linear()) return p.backward_reads(reads_inputs, false);
  const Shape z = before(p.output().shape);
  if (p.wants_gradient() || z != p.output().shape)
    p.scratch(static_cast<std::size_t>(z.size()) * size_of(p.output().dtype));
  if (saves_z()) p.save(z, p.output().dtype);
  p.backward_reads(reads_inputs, true);
}

View Activated::target(const Call& c) const {
  if (f_.is_linear()) return c.output();
  if (c.wants_gradient() && saves_z()) return c.saved();
  const Shape z = before(c.output().shape());
  return z == c.output().shape() ? c.output() : View(c.scratch(), z, c.output().dtype());
}

void Activated::finish(const Call& c) const {
  if (fused(c.wants_gradient()) != f_.spec() || f_.custom()) f_.forward(target(c), c.output());
}

ConstView Activated::dz(const Backward& b) const {
  if (f_.is_linear()) return b.dy();
  const View dz(b.scratch(), before(b.dy().shape()), b.dy().dtype());
  f_.backward(saves_z() ? ConstView(b.saved()) : ConstView(), b.output(), b.dy(), dz);
  return dz;
}

}  // namespace rhyton::ops
