// Prediction: warm Runs over batches.
#include <algorithm>
#include <cstring>

#include "nn/models/batches.hpp"
#include "nn/models/model_state.hpp"
#include "nn/models/progress.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

Shape rows_shape(const Shape& shape, Dim rows) {
  Shape out = shape;
  if (out.rank() > 0) out[0] = rows;
  return out;
}

Tensor concatenate_rows(const std::vector<ConstView>& parts) {
  Dim count = 0;
  for (const ConstView& part : parts) {
    if (part.shape().rank() == 0 || part.shape().from(1) != parts[0].shape().from(1))
      raise<ValueError>("predict: batches have outputs of different shapes, {} and {}.",
                        to_string(parts[0].shape()), to_string(part.shape()));
    count += part.shape()[0];
  }
  Tensor out = Tensor::uninitialized(rows_shape(parts[0].shape(), count), parts[0].dtype());
  char* to = static_cast<char*>(out.raw());
  for (const ConstView& part : parts) {
    copy(part, View(to, part.shape(), part.dtype()));
    to += part.bytes();
  }
  return out;
}

}  // namespace

std::vector<Tensor> Model::predict_all(const Data& x, const PredictArguments& arguments) const {
  if (arguments.batch_size <= 0)
    raise<ValueError>("predict: batch_size must be positive. Received: {}.", arguments.batch_size);
  know_inputs(x);
  const GraphLayer& graph = *state_->graph;
  DataSet data;
  data.assign(graph, inputs_in_order(x, graph));
  Dim samples = data.samples();
  if (arguments.steps) samples = std::min(samples, *arguments.steps * arguments.batch_size);
  ProgressLine progress(arguments.verbose, (samples + arguments.batch_size - 1) / arguments.batch_size);
  RunPool& pool = runs();
  std::vector<Tensor> out;
  Dim done = 0;
  while (done < samples || (samples == 0 && out.empty())) {
    const Dim rows = std::min<Dim>(arguments.batch_size, samples - done);
    const TrainingBatch batch = data.batch(nullptr, done, rows);
    const auto run = pool.acquire(data.input_shapes(batch), state_->run_options());
    if (out.empty()) {
      for (int k = 0; k < run->outputs(); ++k) {
        const TensorSpec& spec = run->output_spec(k);
        const bool batched = spec.shape.rank() > 0 && spec.shape[0] == std::max<Dim>(rows, 1);
        if (!batched && samples > rows)
          raise<ValueError>(
              "predict: output {} has shape {}, whose first dimension is not the batch; give all "
              "samples as one batch.",
              k, to_string(spec.shape));
        out.push_back(
            Tensor::uninitialized(batched ? rows_shape(spec.shape, samples) : spec.shape, spec.dtype));
      }
      if (samples == 0) return out;
    }
    for (std::size_t i = 0; i < batch.x.size(); ++i) run->set_input(static_cast<int>(i), batch.x[i]);
    run->forward();
    run->commit_updates();
    for (int k = 0; k < run->outputs(); ++k) {
      const ConstView y = run->output(k);
      Tensor& target = out[static_cast<std::size_t>(k)];
      const auto offset =
          static_cast<std::size_t>(done) * y.bytes() / static_cast<std::size_t>(std::max<Dim>(rows, 1));
      copy(y, View(static_cast<char*>(target.raw()) + offset, y.shape(), y.dtype()));
    }
    done += rows;
    if (const Dim step = done / arguments.batch_size; progress.wants(step)) progress.update(step, {});
  }
  progress.finish({});
  return out;
}

std::vector<Tensor> Model::predict_all(Dataset& data, const PredictArguments& arguments) const {
  know_inputs(data);
  const auto count = arguments.steps ? arguments.steps : data.num_batches();
  if (!count) throw ValueError("predict: data without an end need `steps`.");
  ProgressLine progress(arguments.verbose, *count);
  std::vector<std::vector<Tensor>> parts;
  data.on_epoch_begin();
  for (Dim i = 0; i < *count; ++i) {
    const Dataset::Batch batch = data.batch(i);
    const Data x = batch.x.data();
    const auto inputs = inputs_in_order(x, *state_->graph).vector();
    parts.push_back(
        predict_all(x, {.batch_size = std::max<Dim>(cardinality(inputs, state_->graph->name().c_str()), 1)}));
    if (progress.wants(i + 1)) progress.update(i + 1, {});
  }
  data.on_epoch_end();
  progress.finish({});
  std::vector<Tensor> out;
  for (std::size_t k = 0; !parts.empty() && k < parts[0].size(); ++k) {
    std::vector<ConstView> rows;
    for (const auto& part : parts) rows.push_back(part[k]);
    out.push_back(concatenate_rows(rows));
  }
  return out;
}

Tensor Model::predict(Dataset& data, const PredictArguments& arguments) const {
  auto all = predict_all(data, arguments);
  if (all.empty()) throw ValueError("predict: the Dataset has no batches.");
  return std::move(all.front());
}

Tensor Model::predict(const Data& x, const PredictArguments& arguments) const {
  return std::move(predict_all(x, arguments).front());
}

void Model::predict_on_batch(const Data& x, std::span<Tensor* const> outputs) const {
  const auto& graph = *state_->graph;
  // The common case, tensors exactly as the inputs want them, is bound as it is.
  std::array<Shape, 6> shapes;
  bool exact =
      graph.has_graph() && x.size() == graph.inputs().size() && !x.named() && x.size() <= shapes.size();
  for (std::size_t i = 0; exact && i < x.size(); ++i) {
    const TensorSpec& spec = graph.inputs()[i].spec();
    exact =
        x[i].dtype() == fed_dtype(spec) && x[i].shape().compatible(spec.shape) && graph.front(i) == nullptr;
    shapes[i] = x[i].shape();
  }
  if (!exact) {
    const auto all =
        predict_all(x, {.batch_size = std::max<Dim>(x.empty() || x[0].rank() == 0 ? 1 : x[0].shape()[0], 1)});
    for (std::size_t k = 0; k < outputs.size() && k < all.size(); ++k) *outputs[k] = all[k];
    return;
  }
  const auto run = runs().acquire(std::span(shapes).first(x.size()), state_->run_options());
  for (std::size_t i = 0; i < x.size(); ++i) run->set_input(static_cast<int>(i), x[i]);
  run->forward();
  run->commit_updates();
  for (int k = 0; k < run->outputs() && static_cast<std::size_t>(k) < outputs.size(); ++k) {
    const ConstView y = run->output(k);
    Tensor& target = *outputs[static_cast<std::size_t>(k)];
    if (!target || target.shape() != y.shape() || target.dtype() != y.dtype()) {
      target = Tensor(y);
    } else {
      copy(y, target.view());
    }
  }
}

Tensor Model::predict_on_batch(const Data& x) const {
  Tensor out;
  Tensor* outputs[] = {&out};
  predict_on_batch(x, outputs);
  return out;
}

}  // namespace rhyton
