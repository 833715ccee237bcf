// compile, fit, evaluate and the steps below them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "nn/models/data_set.hpp"
#include "nn/models/model_state.hpp"
#include "nn/models/progress.hpp"
#include "nn/rng.hpp"

namespace rhyton {

namespace {

/// Keras's class weights as sample weights: by the integer class, or the largest entry of a one-hot row.
Tensor class_weights(const Tensor& y, const std::map<std::int64_t, double>& weights) {
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

/// One weight tensor for each output: given by output, or one for all.
std::vector<const Tensor*> weight_list(const Data& given, const GraphLayer& graph) {
  if (given.empty()) return {};
  if (given.size() == 1 && !given.named() && graph.outputs().size() > 1)
    return std::vector<const Tensor*>(graph.outputs().size(), &given[0]);
  return outputs_in_order(given, graph, "sample_weight").vector();
}

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

void check_positive(const char* what, std::int64_t value) {
  if (value <= 0)
    throw ValueError(std::string(what) + " must be positive. Received: " + std::to_string(value) + ".");
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
  if (!a.validation_data.empty()) {
    if (a.validation_data.size() < 2) throw ValueError("fit: `validation_data` must hold x and y.");
    val_x = a.validation_data[0].in_order(graph.input_names(), "input");
    val_y = a.validation_data[1].in_order(graph.output_names(), "output");
    if (a.validation_data.size() > 2) val_weights = weight_list(a.validation_data[2], graph);
  } else if (a.validation_split != 0.0) {
    const Dim samples = cardinality(xs, "fit");
    const auto at = static_cast<Dim>(std::floor(static_cast<double>(samples) * (1.0 - a.validation_split)));
    if (a.validation_split < 0.0 || at <= 0 || at >= samples)
      throw ValueError("fit: `validation_split` leaves no samples for training or for validation. Received " +
                       std::to_string(a.validation_split) + " of " + std::to_string(samples) + " samples.");
    std::vector<const Tensor*>* lists[] = {&xs, &ys, &weights};
    std::vector<const Tensor*>* validation[] = {&val_x, &val_y, &val_weights};
    for (std::size_t i = 0; i < 3; ++i) {
      kept[2 * i] = part(*lists[i], at, samples);
      *validation[i] = pointers(kept[2 * i]);
      kept[2 * i + 1] = part(*lists[i], 0, at);
      *lists[i] = pointers(kept[2 * i + 1]);
    }
  }
  DataSet data, validation;
  data.assign(graph, xs, ys, weights);
  if (!val_x.empty()) validation.assign(graph, val_x, val_y, val_weights);

  Trainer& trainer = this->trainer();
  RunPool& pool = runs();
  History history;
  state_->stop = false;
  for (const auto& callback : a.callbacks) callback->set_model(*this);
  for (const auto& callback : a.callbacks) callback->on_train_begin();
  std::int64_t first_epoch = a.initial_epoch;
  for (const auto& callback : a.callbacks) first_epoch = std::max(first_epoch, callback->first_epoch());
  std::vector<std::int64_t> order(static_cast<std::size_t>(data.samples()));
  const Dim steps = (data.samples() + a.batch_size - 1) / a.batch_size;
  Logs logs;
  for (std::int64_t epoch = first_epoch; epoch < a.epochs && !state_->stop; ++epoch) {
    for (const auto& callback : a.callbacks) callback->on_epoch_begin(epoch);
    if (a.verbose > 0)
      std::printf("Epoch %lld/%lld\n", static_cast<long long>(epoch + 1), static_cast<long long>(a.epochs));
    if (a.shuffle) {
      // From the same order each time, so that an epoch does not depend on those before it.
      std::iota(order.begin(), order.end(), 0);
      Rng rng = next_global_rng();
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
    }
    trainer.reset_metrics();
    ProgressLine progress(a.verbose, steps);
    for (Dim step = 0; step < steps && !state_->stop; ++step) {
      for (const auto& callback : a.callbacks) callback->on_train_batch_begin(step);
      const Dim first = step * a.batch_size, count = std::min<Dim>(a.batch_size, data.samples() - first);
      trainer.train_step(pool, state_->options, data.batch(a.shuffle ? order.data() : nullptr, first, count));
      if (!a.callbacks.empty()) {
        logs = sorted(trainer.results());
        for (const auto& callback : a.callbacks) callback->on_train_batch_end(step, logs);
      }
      if (progress.wants(step + 1)) progress.update(step + 1, sorted(trainer.results()));
    }
    logs = sorted(trainer.results());
    if (!val_x.empty() && (epoch + 1) % std::max<std::int64_t>(a.validation_freq, 1) == 0) {
      for (const auto& callback : a.callbacks) callback->on_test_begin();
      trainer.reset_metrics();
      const Dim size = a.validation_batch_size.value_or(a.batch_size);
      check_positive("fit: validation_batch_size", size);
      for (Dim first = 0; first < validation.samples(); first += size)
        trainer.test_step(
            pool, state_->options,
            validation.batch(nullptr, first, std::min<Dim>(size, validation.samples() - first)));
      const Logs results = sorted(trainer.results());
      for (const auto& callback : a.callbacks) callback->on_test_end(results);
      for (const auto& [name, value] : results) logs.emplace_back("val_" + name, value);
    }
    for (const auto& callback : a.callbacks) callback->on_epoch_end(epoch, logs);
    progress.finish(logs);
    history.add(epoch, logs);
  }
  if (a.epochs > first_epoch) {
    trainer.optimizer().finalize_weights();
    for (const auto& w : trainer.variables()) w->touch();
  }
  for (const auto& callback : a.callbacks) callback->on_train_end(logs);
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
  Trainer& trainer = this->trainer();
  trainer.reset_metrics();
  ProgressLine progress(a.verbose, (data.samples() + a.batch_size - 1) / a.batch_size);
  for (Dim first = 0; first < data.samples(); first += a.batch_size)
    trainer.test_step(runs(), state_->options,
                      data.batch(nullptr, first, std::min<Dim>(a.batch_size, data.samples() - first)));
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
