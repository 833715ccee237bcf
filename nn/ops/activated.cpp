#include "nn/ops/activated.hpp"

namespace rhyton::ops {

bool Activated::saves_z() const { return f_.custom() || !gradient_from_output(f_.spec()); }

ActivationSpec Activated::fused(bool wants_gradient) const {
  const bool fuse = !f_.custom() && is_elementwise(f_.spec().kind) && !(wants_gradient && saves_z());
  return fuse ? f_.spec() : ActivationSpec{};
}

void Activated::prepare(Prepare& p, bool reads_inputs, std::size_t other_scratch) const {
  const std::size_t dz =
      f_.is_linear() ? 0 : static_cast<std::size_t>(p.output().shape.size()) * size_of(p.output().dtype);
  p.scratch((dz + 63) / 64 * 64 + other_scratch);
  if (f_.is_linear()) {
    p.backward_reads(reads_inputs, false);
    return;
  }
  if (saves_z()) p.save(p.output().shape, p.output().dtype);
  p.backward_reads(reads_inputs, true);
}

View Activated::target(const Call& c) const {
  return c.wants_gradient() && !f_.is_linear() && saves_z() ? c.saved() : c.output();
}

void Activated::finish(const Call& c) const {
  if (fused(c.wants_gradient()) != f_.spec() || f_.custom()) f_.forward(target(c), c.output());
}

ConstView Activated::dz(const Backward& b) const {
  if (f_.is_linear()) return b.dy();
  const View dz(b.scratch(), b.dy().shape(), b.dy().dtype());
  f_.backward(saves_z() ? ConstView(b.saved()) : ConstView(), b.output(), b.dy(), dz);
  return dz;
}

void* Activated::other_scratch(const Backward& b) const {
  return static_cast<char*>(b.scratch()) + (f_.is_linear() ? 0 : (b.dy().bytes() + 63) / 64 * 64);
}

}  // namespace rhyton::ops
