#pragma once
/// @file dataset.hpp  Batches that are made when they are needed: keras.utils.PyDataset and generators.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nn/models/data.hpp"

namespace rhyton {

/// Tensors of a batch, which it owns: one, several in the model's order, or by name.
class BatchData {
 public:
  BatchData() = default;
  BatchData(Tensor tensor) { list_.push_back(std::move(tensor)); }
  BatchData(std::initializer_list<Tensor> tensors) : list_(tensors) {}
  BatchData(std::vector<Tensor> tensors) : list_(std::move(tensors)) {}
  BatchData(std::map<std::string, Tensor> tensors) : named_(std::move(tensors)) {}
  /// Refers to this object.
  Data data() const& { return named_.empty() ? Data(list_) : Data(named_); }

 private:
  std::vector<Tensor> list_;
  std::map<std::string, Tensor> named_;
};

/// Base of data for `fit`, `evaluate` and `predict` that need not lie in memory. Batches are asked for in
/// order, from one thread.
class Dataset {
 public:
  struct Batch {
    BatchData x, y = {}, sample_weight = {};
  };
  virtual ~Dataset() = default;
  /// Keras's `__len__`; nothing for data without an end, which need `steps_per_epoch`.
  virtual std::optional<std::int64_t> num_batches() const = 0;
  /// Keras's `__getitem__`; all samples of a batch share the first dimension, which may differ between
  /// batches.
  virtual Batch batch(std::int64_t index) = 0;
  /// Before the first batch of a pass over the data, and after its last: the place to shuffle.
  virtual void on_epoch_begin() {}
  virtual void on_epoch_end() {}
};

/// A function that makes batches: `Generator data([&] { return Dataset::Batch{x, y}; })`.
class Generator final : public Dataset {
 public:
  explicit Generator(std::function<Batch()> next, std::optional<std::int64_t> num_batches = {})
      : next_(std::move(next)), num_batches_(num_batches) {}
  std::optional<std::int64_t> num_batches() const override { return num_batches_; }
  Batch batch(std::int64_t) override { return next_(); }

 private:
  std::function<Batch()> next_;
  std::optional<std::int64_t> num_batches_;
};

}  // namespace rhyton
