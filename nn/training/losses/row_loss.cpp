#include "nn/training/losses/row_loss.hpp"

namespace rhyton {

template <class T>
void LossBase::for_each_row(const Batch& b, RowFunction<T> row, std::vector<double>& scratch) const {
  const T* y_true = static_cast<const T*>(b.y_true);
  const T* y_pred = static_cast<const T*>(b.y_pred);
  T* gradient = static_cast<T*>(b.gradient);
  const Dim targets = sparse() ? 1 : b.classes;
  if (b.inner == 1) {
    for (Dim r = 0; r < b.outer; ++r)
      b.values[r] = row(*this, y_true + r * targets, y_pred + r * b.classes, b.classes, b.logits,
                        b.factors ? b.factors[r] : 0.0, gradient ? gradient + r * b.classes : nullptr);
    return;
  }
  const auto n = static_cast<std::size_t>(b.classes);
  scratch.resize(3 * n);
  T* t = reinterpret_cast<T*>(scratch.data());
  T *p = t + n, *g = p + n;
  for (Dim o = 0; o < b.outer; ++o)
    for (Dim i = 0; i < b.inner; ++i) {
      const Dim r = o * b.inner + i, base = o * b.classes * b.inner + i;
      for (Dim c = 0; c < b.classes; ++c) p[c] = y_pred[base + c * b.inner];
      if (sparse())
        t[0] = y_true[r];
      else
        for (Dim c = 0; c < b.classes; ++c) t[c] = y_true[base + c * b.inner];
      b.values[r] =
          row(*this, t, p, b.classes, b.logits, b.factors ? b.factors[r] : 0.0, gradient ? g : nullptr);
      if (gradient)
        for (Dim c = 0; c < b.classes; ++c) gradient[base + c * b.inner] = g[c];
    }
}
template void LossBase::for_each_row(const Batch&, RowFunction<float>, std::vector<double>&) const;
template void LossBase::for_each_row(const Batch&, RowFunction<double>, std::vector<double>&) const;

}  // namespace rhyton
