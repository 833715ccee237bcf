#pragma once
/// @file batches.hpp  Where fit and evaluate take one batch after the other from: arrays or a Dataset.
#include "nn/models/data_set.hpp"
#include "nn/models/dataset.hpp"

namespace rhyton {

class Batches {
 public:
  virtual ~Batches() = default;
  /// From the first to the last; nothing if there is no end.
  virtual std::optional<Dim> count() const = 0;
  /// Back to the first.
  virtual void restart() = 0;
  /// Valid until the next call.
  virtual TrainingBatch next() = 0;
  /// After the last has been used.
  virtual void finish() {}
};

/// Arrays, cut.
class ArrayBatches final : public Batches {
 public:
  ArrayBatches(DataSet data, Dim batch_size, bool shuffle);
  std::optional<Dim> count() const override;
  /// Shuffles anew.
  void restart() override;
  TrainingBatch next() override;

 private:
  DataSet data_;
  Dim batch_size_, first_ = 0;
  bool shuffle_;
  std::vector<std::int64_t> order_;
};

using ClassWeight = std::map<std::int64_t, double>;

/// What a Dataset makes.
class DatasetBatches final : public Batches {
 public:
  DatasetBatches(Dataset& dataset, const GraphLayer& graph, ClassWeight class_weight = {});
  std::optional<Dim> count() const override { return dataset_.num_batches(); }
  void restart() override;
  TrainingBatch next() override;
  void finish() override { dataset_.on_epoch_end(); }

 private:
  Dataset& dataset_;
  const GraphLayer& graph_;
  ClassWeight class_weight_;
  Dim index_ = 0;
  Dataset::Batch batch_;
  Tensor weights_;
  DataSet data_;
};

/// Epochs of all batches, or of a number of steps: then an epoch goes on where the one before ended, and the
/// batches begin again when they have all been seen.
class Epochs {
 public:
  /// `argument`: what to ask for where the batches have no end.
  Epochs(Batches& batches, std::optional<std::int64_t> steps, const char* argument);
  /// The number of steps of the epoch that begins.
  Dim begin();
  TrainingBatch next();
  /// After the epoch's steps.
  void end() {
    if (fresh_) batches_.finish();
  }

 private:
  Batches& batches_;
  std::optional<std::int64_t> steps_;
  Dim seen_ = 0;
  bool fresh_ = true;
};

/// Keras's class weights as sample weights: by the integer class, or the largest entry of a one-hot row.
Tensor class_weights(const Tensor& y, const ClassWeight& weights);
/// One weight tensor for each output: given by output, or one for all.
std::vector<const Tensor*> weight_list(const Data& given, const GraphLayer& graph);

}  // namespace rhyton
