#pragma once
/// @file layer.hpp  The base class of layers and the handle that shares them: all that the author of a layer
/// includes.
#include <fmt/core.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/error.hpp"
#include "nn/mask_graph.hpp"
#include "nn/object.hpp"
#include "nn/operation.hpp"
#include "nn/traits.hpp"

namespace rhyton {

struct Node;
class Layer;

/// A tensor of a graph that is being defined: Keras's KerasTensor.
class SymbolicTensor {
 public:
  SymbolicTensor() = default;
  SymbolicTensor(std::shared_ptr<const Node> node, int index) : node_(std::move(node)), index_(index) {}

  explicit operator bool() const { return node_ != nullptr; }
  const TensorSpec& spec() const;
  const Shape& shape() const { return spec().shape; }
  DType dtype() const { return spec().dtype; }
  /// The mask's shape if this tensor carries a mask.
  const std::optional<Shape>& mask_shape() const;
  const std::shared_ptr<const Node>& node() const { return node_; }
  int index() const { return index_; }
  /// All outputs of the call that made this tensor, for layers that return several.
  std::vector<SymbolicTensor> outputs() const;
  friend bool operator==(const SymbolicTensor&, const SymbolicTensor&) = default;

 private:
  std::shared_ptr<const Node> node_;
  int index_ = 0;
};

using SymbolicTensors = std::vector<SymbolicTensor>;

/// Keras's keyword arguments of a layer's call, beside its inputs.
struct CallArguments {
  SymbolicTensor mask = {};
  SymbolicTensors initial_state = {};
  SymbolicTensor query = {}, value = {}, key = {};
  SymbolicTensor attention_mask = {}, query_mask = {}, value_mask = {}, key_mask = {};
  std::optional<bool> training = {}, use_causal_mask = {}, return_attention_scores = {};
};

/// How a layer treats the mask of its first input.
enum class MaskRule { drop, pass, compute };

namespace detail {
class LayerReader;
}  // namespace detail

/// Base of all layers: configuration, weights, shapes and the two directions of the maths. After `build` a
/// layer is const for everything but its weights' values, so it can be shared by nodes, models and threads.
class Layer : public Operation {
 public:
  static constexpr const char* family = "layer";
  static constexpr const char* module = "keras.layers";

  Layer(Layer&&) noexcept;

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }
  bool trainable() const { return *trainable_; }
  /// Also of the layers inside.
  void set_trainable(bool trainable);
  const std::string& dtype() const { return dtype_; }
  /// Throws ValueError unless an argument that is a size is positive and within 32 bits, so that products of
  /// two stay within 64.
  void expect_positive(std::string_view argument, std::int64_t value) const;

  /// Adds the weights, from the shapes of the positional inputs.
  virtual void build(const Shapes& input_shapes);
  /// The same for layers whose inputs have roles.
  virtual void build(const CallSpec& spec);
  /// Output shapes from input shapes, dimensions may be unknown: the one place that judges shapes.
  virtual Shapes compute_output_shape(const Shapes& input_shapes) const;
  /// Also dtypes and roles. Default: `compute_output_shape`, with the first input's dtype if it is a real
  /// one or `keeps_dtype`, else float32.
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override;

  /// True for layers that only move elements about: any dtype goes in, and the same comes out.
  virtual bool keeps_dtype() const { return false; }
  /// The dtypes that `call` can read; numbers of other types are cast to real ones in front of the layer.
  virtual bool takes(DType dtype) const { return is_floating(dtype) || keeps_dtype(); }

  /// Layers made of layers return the graph that stands for one call of theirs, and need no `call` and
  /// `backward`.
  virtual bool is_composite() const { return false; }
  virtual SymbolicTensors compose(const SymbolicTensors& inputs, const CallSpec& spec) const;
  void call(Call& call) const override;

  /// Layers whose graph depends on sizes (a loop over time) return it when a Run is made. They judge shapes
  /// and masks themselves (`compute_output_spec`, `mask_rule`; masks that the graph computes stay with
  /// MaskRule::compute).
  virtual bool expands() const { return false; }
  /// `spec` has all sizes and the training flag; `masks[i]` is the mask of input i, empty if it has none.
  virtual SymbolicTensors expand(const SymbolicTensors& inputs, const SymbolicTensors& masks,
                                 const CallSpec& spec) const;

  /// The module that files name: "keras.layers", empty for classes of your own; operations and models have
  /// others.
  virtual std::string keras_module() const;
  /// How files list several positional inputs: as one list, or one by one (attention).
  virtual bool takes_inputs_singly() const { return false; }
  /// How files list the arguments of a call, {"args": [...], "kwargs": {...}} with {"$": i} for the i-th
  /// tensor, where inputs alone do not say it: operations.
  virtual std::shared_ptr<const Json> call_arguments() const;

  /// What happens to masks. Default: passed on if `supports_masking`, dropped otherwise.
  virtual bool supports_masking() const { return false; }
  virtual MaskRule mask_rule(const CallSpec& spec) const;
  /// Shape of output i's mask where the rule is `compute`; nullopt if that output has none.
  virtual std::optional<Shape> mask_shape(const CallSpec& spec, int output) const;
  /// What Keras's own graphs hold of them.
  virtual MaskGraph mask_graph() const { return {}; }

  /// A penalty on every output, divided by the batch size; added to the loss.
  virtual Regularizer activity_regularizer() const;

  /// What the layer computes in the terms of a kernel family, for passes that fuse and trim (see traits.hpp).
  virtual Traits traits(const CallSpec& spec) const;

  /// Weights in the order of creation; those of inner layers are theirs.
  const std::vector<std::shared_ptr<Weight>>& own_weights() const { return weights_; }
  /// What a step of this layer reads, by the numbers of `Call::weight`. Layers that do an inner layer's work
  /// (LSTM that of its cell) add that one's weights.
  virtual std::vector<std::shared_ptr<Weight>> step_weights() const;
  /// Inner layers with the attribute names under which Keras's files keep them, in Keras's order.
  virtual std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const;
  /// Own weights, trainable ones first, then those of the inner layers: Keras 3's order.
  std::vector<std::shared_ptr<Weight>> weights() const;
  std::vector<std::shared_ptr<Weight>> trainable_weights() const;
  std::vector<std::shared_ptr<Weight>> non_trainable_weights() const;
  std::int64_t count_params() const;
  std::vector<Tensor> get_weights() const;
  /// Throws ValueError, and changes nothing, unless number and shapes fit.
  void set_weights(const std::vector<Tensor>& values);
  /// Zeros in all state that is not saved (the states of stateful recurrent layers), inner layers' too.
  void reset_states();

  bool built() const { return built_; }
  /// Builds once; gives the layer a name of Keras's kind if it has none. Throws ValueError on shapes that do
  /// not fit.
  void ensure_built(const CallSpec& spec);
  const CallSpec& build_spec() const { return build_spec_; }
  /// "cropping2d 'crop'": how errors name the layer.
  std::string label() const;

 protected:
  Layer(std::string name, bool trainable, std::string dtype);
  /// A part of `owner`, which is trainable when its owner is.
  Layer(const Layer& owner, const std::string& name);
  ~Layer();
  void set_activity_regularizer(Regularizer regularizer);
  /// What `ensure_built` does after `build`.
  void mark_built(const CallSpec& spec);
  /// Returns the number by which `Call::weight` and `Backward::dw` find the weight.
  int add_weight(const std::string& name, const Shape& shape, WeightOptions options);
  /// The same for a weight that belongs to another layer.
  int share_weight(const std::shared_ptr<Weight>& weight);
  /// The first input's dtype if it is a real one, else float32.
  static DType real_dtype(const CallSpec& spec);
  /// Throws ValueError with the layer's label in front.
  [[noreturn]] void fail(std::string_view text) const;
  /// The text is made like `fmt::format`'s.
  template <class... Values>
  [[noreturn]] void fail(fmt::format_string<Values...> format, Values&&... values) const
      requires(sizeof...(Values) != 0) {
    fail_with(format, fmt::make_format_args(values...));
  }
  /// Throws ValueError unless the one input has this many dimensions.
  void expect_rank(const Shapes& input_shapes, int rank) const;
  void expect_min_rank(const Shapes& input_shapes, int rank) const;
  void expect_inputs(const Shapes& input_shapes, std::size_t count) const;
  /// Throws ValueError unless the input's axis is unknown or has this size.
  void expect_axis(const Shapes& input_shapes, int axis, Dim size) const;
  /// Size of an axis that `build` must know; throws ValueError if it is unknown.
  Dim known_axis(const Shapes& input_shapes, int axis) const;

 private:
  friend class detail::LayerReader;
  [[noreturn]] void fail_with(fmt::string_view format, fmt::format_args values) const;
  std::string name_;
  std::shared_ptr<bool> trainable_;
  std::string dtype_;
  Regularizer activity_regularizer_;
  bool built_ = false;
  CallSpec build_spec_;
  std::vector<std::shared_ptr<Weight>> weights_;
};

template <>
Registry<Layer>& Registry<Layer>::global();

/// One call of a layer: inputs, what they are, and what came out.
struct Node {
  std::shared_ptr<Layer> layer;
  SymbolicTensors inputs;
  CallSpec spec;
  std::vector<TensorSpec> outputs;
  std::vector<std::optional<Shape>> masks;  ///< of the outputs
};

/// Tensors without a history that stand for the inputs of a call while a layer's graph is made or judged.
/// `layer`: whose they are said to be.
SymbolicTensors placeholders(const CallSpec& spec, std::shared_ptr<Layer> layer = nullptr);
/// One that carries no mask.
SymbolicTensor placeholder(const TensorSpec& spec, std::shared_ptr<Layer> layer = nullptr);

/// A shared layer. Made from any layer value; copies are the same layer, with the same weights.
class LayerRef {
 public:
  LayerRef() = default;
  template <class L>
  requires(std::is_base_of_v<Layer, L>) LayerRef(L&& layer)
      : layer_(make_object<Layer, L>(std::move(layer))) {}
  /// A layer that has a name of its own is not copied silently: hold it as a `LayerRef` to share it.
  template <class L>
  requires(std::is_base_of_v<Layer, L>) LayerRef(const L& layer)
  = delete;
  template <class L>
  requires(std::is_base_of_v<Layer, L>) LayerRef(std::shared_ptr<L> layer) : layer_(std::move(layer)) {}
  /// The layer that made a tensor: lets `Input(...)` stand in a Sequential's list.
  LayerRef(const SymbolicTensor& tensor);
  LayerRef(const LayerRef&);
  LayerRef(LayerRef&&) noexcept;
  LayerRef& operator=(const LayerRef&);
  LayerRef& operator=(LayerRef&&) noexcept;
  ~LayerRef();

  explicit operator bool() const { return layer_ != nullptr; }
  Layer* operator->() const { return layer_.get(); }
  Layer& operator*() const { return *layer_; }
  const std::shared_ptr<Layer>& share() const { return layer_; }

  /// Calls the layer on symbolic tensors; returns its first output.
  SymbolicTensor operator()(const SymbolicTensor& x, const CallArguments& arguments = {}) const;
  SymbolicTensor operator()(const SymbolicTensors& inputs, const CallArguments& arguments = {}) const;

 private:
  std::shared_ptr<Layer> layer_;
};

/// The same with roles and flags spelled out, as files have them.
SymbolicTensor call_layer(const LayerRef& layer, SymbolicTensors inputs, std::vector<std::string> roles,
                          std::vector<std::pair<std::string, bool>> flags);

/// Keras's dtype policy: read as a name or an object, written as an object.
struct DTypePolicy {
  std::string name = {};
};
void from_config(const Json& json, DTypePolicy& value);
void to_config(Json& json, const DTypePolicy& value);

namespace detail {
/// The arguments that every layer has, and its penalty of activity; RHYTON_LAYER_ARGUMENTS are the first.
void write_arguments(ConfigWriter& writer, const Layer& layer);
/// Reads a layer from JSON.
class LayerReader {
 public:
  /// Makes the layer of the Config that `read` gives.
  using Make = std::shared_ptr<Layer> (*)(LayerReader& reader);
  static std::shared_ptr<Layer> make(const Json& json, const char* keras_name, Make make);

  /// The arguments of all layers and those that `Config` lists.
  template <class Config>
  Config read() {
    Config config;
    Regularizer* penalty = &penalty_;
    // Keras takes `activity_regularizer` for every layer; some have it among their own arguments.
    if constexpr (requires { config.activity_regularizer; }) penalty = &config.activity_regularizer;
    read({config.name, config.trainable, config.dtype, *penalty}, &config, &list_fields<Config>);
    return config;
  }

 private:
  struct Arguments {
    std::string& name;
    bool& trainable;
    std::string& dtype;
    Regularizer& penalty;
  };
  LayerReader(const Json& json, const char* keras_name) : fields_(json, keras_name) {}
  void read(const Arguments& arguments, void* config, ListFields list);

  ConfigReader fields_;
  Regularizer penalty_ = {};  ///< of a layer that does not list it
};
}  // namespace detail

/// Keras's arguments that every layer has; stands last in a layer's Config.
#define RHYTON_LAYER_ARGUMENTS \
  std::string name = {};       \
  bool trainable = true;       \
  std::string dtype = {}

/// Base of a layer with a Config aggregate. `Derived` has `keras_name`; Config has `fields` and ends with
/// RHYTON_LAYER_ARGUMENTS. `BaseT`: what several classes share, a Layer with Layer's constructor.
///
/// Members are defined outside, so that files which only use the library's layers do not compile them:
/// layers.hpp declares them as instantiated elsewhere.
template <class Derived, class ConfigT, class BaseT = Layer>
class LayerOf : public BaseT {
 public:
  using Config = ConfigT;
  using LayerBase = BaseT;
  explicit LayerOf(Config&& config);
  explicit LayerOf(const Config& config) : LayerOf(Config(config)) {}
  LayerOf(LayerOf&&) noexcept;

  std::string class_name() const override;
  const Config& config() const { return config_; }
  /// True when Derived has a `backward` of its own, or is made of layers that have.
  bool has_backward() const override;
  void write_config(ConfigWriter& writer) const override;
  static std::shared_ptr<Layer> from_config(const Json& json);
  /// For the registry: `from_config` behind what all layers have in common.
  static std::shared_ptr<Layer> read(detail::LayerReader& reader);

  SymbolicTensor operator()(const SymbolicTensor& x, const CallArguments& arguments = {}) &&;
  SymbolicTensor operator()(const SymbolicTensors& x, const CallArguments& arguments = {}) &&;

 protected:
  Config config_;
};

template <class D, class C, class B>
LayerOf<D, C, B>::LayerOf(Config&& config)
    : B(config.name, config.trainable, config.dtype), config_(std::move(config)) {
  if constexpr (requires { config_.activity_regularizer; })
    this->set_activity_regularizer(config_.activity_regularizer);
}
template <class D, class C, class B>
LayerOf<D, C, B>::LayerOf(LayerOf&&) noexcept = default;

template <class D, class C, class B>
std::string LayerOf<D, C, B>::class_name() const {
  return D::keras_name;
}
template <class D, class C, class B>
bool LayerOf<D, C, B>::has_backward() const {
  return !std::is_same_v<decltype(&D::backward), void (Operation::*)(Backward&) const>;
}
template <class D, class C, class B>
void LayerOf<D, C, B>::write_config(ConfigWriter& writer) const {
  detail::write_arguments(writer, *this);
  detail::list_fields<C>(const_cast<C*>(&config_), writer);
}
template <class D, class C, class B>
std::shared_ptr<Layer> LayerOf<D, C, B>::from_config(const Json& json) {
  return detail::LayerReader::make(json, D::keras_name, &LayerOf::read);
}
template <class D, class C, class B>
std::shared_ptr<Layer> LayerOf<D, C, B>::read(detail::LayerReader& reader) {
  return share_object<Layer>(new D(reader.read<C>()));
}

template <class D, class C, class B>
SymbolicTensor LayerOf<D, C, B>::operator()(const SymbolicTensor& x, const CallArguments& arguments) && {
  return LayerRef(std::move(static_cast<D&>(*this)))(x, arguments);
}
template <class D, class C, class B>
SymbolicTensor LayerOf<D, C, B>::operator()(const SymbolicTensors& x, const CallArguments& arguments) && {
  return LayerRef(std::move(static_cast<D&>(*this)))(x, arguments);
}

}  // namespace rhyton
