#include "nn/models/model.hpp"

#include "nn/models/model_state.hpp"

namespace rhyton {

Model::Model(SymbolicTensors inputs, SymbolicTensors outputs, ModelArguments arguments)
    : Model(std::make_shared<Functional>(std::move(inputs), std::move(outputs), std::move(arguments.name),
                                         arguments.trainable)) {}

Model::Model(std::shared_ptr<GraphLayer> graph) : state_(std::make_shared<State>()) {
  state_->graph = std::move(graph);
}

const std::string& Model::name() const { return state_->graph->name(); }
GraphLayer& Model::graph() const { return *state_->graph; }
std::vector<std::shared_ptr<Layer>> Model::layers() const {
  std::vector<std::shared_ptr<Layer>> out;
  for (const auto& layer : state_->graph->layers())
    if (!layer->call_arguments()) out.push_back(layer);
  return out;
}

Layer& Model::get_layer(const std::string& name) const {
  std::string names;
  for (const auto& layer : layers()) {
    if (layer->name() == name) return *layer;
    names += (names.empty() ? "" : ", ") + layer->name();
  }
  throw ValueError("No such layer: '" + name + "'. Existing layers are: " + names + ".");
}

Layer& Model::get_layer(std::size_t index) const {
  const auto all = layers();
  if (index >= all.size())
    throw ValueError("There is no layer " + std::to_string(index) + "; the model has " +
                     std::to_string(all.size()) + ".");
  return *all[index];
}

SymbolicTensor Model::operator()(const SymbolicTensor& x, const CallArguments& arguments) const {
  return LayerRef(state_->graph)(x, arguments);
}
SymbolicTensor Model::operator()(const SymbolicTensors& x, const CallArguments& arguments) const {
  return LayerRef(state_->graph)(x, arguments);
}
Model::operator LayerRef() const { return LayerRef(state_->graph); }

std::int64_t Model::count_params() const { return state_->graph->count_params(); }
std::vector<Tensor> Model::get_weights() const { return state_->graph->get_weights(); }
void Model::set_weights(const std::vector<Tensor>& weights) { state_->graph->set_weights(weights); }

void Model::build(const Shape& input_shape) { state_->graph->make_graph({{input_shape, DType::float32}}); }

void Model::set_trainable(bool trainable) {
  state_->graph->set_trainable(trainable);
  if (state_->pool) state_->pool->clear();
}

void Model::set_kernel_options(const KernelOptions& options) {
  state_->options = options;
  state_->options.dtype = DType::float32;
}
const KernelOptions& Model::kernel_options() const { return state_->options; }

void Model::stop_training() { state_->stop = true; }

RunPool& Model::runs() const { return state_->runs(); }

RunPool& Model::State::runs() {
  std::lock_guard lock(mutex);
  if (!pool) {
    if (!graph->has_graph())
      throw ValueError(
          graph->label() +
          ": the model is not built yet. Begin it with Input, call build(input_shape), or give it data.");
    pool = std::make_unique<RunPool>(std::make_shared<const Plan>(graph->planned_inputs(), graph->outputs()));
  }
  return *pool;
}

// A Sequential that waited for data learns its shapes from them.
void Model::know_inputs(const Data& x) const {
  std::lock_guard lock(state_->mutex);
  if (state_->graph->has_graph()) return;
  std::vector<TensorSpec> specs;
  for (std::size_t i = 0; i < x.size(); ++i)
    specs.push_back({x[i].shape(), is_floating(x[i].dtype()) ? DType::float32 : x[i].dtype()});
  state_->graph->make_graph(specs);
}

RunOptions Model::State::run_options() const {
  RunOptions out;
  out.kernel = options;
  return out;
}

Sequential::Sequential(std::initializer_list<LayerRef> layers, ModelArguments arguments)
    : Sequential(std::vector<LayerRef>(layers), std::move(arguments)) {}

Sequential::Sequential(const std::vector<LayerRef>& layers, ModelArguments arguments)
    : Model(std::make_shared<SequentialLayer>(std::move(arguments.name), arguments.trainable)) {
  for (const auto& layer : layers) add(layer);
}

void Sequential::add(const LayerRef& layer) {
  static_cast<SequentialLayer&>(*state_->graph).add(layer.share());
  state_->pool.reset();
}

void Sequential::pop() {
  static_cast<SequentialLayer&>(*state_->graph).pop();
  state_->pool.reset();
}

}  // namespace rhyton
