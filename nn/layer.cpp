#include "nn/layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "nn/load_scope.hpp"
#include "nn/names.hpp"
#include "nn/raise.hpp"
#include "nn/unfrozen_weights.hpp"

namespace rhyton {

namespace detail {
/// Adds every layer of the library; made from the list in layers/meson.build.
void register_layers(Registry<Layer>& registry);
}  // namespace detail

template <>
Registry<Layer>& Registry<Layer>::global() {
  static Registry<Layer> registry;
  static const bool filled = (detail::register_layers(registry), registry.seal(), true);
  (void)filled;
  return registry;
}

std::string Layer::keras_module() const { return Registry<Layer>::global().module_of(class_name()); }

void from_config(const Json& json, DTypePolicy& value) {
  if (json.is_null()) return;
  if (json.is_object()) {
    auto config = json.find("config");
    if (config != json.end() && config->is_object() && config->contains("name"))
      return from_config((*config)["name"], value.name);
    const Json name = json.value("class_name", Json());
    if (config != json.end() && config->is_object() && config->contains("mode") && name.is_string())
      raise<NotSupported>("quantized weights ({}, mode {})", name.get<std::string>(),
                          (*config)["mode"].dump().substr(0, 40));
  }
  from_config(json, value.name);
}

void to_config(Json& json, const DTypePolicy& value) {
  json = {{"module", "keras"},
          {"class_name", "DTypePolicy"},
          {"config", {{"name", value.name.empty() ? "float32" : value.name}}},
          {"registered_name", nullptr}};
}

void detail::write_arguments(ConfigWriter& writer, const Layer& layer) {
  writer("name", layer.name())("trainable", layer.trainable())("dtype", DTypePolicy{layer.dtype()});
  if (const Regularizer penalty = layer.activity_regularizer()) writer("activity_regularizer", penalty);
}

std::shared_ptr<Layer> detail::LayerReader::make(const Json& json, const char* keras_name, Make make) {
  LayerReader reader(json, keras_name);
  std::shared_ptr<Layer> layer = make(reader);
  if (reader.penalty_) layer->set_activity_regularizer(std::move(reader.penalty_));
  return layer;
}

void detail::LayerReader::read(const Arguments& arguments, void* config, ListFields list) {
  DTypePolicy policy;
  fields_("name", arguments.name)("trainable", arguments.trainable)("dtype", policy);
  fields_("activity_regularizer", arguments.penalty);
  arguments.dtype = policy.name;
  list(config, fields_);
  fields_.finish();
}

Shapes CallSpec::shapes() const {
  Shapes out;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (i >= roles.size() || roles[i].empty()) out.push_back(inputs[i].shape);
  return out;
}

int CallSpec::find(std::string_view role) const {
  for (std::size_t i = 0; i < roles.size(); ++i)
    if (roles[i] == role) return static_cast<int>(i);
  return -1;
}

std::optional<bool> CallSpec::flag(std::string_view name) const {
  for (const auto& [key, value] : flags)
    if (key == name) return value;
  return std::nullopt;
}

const TensorSpec& SymbolicTensor::spec() const {
  if (!node_)
    throw ValueError("An empty SymbolicTensor has no shape; make one with Input or by calling a layer.");
  return node_->outputs[static_cast<std::size_t>(index_)];
}

const std::optional<Shape>& SymbolicTensor::mask_shape() const {
  return node_->masks[static_cast<std::size_t>(index_)];
}

SymbolicTensors SymbolicTensor::outputs() const {
  SymbolicTensors out;
  for (std::size_t i = 0; node_ && i < node_->outputs.size(); ++i)
    out.emplace_back(node_, static_cast<int>(i));
  return out;
}

Layer::Layer(std::string name, bool trainable, std::string dtype)
    : name_(std::move(name)), trainable_(std::make_shared<bool>(trainable)), dtype_(std::move(dtype)) {}

Layer::Layer(const Layer& owner, const std::string& name)
    : name_(fmt::format("{}/{}", owner.name_, name)), trainable_(owner.trainable_), dtype_(owner.dtype_) {}

Layer::Layer(Layer&&) noexcept = default;
Layer::~Layer() = default;

void Layer::build(const CallSpec& spec) { build(spec.shapes()); }
Regularizer Layer::activity_regularizer() const { return activity_regularizer_; }
void Layer::set_activity_regularizer(Regularizer regularizer) {
  activity_regularizer_ = std::move(regularizer);
}
Traits Layer::traits(const CallSpec&) const { return {}; }
std::vector<std::shared_ptr<Weight>> Layer::step_weights() const { return weights_; }
std::vector<std::pair<std::string, std::shared_ptr<Layer>>> Layer::sublayers() const { return {}; }
std::shared_ptr<const Json> Layer::call_arguments() const { return nullptr; }

LayerRef::LayerRef(const SymbolicTensor& tensor) : layer_(tensor.node()->layer) {}
LayerRef::LayerRef(const LayerRef&) = default;
LayerRef::LayerRef(LayerRef&&) noexcept = default;
LayerRef& LayerRef::operator=(const LayerRef&) = default;
LayerRef& LayerRef::operator=(LayerRef&&) noexcept = default;
LayerRef::~LayerRef() = default;

std::string Layer::label() const {
  return class_name() + (name_.empty() ? std::string(" layer") : fmt::format(" layer '{}'", name_));
}

void Layer::fail(std::string_view text) const { raise<ValueError>("{}: {}", label(), text); }
void Layer::fail_with(fmt::string_view format, fmt::format_args values) const {
  fail(fmt::vformat(format, values));
}

void Layer::set_trainable(bool trainable) {
  *trainable_ = trainable;
  for (const auto& [attribute, layer] : sublayers()) layer->set_trainable(trainable);
}

void Layer::build(const Shapes&) {}

Shapes Layer::compute_output_shape(const Shapes& input_shapes) const { return input_shapes; }

std::vector<TensorSpec> Layer::compute_output_spec(const CallSpec& spec) const {
  if (is_composite()) {
    std::vector<TensorSpec> out;
    for (const auto& y : compose(placeholders(spec), spec)) out.push_back(y.spec());
    return out;
  }
  const DType dtype = keeps_dtype() && !spec.inputs.empty() ? spec.inputs[0].dtype : real_dtype(spec);
  std::vector<TensorSpec> out;
  for (const Shape& shape : compute_output_shape(spec.shapes())) out.push_back({shape, dtype});
  return out;
}

DType Layer::real_dtype(const CallSpec& spec) {
  return !spec.inputs.empty() && is_floating(spec.inputs[0].dtype) ? spec.inputs[0].dtype : DType::float32;
}

int Layer::share_weight(const std::shared_ptr<Weight>& weight) {
  weights_.push_back(weight);
  return static_cast<int>(weights_.size()) - 1;
}

SymbolicTensors Layer::compose(const SymbolicTensors&, const CallSpec&) const {
  throw NotSupported(label() + " is not made of layers.");
}

SymbolicTensors Layer::expand(const SymbolicTensors&, const SymbolicTensors&, const CallSpec&) const {
  throw NotSupported(label() + " does not expand.");
}

void Layer::call(Call&) const { throw NotSupported(label() + " has no call."); }

MaskRule Layer::mask_rule(const CallSpec& spec) const {
  return supports_masking() && spec.masked() ? MaskRule::pass : MaskRule::drop;
}

std::optional<Shape> Layer::mask_shape(const CallSpec& spec, int) const {
  return spec.masked() ? spec.masks[0] : std::nullopt;
}

namespace {

/// The largest number where it would overflow.
std::uint64_t weight_bytes(const Shape& shape, DType dtype) {
  std::uint64_t bytes = size_of(dtype);
  for (Dim d : shape)
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(d), &bytes)) return UINT64_MAX;
  return bytes;
}

}  // namespace

int Layer::add_weight(const std::string& name, const Shape& shape, WeightOptions options) {
  for (Dim d : shape)
    if (d < 0) fail("the weight '{}' needs known sizes. Received: shape={}.", name, to_string(shape));
  if (!options.initializer && options.trainable && options.persistent) options.initializer = "glorot_uniform";
  auto weight = std::make_shared<Weight>();
  weight->name = name;
  LoadScope* scope = options.persistent ? LoadScope::current() : nullptr;
  const bool provided =
      scope && scope->provides(weight_bytes(shape, options.dtype),
                               fmt::format("{}: the weight '{}' {}", label(), name, to_string(shape)));
  weight->value = provided ? Tensor::uninitialized(shape, options.dtype) : Tensor(shape, options.dtype);
  if (options.initializer && !provided) {
    Rng rng = next_global_rng();
    (*options.initializer)(weight->value.view(), rng);
  }
  weight->options = std::move(options);
  weights_.push_back(std::move(weight));
  return static_cast<int>(weights_.size()) - 1;
}

namespace {
/// A weight that an outer layer shares with an inner one is listed once.
void append(std::vector<std::shared_ptr<Weight>>& out, std::vector<std::shared_ptr<Weight>> more) {
  for (auto& w : more)
    if (std::find(out.begin(), out.end(), w) == out.end()) out.push_back(std::move(w));
}
}  // namespace

std::vector<std::shared_ptr<Weight>> Layer::weights() const {
  std::vector<std::shared_ptr<Weight>> out;
  for (const bool trainable : {true, false})
    for (const auto& w : weights_)
      if (w->options.persistent && w->options.trainable == trainable) out.push_back(w);
  for (const auto& [attribute, layer] : sublayers()) append(out, layer->weights());
  return out;
}

std::vector<std::shared_ptr<Weight>> unfrozen_weights(const Layer& layer) {
  std::vector<std::shared_ptr<Weight>> out;
  for (const auto& w : layer.own_weights())
    if (w->options.trainable && layer.trainable()) out.push_back(w);
  for (const auto& [attribute, inner] : layer.sublayers()) append(out, unfrozen_weights(*inner));
  return out;
}

std::vector<std::shared_ptr<Weight>> Layer::trainable_weights() const {
  return trainable() ? unfrozen_weights(*this) : std::vector<std::shared_ptr<Weight>>();
}

std::vector<std::shared_ptr<Weight>> Layer::non_trainable_weights() const {
  const auto trained = trainable_weights();
  // Freezing does not reorder: a frozen layer still lists its trainable variables first.
  auto out = weights();
  std::erase_if(out,
                [&](const auto& w) { return std::find(trained.begin(), trained.end(), w) != trained.end(); });
  return out;
}

std::int64_t Layer::count_params() const {
  std::int64_t count = 0;
  for (const auto& w : weights()) count += w->value.size();
  return count;
}

std::vector<Tensor> Layer::get_weights() const {
  std::vector<Tensor> out;
  for (const auto& w : weights()) out.push_back(w->value);
  return out;
}

void Layer::set_weights(const std::vector<Tensor>& values) {
  const auto list = weights();
  if (values.size() != list.size())
    fail("set_weights: expected {} weights. Received {}.", list.size(), values.size());
  for (std::size_t i = 0; i < list.size(); ++i)
    if (values[i].shape() != list[i]->value.shape())
      fail("set_weights: weight '{}' has shape {}. Received shape {}.", list[i]->name,
           to_string(list[i]->value.shape()), to_string(values[i].shape()));
  for (std::size_t i = 0; i < list.size(); ++i) {
    copy(values[i], list[i]->value.view());
    list[i]->touch();
  }
}

void Layer::reset_states() {
  for (const auto& w : weights_) {
    if (w->options.persistent) continue;
    fill(w->value.view(), 0.0);
    w->touch();
  }
  for (const auto& [attribute, layer] : sublayers()) layer->reset_states();
}

void Layer::ensure_built(const CallSpec& spec) {
  if (built_) return;
  if (name_.empty()) name_ = automatic_name(class_name());
  build(spec);
  mark_built(spec);
}

void Layer::mark_built(const CallSpec& spec) {
  if (name_.empty()) name_ = automatic_name(class_name());
  build_spec_ = spec;
  built_ = true;
}

void Layer::expect_positive(std::string_view argument, std::int64_t value) const {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (value <= 0 || value > most)
    fail("`{}` must be a positive integer{}. Received: {}={}.", argument,
         value > most ? ", at most " + std::to_string(most) : "", argument, value);
}

void Layer::expect_inputs(const Shapes& input_shapes, std::size_t count) const {
  if (input_shapes.size() != count)
    fail("expected {} input{}. Received {}.", count, count == 1 ? "" : "s", input_shapes.size());
}

void Layer::expect_rank(const Shapes& input_shapes, int rank) const {
  expect_inputs(input_shapes, 1);
  if (input_shapes[0].rank() != rank)
    fail("expected an input of {} dimensions (ndim={}), found ndim={}. Received shape: {}.", rank, rank,
         input_shapes[0].rank(), to_string(input_shapes[0]));
}

void Layer::expect_min_rank(const Shapes& input_shapes, int rank) const {
  expect_inputs(input_shapes, 1);
  if (input_shapes[0].rank() < rank)
    fail("expected an input of at least {} dimensions (min_ndim={}), found ndim={}. Received shape: {}.",
         rank, rank, input_shapes[0].rank(), to_string(input_shapes[0]));
}

void Layer::expect_axis(const Shapes& input_shapes, int axis, Dim size) const {
  const Dim found = input_shapes[0][axis];
  if (found >= 0 && found != size)
    fail("expected axis {} of the input shape to have value {}. Received shape: {}.", axis, size,
         to_string(input_shapes[0]));
}

Dim Layer::known_axis(const Shapes& input_shapes, int axis) const {
  const Dim found = input_shapes[0][axis];
  if (found < 0)
    fail("axis {} of the input must be known, but is None. Received shape: {}.", axis,
         to_string(input_shapes[0]));
  return found;
}

}  // namespace rhyton
