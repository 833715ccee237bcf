#include "nn/kernels/elementwise.hpp"

namespace rhyton {

void add_into(ConstView from, View to) {
  dispatch_real(to.dtype(), [&]<class T>(T) {
    const T* a = from.data<T>();
    T* b = to.data<T>();
    const Dim n = to.size();
    for (Dim i = 0; i < n; ++i) b[i] += a[i];
  });
}

}  // namespace rhyton
