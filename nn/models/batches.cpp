#include "nn/models/batches.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/raise.hpp"
#include "nn/rng.hpp"

namespace rhyton {

Tensor class_weights(const Tensor& y, const ClassWeight& weights) {
  const Dim samples = y.shape()[0], width = y.size() / std::max<Dim>(samples, 1);
  Tensor out({samples});
  const Tensor values = y.cast(DType::float64);
  for (Dim i = 0; i < samples; ++i) {
    const double* row = values.data<double>() + i * width;
    const auto label = width > 1 ? static_cast<std::int64_t>(std::max_element(row, row + width) - row)
                                 : static_cast<std::int64_t>(std::llround(row[0]));
    const auto it = weights.find(label);
    out.data()[i] = it == weights.end() ? 1.0f : static_cast<float>(it->second);
  }
  return out;
}

std::vector<const Tensor*> weight_list(const Data& given, const GraphLayer& graph) {
  if (given.empty()) return {};
  if (given.size() == 1 && !given.named() && graph.outputs().size() > 1)
    return std::vector<const Tensor*>(graph.outputs().size(), &given[0]);
  return outputs_in_order(given, graph, "sample_weight").vector();
}

ArrayBatches::ArrayBatches(DataSet data, Dim batch_size, bool shuffle)
    : data_(std::move(data)), batch_size_(batch_size), shuffle_(shuffle) {
  if (shuffle_) order_.resize(static_cast<std::size_t>(data_.samples()));
}

std::optional<Dim> ArrayBatches::count() const { return (data_.samples() + batch_size_ - 1) / batch_size_; }

void ArrayBatches::restart() {
  first_ = 0;
  if (!shuffle_) return;
  // From the same order each time, so that an epoch does not depend on those before it.
  std::iota(order_.begin(), order_.end(), 0);
  Rng rng = next_global_rng();
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[rng.below(i)]);
}

TrainingBatch ArrayBatches::next() {
  const Dim first = first_, count = std::min<Dim>(batch_size_, data_.samples() - first);
  first_ += count;
  return data_.batch(shuffle_ ? order_.data() : nullptr, first, count);
}

DatasetBatches::DatasetBatches(Dataset& dataset, const GraphLayer& graph, ClassWeight class_weight)
    : dataset_(dataset), graph_(graph), class_weight_(std::move(class_weight)) {
  if (const auto count = dataset.num_batches(); count && *count <= 0)
    raise<ValueError>("a Dataset must have batches. Received: num_batches() = {}.", *count);
}

void DatasetBatches::restart() {
  index_ = 0;
  dataset_.on_epoch_begin();
}

TrainingBatch DatasetBatches::next() {
  batch_ = dataset_.batch(index_++);
  const Data x = batch_.x.data(), y = batch_.y.data(), given = batch_.sample_weight.data();
  auto weights = weight_list(given, graph_);
  const InOrder ys = outputs_in_order(y, graph_);
  if (!class_weight_.empty()) {
    if (!weights.empty()) throw ValueError("give `class_weight` or sample weights, not both.");
    weights_ = class_weights(y[0], class_weight_);
    weights = {&weights_};
  }
  data_.assign(graph_, inputs_in_order(x, graph_), ys, weights);
  return data_.batch(nullptr, 0, data_.samples());
}

Epochs::Epochs(Batches& batches, std::optional<std::int64_t> steps, const char* argument)
    : batches_(batches), steps_(steps) {
  if (steps && *steps <= 0) raise<ValueError>("`{}` must be positive. Received: {}.", argument, *steps);
  if (!steps && !batches.count()) raise<ValueError>("data without an end need `{}`.", argument);
  if (batches.count() == 0) throw ValueError("the data have no samples; fit and evaluate need at least one.");
}

Dim Epochs::begin() {
  if (fresh_ || !steps_) {
    batches_.restart();
    seen_ = 0;
    fresh_ = false;
  }
  const auto count = batches_.count();
  const Dim left = count ? *count - seen_ : *steps_;
  return steps_ ? std::min<Dim>(*steps_, left) : left;
}

TrainingBatch Epochs::next() {
  if (const auto count = batches_.count(); ++seen_ == count) fresh_ = true;
  return batches_.next();
}

}  // namespace rhyton
