#include "nn/utils.hpp"

#include <algorithm>
#include <cmath>

#include "nn/arguments.hpp"
#include "nn/raise.hpp"

namespace rhyton::utils {

Tensor to_categorical(const Tensor& x, std::int64_t num_classes) {
  const Tensor numbers = x.cast(DType::float64);
  const double *begin = numbers.data<double>(), *end = begin + numbers.size();
  if (num_classes == 0 && begin != end)
    num_classes = static_cast<std::int64_t>(*std::max_element(begin, end)) + 1;
  Shape shape = x.shape();
  if (shape.rank() > 1 && shape.back() == 1) shape = shape.slice(0, -1);
  Tensor out(shape.concat({num_classes}));
  for (const double* number = begin; number != end; ++number) {
    const auto label = static_cast<std::int64_t>(*number);
    if (label < 0 || label >= num_classes)
      raise<ValueError>("to_categorical: class numbers must lie in [0, {}). Received: {}.", num_classes,
                        label);
    out.data()[(number - begin) * num_classes + label] = 1.0f;
  }
  return out;
}

Tensor normalize(const Tensor& x, int axis, double order) {
  const int a = normalize_axis(axis, x.rank(), "normalize: axis");
  Tensor out = x.cast(DType::float32);
  const Dim outer = x.shape().product(0, a), count = x.shape()[a], inner = x.shape().product(a + 1, x.rank());
  for (Dim o = 0; o < outer; ++o)
    for (Dim i = 0; i < inner; ++i) {
      float* line = out.data() + o * count * inner + i;
      double sum = 0.0;
      for (Dim k = 0; k < count; ++k) sum += std::pow(std::abs(static_cast<double>(line[k * inner])), order);
      const double norm = std::pow(sum, 1.0 / order);
      for (Dim k = 0; k < count && norm > 0.0; ++k)
        line[k * inner] = static_cast<float>(line[k * inner] / norm);
    }
  return out;
}

Tensor pad_sequences(const std::vector<std::vector<double>>& sequences, const PadSequencesArguments& a) {
  check_choice("pad_sequences: padding", a.padding, {"pre", "post"});
  check_choice("pad_sequences: truncating", a.truncating, {"pre", "post"});
  std::int64_t length = a.maxlen;
  if (length <= 0)
    for (const auto& s : sequences) length = std::max(length, static_cast<std::int64_t>(s.size()));
  Tensor out = Tensor::full({static_cast<Dim>(sequences.size()), length}, a.value, DType::float64);
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const auto size = static_cast<Dim>(sequences[i].size()), kept = std::min(size, length);
    const auto from = sequences[i].begin() + (a.truncating == "pre" ? size - kept : 0);
    std::copy(from, from + kept,
              out.data<double>() + static_cast<Dim>(i) * length + (a.padding == "pre" ? length - kept : 0));
  }
  return out.cast(a.dtype);
}

}  // namespace rhyton::utils
