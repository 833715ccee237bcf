#include "nn/ops/categories.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nn/raise.hpp"

namespace rhyton::ops {

CategoryMode category_mode(const Layer& layer, const std::string& mode,
                           std::initializer_list<const char*> allowed) {
  const std::string name = mode == "binary" ? "multi_hot" : mode == "tf-idf" ? "tf_idf" : mode;
  std::string list;
  for (const char* a : allowed) {
    list += fmt::format("{}{}\"", list.empty() ? "\"" : ", \"", a);
    if (name != a) continue;
    if (name == "one_hot") return CategoryMode::one_hot;
    if (name == "multi_hot") return CategoryMode::multi_hot;
    if (name == "count") return CategoryMode::count;
    return name == "tf_idf" ? CategoryMode::tf_idf : CategoryMode::indices;
  }
  raise<ValueError>("{}: `output_mode` should be one of {}. Received: output_mode={}.", layer.label(), list,
                    mode);
}

Shape encoded_shape(const Shape& indices, CategoryMode mode, Dim depth) {
  Shape y = indices;
  if (mode == CategoryMode::indices) return y;
  if (mode == CategoryMode::one_hot) {
    if (y.rank() > 1 && y.back() == 1)
      y[-1] = depth;
    else
      y.push_back(depth);
    return y;
  }
  if (indices.rank() < 2) return {depth};
  y = Shape{indices[0]}.concat(indices.from(2));
  y.push_back(depth);
  return y;
}

DType encoded_dtype(const Layer& layer) {
  const std::string& name = layer.dtype();
  const bool whole = name.starts_with("int") || name.starts_with("uint");
  return whole ? dtype_from_string(name) : DType::float32;
}

namespace {
Dim category_at(ConstView indices, Dim i) {
  return dispatch_number(indices.dtype(), [&]<class T>(T) { return static_cast<Dim>(indices.data<T>()[i]); });
}
double weight_at(ConstView weights, Dim i) {
  if (!weights) return 1.0;
  return dispatch_number(weights.dtype(),
                         [&]<class T>(T) { return static_cast<double>(weights.data<T>()[i]); });
}
}  // namespace

void encode_categories(ConstView indices, CategoryMode mode, Dim depth, ConstView weights, View y) {
  if (mode == CategoryMode::indices) return copy(indices, y);
  const Shape& x = indices.shape();
  // Samples of `length` indices that lie `inner` apart.
  const bool samples = mode != CategoryMode::one_hot;
  const Dim length = !samples ? 1 : x.rank() > 1 ? x[1] : x.size();
  const Dim inner = samples && x.rank() > 2 ? x.product(2, x.rank()) : 1;
  const Dim outer = x.size() / std::max<Dim>(length * inner, 1);
  fill(y, 0.0);
  dispatch_number(y.dtype(), [&]<class T>(T) {
    T* out = y.data<T>();
    for (Dim o = 0; o < outer; ++o)
      for (Dim s = 0; s < length; ++s)
        for (Dim i = 0; i < inner; ++i) {
          const Dim at = (o * length + s) * inner + i;
          const Dim category = category_at(indices, at);
          if (category < 0 || category >= depth) continue;
          T& target = out[(o * inner + i) * depth + category];
          if (mode == CategoryMode::count)
            target = static_cast<T>(target + static_cast<T>(weight_at(weights, at)));
          else if (mode == CategoryMode::tf_idf)
            target = static_cast<T>(target + static_cast<T>(weight_at(weights, category)));
          else
            target = static_cast<T>(1);
        }
  });
}

}  // namespace rhyton::ops
