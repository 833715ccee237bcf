#pragma once
/// @file data_set.hpp  The tensors of one call of fit, evaluate or predict, ready to be cut into batches.
#include "nn/models/graph_layer.hpp"
#include "nn/models/trainer.hpp"

namespace rhyton {

/// The dtype in which a model's input takes its data: what is real is computed in float32.
inline DType fed_dtype(const TensorSpec& spec) {
  return is_floating(spec.dtype) ? DType::float32 : spec.dtype;
}

class DataSet {
 public:
  using Pointers = std::span<const Tensor* const>;

  /// Throws ValueError, naming input or output, where data do not fit the graph or each other. May be called
  /// again: warm, that allocates nothing.
  void assign(const GraphLayer& graph, Pointers x, Pointers y = {}, Pointers sample_weight = {});
  Dim samples() const { return samples_; }
  /// What a Run for a batch's inputs is made for, at least one sample; valid until the next call.
  std::span<const Shape> input_shapes(const TrainingBatch& batch);
  /// Samples [first, first + count) of `order`, or of the data as they are if it is null. Valid until the
  /// next call.
  TrainingBatch batch(const std::int64_t* order, Dim first, Dim count);

 private:
  std::vector<BatchSource> x_, y_, weights_;
  std::vector<ConstView> views_;
  Shapes shapes_;
  Dim samples_ = 0;
};

/// Pointers to the tensors of `data` in the model's order, on the stack where nothing is named.
class InOrder {
 public:
  /// `names` is called for the names only if they are needed.
  template <class Names>
  InOrder(const Data& data, std::size_t count, Names names, const char* what) {
    if (!data.named() && data.size() == count && count <= few_.size()) {
      for (std::size_t i = 0; i < count; ++i) few_[i] = &data[i];
      span_ = {few_.data(), count};
    } else {
      many_ = data.in_order(names(), what);
      span_ = many_;
    }
  }
  InOrder(const InOrder&) = delete;
  InOrder& operator=(const InOrder&) = delete;
  operator DataSet::Pointers() const { return span_; }
  std::vector<const Tensor*> vector() const { return {span_.begin(), span_.end()}; }

 private:
  std::array<const Tensor*, 6> few_{};
  std::vector<const Tensor*> many_;
  DataSet::Pointers span_;
};

inline InOrder inputs_in_order(const Data& x, const GraphLayer& graph) {
  return InOrder(
      x, graph.inputs().size(), [&] { return graph.input_names(); }, "input");
}
inline InOrder outputs_in_order(const Data& y, const GraphLayer& graph, const char* what = "output") {
  return InOrder(
      y, graph.outputs().size(), [&] { return graph.output_names(); }, what);
}

}  // namespace rhyton
