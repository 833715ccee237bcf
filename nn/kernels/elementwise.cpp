#include "nn/kernels/elementwise.hpp"

#include "nn/kernels/broadcast_rows.hpp"

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

void add_broadcast(ConstView b, View y) {
  dispatch_real(y.dtype(), [&]<class T>(T) {
    for_broadcast_rows(y.shape(), b.shape(), [&](Dim to, Dim from, Dim step, Dim n) {
      const T* terms = b.data<T>() + from;
      T* out = y.data<T>() + to;
      if (step == 0)
        for (Dim i = 0; i < n; ++i) out[i] += terms[0];
      else
        for (Dim i = 0; i < n; ++i) out[i] += terms[i];
    });
  });
}

void sum_broadcast(ConstView y, View b) {
  dispatch_real(y.dtype(), [&]<class T>(T) {
    for_broadcast_rows(y.shape(), b.shape(), [&](Dim from, Dim to, Dim step, Dim n) {
      const T* terms = y.data<T>() + from;
      T* out = b.data<T>() + to;
      T total = 0;
      if (step == 0)
        for (Dim i = 0; i < n; ++i) total += terms[i];
      else
        for (Dim i = 0; i < n; ++i) out[i] += terms[i];
      out[0] += total;
    });
  });
}

}  // namespace rhyton
