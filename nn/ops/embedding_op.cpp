#include "nn/ops/embedding_op.hpp"

#include <cstring>

#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {

/// Calls `f(position, index)` for every index; reals count as integers, cut off as Keras does, and negative
/// ones from the end of `count` rows.
template <class F>
void for_indices(ConstView x, Dim count, F&& f) {
  dispatch_number(x.dtype(), [&]<class T>(T) {
    for (Dim i = 0; i < x.size(); ++i) {
      const auto index = static_cast<Dim>(x.data<T>()[i]);
      f(i, index < 0 ? index + count : index);
    }
  });
}

}  // namespace

void call_embedding(const Layer& layer, Call& c, int table) {
  const ConstView rows = c.weight(table);
  const Dim count = rows.shape()[0];
  const std::size_t bytes = static_cast<std::size_t>(rows.shape()[1]) * size_of(c.output().dtype());
  const char* in = static_cast<const char*>(rows.raw());
  char* out = static_cast<char*>(c.output().raw());
  for_indices(c.input(), count, [&](Dim i, Dim index) {
    if (index < 0 || index >= count)
      raise<ValueError>(
          "{}: indices must lie in [0, {}), the range of `input_dim`, or that far below 0. "
          "Received: {} at position {}.",
          layer.label(), count, index < 0 ? index - count : index, i);
    std::memcpy(out + static_cast<std::size_t>(i) * bytes, in + static_cast<std::size_t>(index) * bytes,
                bytes);
  });
}

void backward_embedding(Backward& b, int table) {
  const View rows = b.dw(table);
  if (!rows) return;
  const Dim width = rows.shape()[1];
  dispatch_real(rows.dtype(), [&]<class T>(T) {
    const T* dy = b.dy().data<T>();
    for_indices(b.input(), rows.shape()[0], [&](Dim i, Dim index) {
      T* row = rows.data<T>() + index * width;
      for (Dim k = 0; k < width; ++k) row[k] += dy[i * width + k];
    });
  });
}

void mask_zeros(Call& c) {
  bool* mask = c.output_mask().data<bool>();
  for_indices(c.input(), 0, [&](Dim i, Dim index) { mask[i] = index != 0; });
}

}  // namespace rhyton::ops
