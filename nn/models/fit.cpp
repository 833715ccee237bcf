// compile, fit, evaluate and the steps below them.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "nn/models/batches.hpp"
#include "nn/models/model_state.hpp"
#include "nn/models/progress.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

Logs sorted(Logs logs) {
  std::sort(logs.begin(), logs.end());
  return logs;
}

std::vector<Tensor> part(const std::vector<const Tensor*>& tensors, Dim first, Dim last) {
  std::vector<Tensor> out;
  for (const Tensor* t : tensors) out.push_back(t->rows(first, last));
  return out;
}

std::vector<const Tensor*> pointers(const std::vector<Tensor>& tensors) {
  std::vector<const Tensor*> out;
  for (const Tensor& t : tensors) out.push_back(&t);
  return out;
}

/// As given, but for those that have to see what the others did.
std::vector<Callback*> in_order(const CallbackList& given) {
  std::vector<Callback*> out;
  for (const auto& callback : given) out.push_back(&*callback);
  std::stable_partition(out.begin(), out.end(), [](const Callback* c) { return !c->comes_last(); });
  return out;
}

void check_positive(const char* what, std::int64_t value) {
  if (value <= 0) raise<ValueError>("{} must be positive. Received: {}.", what, value);
}

Dim validation_batch_size(const FitArguments& a) {
  const Dim size = a.validation_batch_size.value_or(a.batch_size);
  check_positive("fit: validation_batch_size", size);
  return size;
}

}  // namespace

void Model::compile(CompileArguments arguments) {
  if (!state_->graph->has_graph()) {
    // A Sequential that waits for data is compiled when it knows its shapes.
    state_->compile = std::move(arguments);
    state_->trainer.reset();
    return;
  }
  auto trainer = std::make_unique<Trainer>(state_->graph, arguments);
  if (state_->trainer && &state_->trainer->optimizer() == &trainer->optimizer()) trainer->keep_state();
  state_->compile = std::move(arguments);
  state_->trainer = std::move(trainer);
  if (state_->pool) state_->pool->clear();
}

bool Model::compiled() const { return state_->compile.has_value(); }

const CompileArguments& Model::compile_arguments() const {
  if (!state_->compile) throw ValueError("You must call compile() before using the model.");
  return *state_->compile;
}

Trainer& Model::trainer() const {
  if (!state_->trainer) state_->trainer = std::make_unique<Trainer>(state_->graph, compile_arguments());
  return *state_->trainer;
}

OptimizerBase& Model::optimizer() const { return *compile_arguments().optimizer; }

History Model::fit(const Data& x, const Data& y, const FitArguments& a) {
  check_positive("fit: batch_size", a.batch_size);
  compile_arguments();
  know_inputs(x);
  const GraphLayer& graph = *state_->graph;
  auto xs = x.in_order(graph.input_names(), "input");
  auto ys = y.in_order(graph.output_names(), "output");
  auto weights = weight_list(a.sample_weight, graph);
  Tensor from_classes;
  if (!a.class_weight.empty()) {
    if (!weights.empty()) throw ValueError("fit: give `class_weight` or `sample_weight`, not both.");
    if (ys.size() != 1) throw ValueError("fit: `class_weight` is for models with one output.");
    from_classes = class_weights(*ys[0], a.class_weight);
    weights = {&from_classes};
  }

  std::vector<Tensor> kept[6];
  std::vector<const Tensor*> val_x, val_y, val_weights;
  if (a.validation_data.empty() && a.validation_split != 0.0) {
    const Dim samples = cardinality(xs, "fit");
    const auto at = static_cast<Dim>(std::floor(static_cast<double>(samples) * (1.0 - a.validation_split)));
    if (a.validation_split < 0.0 || at <= 0 || at >= samples)
      raise<ValueError>(
          "fit: `validation_split` leaves no samples for training or for validation. Received {} "
          "of {} samples.",
          a.validation_split, samples);
    std::vector<const Tensor*>* lists[] = {&xs, &ys, &weights};
    std::vector<const Tensor*>* validation[] = {&val_x, &val_y, &val_weights};
    for (std::size_t i = 0; i < 3; ++i) {
      kept[2 * i] = part(*lists[i], at, samples);
      *validation[i] = pointers(kept[2 * i]);
      kept[2 * i + 1] = part(*lists[i], 0, at);
      *lists[i] = pointers(kept[2 * i + 1]);
    }
  }
  DataSet data;
  data.assign(graph, xs, ys, weights);
  ArrayBatches batches(std::move(data), a.batch_size, a.shuffle);
  if (val_x.empty()) return fit_batches(batches, validation_batches(a).get(), a);
  DataSet held_back;
  held_back.assign(graph, val_x, val_y, val_weights);
  ArrayBatches validation(std::move(held_back), validation_batch_size(a), false);
  return fit_batches(batches, &validation, a);
}

History Model::fit(Dataset& data, const FitArguments& a) {
  compile_arguments();
  if (a.validation_split != 0.0 || !a.sample_weight.empty())
    throw ValueError(
        "fit: `validation_split` and `sample_weight` are for arrays; a Dataset has its own weights.");
  know_inputs(data);
  DatasetBatches batches(data, *state_->graph, a.class_weight);
  return fit_batches(batches, validation_batches(a).get(), a);
}

std::unique_ptr<Batches> Model::validation_batches(const FitArguments& a) const {
  const ValidationData& given = a.validation_data;
  if (given.empty()) return nullptr;
  const GraphLayer& graph = *state_->graph;
  if (given.dataset) return std::make_unique<DatasetBatches>(*given.dataset, graph);
  if (given.arrays.size() < 2) throw ValueError("fit: `validation_data` must hold x and y.");
  DataSet data;
  data.assign(graph, inputs_in_order(given.arrays[0], graph), outputs_in_order(given.arrays[1], graph),
              given.arrays.size() > 2 ? weight_list(given.arrays[2], graph) : std::vector<const Tensor*>());
  return std::make_unique<ArrayBatches>(std::move(data), validation_batch_size(a), false);
}

History Model::fit_batches(Batches& batches, Batches* validation, const FitArguments& a) {
  Epochs epochs(batches, a.steps_per_epoch, "steps_per_epoch");
  // Wrong arguments show before anything is trained.
  if (validation) Epochs(*validation, a.validation_steps, "validation_steps");
  Trainer& trainer = this->trainer();
  RunPool& pool = runs();
  History history;
  state_->stop = false;
  const auto callbacks = in_order(a.callbacks);
  for (Callback* callback : callbacks) {
    callback->set_model(*this);
    callback->set_callbacks(a.callbacks);
  }
  for (Callback* callback : callbacks) callback->on_train_begin();
  std::int64_t first_epoch = a.initial_epoch;
  for (Callback* callback : callbacks) first_epoch = std::max(first_epoch, callback->first_epoch());
  Logs logs;
  for (std::int64_t epoch = first_epoch; epoch < a.epochs && !state_->stop; ++epoch) {
    for (Callback* callback : callbacks) callback->on_epoch_begin(epoch);
    if (a.verbose > 0)
      std::printf("Epoch %lld/%lld\n", static_cast<long long>(epoch + 1), static_cast<long long>(a.epochs));
    const Dim steps = epochs.begin();
    trainer.reset_metrics();
    ProgressLine progress(a.verbose, steps);
    for (Dim step = 0; step < steps && !state_->stop; ++step) {
      for (Callback* callback : callbacks) callback->on_train_batch_begin(step);
      trainer.train_step(pool, state_->options, epochs.next());
      if (!callbacks.empty()) {
        logs = sorted(trainer.results());
        for (Callback* callback : callbacks) callback->on_train_batch_end(step, logs);
      }
      if (progress.wants(step + 1)) progress.update(step + 1, sorted(trainer.results()));
    }
    epochs.end();
    logs = sorted(trainer.results());
    if (validation && (epoch + 1) % std::max<std::int64_t>(a.validation_freq, 1) == 0) {
      for (Callback* callback : callbacks) callback->on_test_begin();
      trainer.reset_metrics();
      // From the first batch each time, as in Keras.
      Epochs once(*validation, a.validation_steps, "validation_steps");
      for (Dim step = once.begin(); step > 0; --step) trainer.test_step(pool, state_->options, once.next());
      once.end();
      const Logs results = sorted(trainer.results());
      for (Callback* callback : callbacks) callback->on_test_end(results);
      for (const auto& [name, value] : results) logs.emplace_back("val_" + name, value);
    }
    for (Callback* callback : callbacks) callback->on_epoch_end(epoch, logs);
    progress.finish(logs);
    history.add(epoch, logs);
  }
  if (a.epochs > first_epoch) {
    trainer.optimizer().finalize_weights();
    for (const auto& w : trainer.variables()) w->touch();
  }
  for (Callback* callback : callbacks) callback->on_train_end(logs);
  return history;
}

Results Model::evaluate(const Data& x, const Data& y, const EvaluateArguments& a) {
  check_positive("evaluate: batch_size", a.batch_size);
  compile_arguments();
  know_inputs(x);
  const GraphLayer& graph = *state_->graph;
  DataSet data;
  data.assign(graph, inputs_in_order(x, graph), outputs_in_order(y, graph),
              weight_list(a.sample_weight, graph));
  ArrayBatches batches(std::move(data), a.batch_size, false);
  return evaluate_batches(batches, a);
}

Results Model::evaluate(Dataset& data, const EvaluateArguments& a) {
  compile_arguments();
  if (!a.sample_weight.empty())
    throw ValueError("evaluate: `sample_weight` is for arrays; a Dataset has its own weights.");
  know_inputs(data);
  DatasetBatches batches(data, *state_->graph);
  return evaluate_batches(batches, a);
}

Results Model::evaluate_batches(Batches& batches, const EvaluateArguments& a) {
  Epochs once(batches, a.steps, "steps");
  Trainer& trainer = this->trainer();
  trainer.reset_metrics();
  const Dim steps = once.begin();
  ProgressLine progress(a.verbose, steps);
  for (Dim step = 0; step < steps; ++step) {
    trainer.test_step(runs(), state_->options, once.next());
    if (progress.wants(step + 1)) progress.update(step + 1, sorted(trainer.results()));
  }
  once.end();
  Results results = trainer.results();
  progress.finish(sorted(results));
  return results;
}

const Results& Model::train_on_batch(const Data& x, const Data& y, const Data& sample_weight,
                                     const std::map<std::int64_t, double>& class_weight) {
  compile_arguments();
  know_inputs(x);
  const GraphLayer& graph = *state_->graph;
  Trainer& trainer = this->trainer();
  auto weights = weight_list(sample_weight, graph);
  const InOrder ys = outputs_in_order(y, graph);
  Tensor from_classes;
  if (!class_weight.empty()) {
    if (!weights.empty())
      throw ValueError("train_on_batch: give `class_weight` or `sample_weight`, not both.");
    from_classes = class_weights(y[0], class_weight);
    weights = {&from_classes};
  }
  DataSet& data = state_->batch;
  data.assign(graph, inputs_in_order(x, graph), ys, weights);
  trainer.reset_metrics();
  trainer.train_step(runs(), state_->options, data.batch(nullptr, 0, data.samples()));
  return trainer.results();
}

Results Model::test_on_batch(const Data& x, const Data& y, const Data& sample_weight) {
  return evaluate(x, y,
                  {.batch_size = std::max<Dim>(x.empty() || x[0].rank() == 0 ? 1 : x[0].shape()[0], 1),
                   .sample_weight = sample_weight});
}

}  // namespace rhyton
