#include "nn/models/model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nn/models/dataset.hpp"
#include "nn/models/model_state.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {
std::shared_ptr<Functional> make_functional(ModelTensors inputs, ModelTensors outputs,
                                            ModelArguments arguments) {
  auto graph = std::make_shared<Functional>(std::move(inputs.tensors), std::move(outputs.tensors),
                                            std::move(arguments.name), arguments.trainable);
  if (!inputs.names.empty()) graph->input_structure = Structure::dictionary;
  if (!outputs.names.empty()) graph->output_structure = Structure::dictionary;
  graph->input_keys = std::move(inputs.names);
  graph->output_keys = std::move(outputs.names);
  return graph;
}

[[noreturn]] void throw_not_built(const Layer& graph) {
  throw ValueError(
      graph.label() +
      ": the model is not built yet. Begin it with Input, call build(input_shape), or give it data.");
}

const SymbolicTensor& only(const SymbolicTensors& tensors, const Layer& graph, const std::string& what) {
  if (tensors.size() != 1)
    raise<ValueError>("{}: the model has {} {}s; ask for {}s().", graph.label(), tensors.size(), what, what);
  return tensors[0];
}

/// The call of a layer inside a model.
const std::shared_ptr<const Node>& call_in(const GraphLayer& graph, const std::string& name,
                                           std::size_t number) {
  std::size_t calls = 0;
  std::string names;
  for (const auto& node : graph.nodes()) {
    if (node->layer->name() == name && calls++ == number) return node;
    if (names.find(fmt::format("'{}'", node->layer->name())) == std::string::npos)
      names += fmt::format("{}{}'", names.empty() ? "'" : ", '", node->layer->name());
  }
  if (calls > 0)
    raise<ValueError>("{}: the layer '{}' is called {} times; there is no call {}.", graph.label(), name,
                      calls, number);
  raise<ValueError>("{}: no such layer: '{}'. Existing layers are: {}.", graph.label(), name, names);
}

template <class T>
void take_names(PerOutput<T>&) {}
// Lists of metrics that name their outputs.
void take_names(PerOutput<MetricList>& given) {
  const auto names_output = [](const MetricList& metrics) { return !metrics.output.empty(); };
  const auto first = std::find_if(given.list.begin(), given.list.end(), names_output);
  if (first == given.list.end()) return;
  if (!std::all_of(given.list.begin(), given.list.end(), names_output))
    raise<ValueError>(
        "compile: give the metrics of all outputs by name, or none. '{}' is no metric, so it was "
        "taken for an output's name.",
        first->output);
  for (MetricList& metrics : given.list) given.named[metrics.output] = std::move(metrics);
  given.list.clear();
  given.several = false;
}
}  // namespace

template <class T>
PerOutput<T>::PerOutput() = default;
template <class T>
PerOutput<T>::PerOutput(T value, bool several) : list{std::move(value)}, several(several) {}
template <class T>
PerOutput<T>::PerOutput(const char* name) requires(!std::is_same_v<T, double>) {
  // clang 14 compiles it for double all the same.
  if constexpr (!std::is_same_v<T, double>) list.emplace_back(name);
}
template <class T>
PerOutput<T>::PerOutput(std::initializer_list<T> values) : list(values), several(true) {
  take_names(*this);
}
template <class T>
PerOutput<T>::PerOutput(std::vector<T> values) : list(std::move(values)), several(true) {}
template <class T>
PerOutput<T>::PerOutput(std::map<std::string, T> values) : named(std::move(values)) {}
template <class T>
PerOutput<T>::PerOutput(std::initializer_list<std::pair<const char*, T>> values) requires(
    !std::is_same_v<T, MetricList>)
    : named(values.begin(), values.end()) {}
template <class T>
PerOutput<T>::PerOutput(const PerOutput&) = default;
template <class T>
PerOutput<T>::PerOutput(PerOutput&&) noexcept = default;
template <class T>
PerOutput<T>& PerOutput<T>::operator=(const PerOutput&) = default;
template <class T>
PerOutput<T>& PerOutput<T>::operator=(PerOutput&&) noexcept = default;
template <class T>
PerOutput<T>::~PerOutput() = default;
template class PerOutput<double>;
template class PerOutput<Loss>;
template class PerOutput<MetricList>;

ValidationData::ValidationData() = default;
ValidationData::ValidationData(std::initializer_list<Data> arrays) : arrays(arrays) {}
ValidationData::ValidationData(std::vector<Data> arrays) : arrays(std::move(arrays)) {}
ValidationData::ValidationData(Dataset& dataset) : dataset(&dataset) {}
ValidationData::ValidationData(const ValidationData&) = default;
ValidationData& ValidationData::operator=(const ValidationData&) = default;
ValidationData::~ValidationData() = default;

ModelTensors::ModelTensors(const SymbolicTensor& tensor) : tensors{tensor} {}
ModelTensors::ModelTensors(std::initializer_list<SymbolicTensor> tensors) : tensors(tensors) {}
ModelTensors::ModelTensors(SymbolicTensors tensors) : tensors(std::move(tensors)) {}
ModelTensors::ModelTensors(std::initializer_list<std::pair<std::string, SymbolicTensor>> named)
    : ModelTensors(std::map<std::string, SymbolicTensor>(named.begin(), named.end())) {}
ModelTensors::ModelTensors(const std::map<std::string, SymbolicTensor>& named) {
  for (const auto& [name, tensor] : named) {
    names.push_back(name);
    tensors.push_back(tensor);
  }
}

Model::Model(ModelTensors inputs, ModelTensors outputs, ModelArguments arguments)
    : Model(make_functional(std::move(inputs), std::move(outputs), std::move(arguments))) {}

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
  raise<ValueError>("No such layer: '{}'. Existing layers are: {}.", name, names);
}

Layer& Model::get_layer(std::size_t index) const {
  const auto all = layers();
  if (index >= all.size()) raise<ValueError>("There is no layer {}; the model has {}.", index, all.size());
  return *all[index];
}

const SymbolicTensors& Model::inputs() const {
  if (!state_->graph->has_graph()) throw_not_built(*state_->graph);
  return state_->graph->inputs();
}
const SymbolicTensors& Model::outputs() const {
  if (!state_->graph->has_graph()) throw_not_built(*state_->graph);
  return state_->graph->outputs();
}
const SymbolicTensor& Model::input() const { return only(inputs(), *state_->graph, "input"); }
const SymbolicTensor& Model::output() const { return only(outputs(), *state_->graph, "output"); }
SymbolicTensor Model::layer_output(const std::string& name, std::size_t call) const {
  return SymbolicTensor(call_in(*state_->graph, name, call), 0);
}
SymbolicTensor Model::layer_input(const std::string& name, std::size_t call) const {
  const auto& node = call_in(*state_->graph, name, call);
  if (node->inputs.empty()) throw ValueError(node->layer->label() + ": the layer has no input.");
  return node->inputs[0];
}
std::vector<std::string> Model::input_names() const { return state_->graph->input_names(); }
std::vector<std::string> Model::output_names() const { return state_->graph->output_names(); }

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
std::vector<std::shared_ptr<Weight>> Model::weights() const { return state_->graph->weights(); }
std::vector<std::shared_ptr<Weight>> Model::trainable_weights() const {
  return state_->graph->trainable_weights();
}
std::vector<std::shared_ptr<Weight>> Model::non_trainable_weights() const {
  return state_->graph->non_trainable_weights();
}
bool Model::trainable() const { return state_->graph->trainable(); }
void Model::reset_states() { state_->graph->reset_states(); }

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
    if (!graph->has_graph()) throw_not_built(*graph);
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

void Model::know_inputs(Dataset& data) const {
  if (state_->graph->has_graph()) return;
  const Dataset::Batch batch = data.batch(0);
  know_inputs(batch.x.data());
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
