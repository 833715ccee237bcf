#pragma once
/// @file utils.hpp  keras.utils: what data are made ready with.
#include <string>
#include <vector>

#include "nn/tensor/tensor.hpp"

namespace rhyton::utils {

/// One-hot rows from class numbers, a last dimension of 1 left out; `num_classes` 0: the largest + 1. Throws
/// ValueError on numbers outside.
Tensor to_categorical(const Tensor& x, std::int64_t num_classes = 0);

/// x over its norm of this order along an axis; where that is 0, x.
Tensor normalize(const Tensor& x, int axis = -1, double order = 2);

struct PadSequencesArguments {
  std::int64_t maxlen = 0;  ///< 0: the longest
  DType dtype = DType::int32;
  std::string padding = "pre", truncating = "pre";  ///< or "post"
  double value = 0.0;
};
/// (sequences, maxlen): shorter ones padded, longer ones cut.
Tensor pad_sequences(const std::vector<std::vector<double>>& sequences,
                     const PadSequencesArguments& arguments = {});
template <class T>
Tensor pad_sequences(const std::vector<std::vector<T>>& sequences,
                     const PadSequencesArguments& arguments = {}) {
  std::vector<std::vector<double>> numbers;
  for (const auto& sequence : sequences) numbers.emplace_back(sequence.begin(), sequence.end());
  return pad_sequences(numbers, arguments);
}

}  // namespace rhyton::utils
