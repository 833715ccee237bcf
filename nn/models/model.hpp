#pragma once
/// @file model.hpp  keras.Model: define, compile, fit, evaluate, predict.
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/models/data.hpp"
#include "nn/models/graph_layer.hpp"
#include "nn/training/callbacks/callback.hpp"
#include "nn/training/losses/loss.hpp"
#include "nn/training/metrics/metric.hpp"
#include "nn/training/optimizers/optimizer.hpp"

namespace rhyton {

class Batches;
class Dataset;
class Run;
class RunPool;
class Trainer;

/// Losses or metrics: one, a list (one entry an output), or by output name.
template <class T>
class PerOutput {
 public:
  PerOutput();
  PerOutput(const char* name) requires(!std::is_same_v<T, double>);
  template <class U>
  requires std::is_convertible_v<U, T> PerOutput(U value) : PerOutput(T(std::move(value)), false) {}
  PerOutput(std::initializer_list<T> values);
  PerOutput(std::vector<T> values);
  PerOutput(std::map<std::string, T> values);
  /// `{{"age", "mse"}, {"sex", "binary_crossentropy"}}`; a MetricList knows its output's name itself.
  PerOutput(std::initializer_list<std::pair<const char*, T>> values) requires(!std::is_same_v<T, MetricList>);
  PerOutput(const PerOutput&);
  PerOutput(PerOutput&&) noexcept;
  PerOutput& operator=(const PerOutput&);
  PerOutput& operator=(PerOutput&&) noexcept;
  ~PerOutput();

  bool empty() const { return list.empty() && named.empty(); }
  std::vector<T> list;
  std::map<std::string, T> named;
  bool several = false;  ///< given as a list

 private:
  PerOutput(T value, bool several);
};
extern template class PerOutput<double>;
extern template class PerOutput<Loss>;
extern template class PerOutput<MetricList>;

/// Arguments of Model::compile, with Keras's names and defaults.
struct CompileArguments {
  Optimizer optimizer = "rmsprop";
  PerOutput<Loss> loss = {};
  PerOutput<double> loss_weights = {};
  /// For one output a list of metrics; for several a list of lists, or a map by output name.
  PerOutput<MetricList> metrics = {};
  PerOutput<MetricList> weighted_metrics = {};
  std::int64_t steps_per_execution = 1;
};

/// x, y and, where the third is not empty, sample weights; or a Dataset, which must outlive the call.
class ValidationData {
 public:
  ValidationData();
  ValidationData(std::initializer_list<Data> arrays);
  ValidationData(std::vector<Data> arrays);
  ValidationData(Dataset& dataset);
  ValidationData(const ValidationData&);
  ValidationData& operator=(const ValidationData&);
  ~ValidationData();
  bool empty() const { return arrays.empty() && !dataset; }
  std::vector<Data> arrays;
  Dataset* dataset = nullptr;
};

/// Arguments of Model::fit. Of a Dataset, batch size, shuffling, validation_split and sample weights are its
/// own.
struct FitArguments {
  std::int64_t batch_size = 32;
  std::int64_t epochs = 1;
  /// 0: silent, 1: a line per epoch that grows while it runs, 2: one line per epoch.
  int verbose = 1;
  CallbackList callbacks = {};
  /// Fraction of the data, its last part, that is kept for validation.
  double validation_split = 0.0;
  ValidationData validation_data = {};
  bool shuffle = true;
  std::map<std::int64_t, double> class_weight = {};
  Data sample_weight = {};
  std::int64_t initial_epoch = 0;
  /// Batches an epoch; the next one goes on where it ended. Default: all.
  std::optional<std::int64_t> steps_per_epoch = {}, validation_steps = {};
  std::optional<std::int64_t> validation_batch_size = {};
  std::int64_t validation_freq = 1;
};

struct EvaluateArguments {
  std::int64_t batch_size = 32;
  int verbose = 0;
  Data sample_weight = {};
  /// Batches; default: all.
  std::optional<std::int64_t> steps = {};
};

struct PredictArguments {
  std::int64_t batch_size = 32;
  int verbose = 0;
  /// Batches; default: all.
  std::optional<std::int64_t> steps = {};
};

/// Results by name: "loss", then the metrics, in Keras's order.
using Results = Logs;

struct ModelArguments {
  std::string name = {};
  bool trainable = true;
};

/// Inputs or outputs of a functional model: a tensor, several in order, or by name, which Keras keeps in the
/// order of the names: `{{"left", a}, {"right", b}}`.
class ModelTensors {
 public:
  ModelTensors(const SymbolicTensor& tensor);
  ModelTensors(std::initializer_list<SymbolicTensor> tensors);
  ModelTensors(SymbolicTensors tensors);
  ModelTensors(std::initializer_list<std::pair<std::string, SymbolicTensor>> named);
  ModelTensors(const std::map<std::string, SymbolicTensor>& named);
  SymbolicTensors tensors;
  std::vector<std::string> names;  ///< empty unless given by name
};

/// A handle: copies are the same model.
class Model {
 public:
  /// keras.Model(inputs, outputs)
  Model(ModelTensors inputs, ModelTensors outputs, ModelArguments arguments = {});
  /// An existing graph, as loaders make it.
  explicit Model(std::shared_ptr<GraphLayer> graph);

  const std::string& name() const;
  GraphLayer& graph() const;
  /// In the order of the files; without the operations between layers, as in Keras.
  std::vector<std::shared_ptr<Layer>> layers() const;
  /// Throws ValueError with the names that there are.
  Layer& get_layer(const std::string& name) const;
  Layer& get_layer(std::size_t index) const;
  /// The tensors of the graph; throws ValueError while a Sequential without Input waits for data.
  const SymbolicTensors& inputs() const;
  const SymbolicTensors& outputs() const;
  /// The only one of them; throws ValueError if there are several.
  const SymbolicTensor& input() const;
  const SymbolicTensor& output() const;
  /// `model.get_layer(name).output`: what the layer makes of its inputs in this model, the first of several,
  /// for models that begin or end there. `call` counts the calls of a shared layer. Throws ValueError if
  /// there is none.
  SymbolicTensor layer_output(const std::string& name, std::size_t call = 0) const;
  SymbolicTensor layer_input(const std::string& name, std::size_t call = 0) const;
  const Shape& input_shape() const { return input().shape(); }
  const Shape& output_shape() const { return output().shape(); }
  std::vector<std::string> input_names() const;
  std::vector<std::string> output_names() const;

  /// Calls the model as a layer.
  SymbolicTensor operator()(const SymbolicTensor& x, const CallArguments& arguments = {}) const;
  SymbolicTensor operator()(const SymbolicTensors& x, const CallArguments& arguments = {}) const;
  operator LayerRef() const;

  /// Writes the table of layers, shapes and parameters.
  void summary(std::ostream& out) const;
  void summary() const;
  std::int64_t count_params() const;
  std::vector<Tensor> get_weights() const;
  void set_weights(const std::vector<Tensor>& weights);
  /// In the order of `get_weights`.
  std::vector<std::shared_ptr<Weight>> weights() const;
  std::vector<std::shared_ptr<Weight>> trainable_weights() const;
  std::vector<std::shared_ptr<Weight>> non_trainable_weights() const;
  /// Shapes for a Sequential without Input: batch dimension first, `unknown` where it varies.
  void build(const Shape& input_shape);
  bool trainable() const;
  /// Takes effect with the next `compile`, as in Keras.
  void set_trainable(bool trainable);
  /// Zeros in the states of stateful layers.
  void reset_states();

  void compile(CompileArguments arguments);
  bool compiled() const;
  /// As given to compile; throws ValueError before.
  const CompileArguments& compile_arguments() const;
  /// Throws ValueError before compile.
  OptimizerBase& optimizer() const;

  History fit(const Data& x, const Data& y, const FitArguments& arguments = {});
  History fit(Dataset& data, const FitArguments& arguments = {});
  History fit(Dataset&& data, const FitArguments& arguments = {}) { return fit(data, arguments); }
  Results evaluate(const Data& x, const Data& y, const EvaluateArguments& arguments = {});
  Results evaluate(Dataset& data, const EvaluateArguments& arguments = {});
  /// The first output for all samples.
  Tensor predict(const Data& x, const PredictArguments& arguments = {}) const;
  /// All outputs.
  std::vector<Tensor> predict_all(const Data& x, const PredictArguments& arguments = {}) const;
  Tensor predict(Dataset& data, const PredictArguments& arguments = {}) const;
  std::vector<Tensor> predict_all(Dataset& data, const PredictArguments& arguments = {}) const;
  /// One batch as it is, into the caller's tensors; warm, it allocates nothing. Any number of threads may
  /// predict with one model.
  void predict_on_batch(const Data& x, std::span<Tensor* const> outputs) const;
  Tensor predict_on_batch(const Data& x) const;
  /// Keras's `model(x)` of numbers: predict_on_batch.
  Tensor operator()(const Tensor& x) const { return predict_on_batch(x); }
  /// One step of training; returns the batch's loss and metrics (not means over several calls), valid until
  /// the next step. Warm, it allocates nothing.
  const Results& train_on_batch(const Data& x, const Data& y, const Data& sample_weight = {},
                                const std::map<std::int64_t, double>& class_weight = {});
  Results test_on_batch(const Data& x, const Data& y, const Data& sample_weight = {});

  // Files: see serialization/saving.hpp, where the functions with all options are.
  /// Writes a `.keras` or `.h5` file, by the ending.
  void save(const std::string& path) const;
  void save_weights(const std::string& path) const;
  /// From any file that holds weights; all are set or none.
  void load_weights(const std::string& path);
  std::string to_json() const;

  /// Engine and precision of all that this model runs from now on; dtype is ignored.
  void set_kernel_options(const KernelOptions& options);
  const KernelOptions& kernel_options() const;
  /// Makes `fit` end after the present batch; for callbacks.
  void stop_training();
  /// State of training: optimizer slots in flat buffers. Made by compile, bound by the first step or load.
  Trainer& trainer() const;
  RunPool& runs() const;

 protected:
  void know_inputs(const Data& x) const;
  /// From the first batch of a dataset.
  void know_inputs(Dataset& data) const;
  std::unique_ptr<Batches> validation_batches(const FitArguments& arguments) const;
  History fit_batches(Batches& batches, Batches* validation, const FitArguments& arguments);
  Results evaluate_batches(Batches& batches, const EvaluateArguments& arguments);
  struct State;
  std::shared_ptr<State> state_;
};

/// keras.Sequential
class Sequential : public Model {
 public:
  Sequential(std::initializer_list<LayerRef> layers = {}, ModelArguments arguments = {});
  explicit Sequential(const std::vector<LayerRef>& layers, ModelArguments arguments = {});
  void add(const LayerRef& layer);
  void pop();
};

}  // namespace rhyton
