#include "nn/kernels/parallel.hpp"

namespace rhyton {

void detail::run_parts(Dim n, [[maybe_unused]] Dim grain, void (*body)(void*, Dim, Dim), void* context) {
  if (n <= 0) return;
#ifdef _OPENMP
  const Dim parts = std::min<Dim>(get_threads(), n / std::max<Dim>(grain, 1));
  if (parts > 1) {
#pragma omp parallel for num_threads(static_cast <int>(parts)) schedule(static, 1)
    for (Dim i = 0; i < parts; ++i) body(context, n * i / parts, n * (i + 1) / parts);
    return;
  }
#endif
  body(context, 0, n);
}

}  // namespace rhyton
