#include "nn/models/data_set.hpp"

#include <algorithm>

#include "nn/raise.hpp"

namespace rhyton {

namespace {

void replace(std::vector<BatchSource>& sources, std::size_t i, const Tensor& tensor, const TensorSpec& spec) {
  if (i < sources.size()) {
    sources[i].assign(tensor, spec);
  } else {
    sources.emplace_back(tensor, spec);
  }
}

}  // namespace

void DataSet::assign(const GraphLayer& graph, Pointers x, Pointers y, Pointers sample_weight) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    try {
      replace(x_, i, *x[i], graph.inputs()[i].spec());
      x_[i].set_front(graph.front(i));
    } catch (const ValueError& error) {
      raise<ValueError>("{}: input '{}': {}", graph.label(), graph.input_names()[i], error.what());
    }
  }
  for (std::size_t i = 0; i < y.size(); ++i) replace(y_, i, *y[i], {y[i]->shape(), y[i]->dtype()});
  for (std::size_t i = 0; i < sample_weight.size(); ++i)
    replace(weights_, i, *sample_weight[i], {sample_weight[i]->shape(), DType::float32});
  x_.erase(x_.begin() + static_cast<std::ptrdiff_t>(x.size()), x_.end());
  y_.erase(y_.begin() + static_cast<std::ptrdiff_t>(y.size()), y_.end());
  weights_.erase(weights_.begin() + static_cast<std::ptrdiff_t>(sample_weight.size()), weights_.end());
  samples_ = cardinality(x, graph.name().c_str());
  for (const Pointers& list : {y, sample_weight})
    if (!list.empty() && cardinality(list, graph.name().c_str()) != samples_)
      raise<ValueError>(
          "{}: all arrays must contain the same number of samples. Received {} in x and {} in y "
          "or sample_weight.",
          graph.label(), samples_, list[0]->shape()[0]);
}

std::span<const Shape> DataSet::input_shapes(const TrainingBatch& batch) {
  shapes_.clear();
  for (const ConstView& x : batch.x) {
    shapes_.push_back(x.shape());
    shapes_.back()[0] = std::max<Dim>(x.shape()[0], 1);
  }
  return shapes_;
}

TrainingBatch DataSet::batch(const std::int64_t* order, Dim first, Dim count) {
  views_.clear();
  for (auto* list : {&x_, &y_, &weights_})
    for (auto& source : *list)
      views_.push_back(order ? source.rows(order + first, count) : source.rows(first, count));
  const std::span<const ConstView> all(views_);
  return {all.subspan(0, x_.size()), all.subspan(x_.size(), y_.size()), all.subspan(x_.size() + y_.size())};
}

}  // namespace rhyton
