#include "nn/training/losses/hinge.hpp"

namespace rhyton::losses {

Hinge::Hinge(Config config) : MeanLoss(std::move(config)) {}
SquaredHinge::SquaredHinge(Config config) : MeanLoss(std::move(config)) {}
CategoricalHinge::CategoricalHinge(Config config) : RowLoss(std::move(config)) {}

void to_signs(View labels) {
  dispatch_real(labels.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* y = labels.data<T>();
    const Dim n = labels.size();
    if (!std::all_of(y, y + n, [](T v) { return v == T(0) || v == T(1); })) return;
    for (Dim i = 0; i < n; ++i) y[i] = T(2) * y[i] - T(1);
  });
}

}  // namespace rhyton::losses
