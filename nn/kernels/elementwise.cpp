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

void scale_by(View view, double factor) {
  dispatch_real(view.dtype(), [&]<class T>(T) {
    T* a = view.data<T>();
    const Dim n = view.size();
    const T f = static_cast<T>(factor);
    for (Dim i = 0; i < n; ++i) a[i] *= f;
  });
}

}  // namespace rhyton
