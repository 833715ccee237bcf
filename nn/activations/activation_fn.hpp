#pragma once
/// @file activation_fn.hpp  The argument `activation` of layers: a function of Keras, one with parameters, or
/// your own.
#include <functional>
#include <memory>
#include <string>

#include "nn/config.hpp"
#include "nn/kernels/activation.hpp"

namespace rhyton {

/// An activation of your own. `backward` gives dx = f'(x) dy; both may be called from several threads at
/// once.
struct CustomActivation {
  std::string name;  ///< "package>name"
  std::function<void(ConstView x, View y)> forward;
  std::function<void(ConstView x, ConstView y, ConstView dy, View dx)> backward;
};
/// Makes it known to files under its name; replaces one of the same name.
void register_activation(CustomActivation activation);

/// What a layer does to its output. Reads every form that Keras writes: a name, null, a function object, the
/// objects of `keras.activations`, an activation layer ({"class_name": "LeakyReLU", ...}). Writes a plain
/// name as Keras does, or the layer object where a name cannot hold the parameters.
class ActivationFn {
 public:
  ActivationFn() = default;  ///< linear
  ActivationFn(std::nullptr_t) {}
  /// Throws ValueError on a name that neither Keras nor `register_activation` knows.
  ActivationFn(const char* name) : ActivationFn(std::string(name)) {}
  ActivationFn(const std::string& name);
  ActivationFn(const ActivationSpec& spec);
  ActivationFn(CustomActivation custom);

  /// Linear where `custom()`.
  const ActivationSpec& spec() const { return spec_; }
  const CustomActivation* custom() const { return custom_.get(); }
  bool is_linear() const { return !custom_ && spec_.kind == ActivationKind::linear; }
  /// The name under which it is written.
  const std::string& name() const { return name_; }

  void forward(ConstView x, View y) const;
  /// Arguments as in `activation_backward`; your own functions always get x and y.
  void backward(ConstView x, ConstView y, ConstView dy, View dx) const;

  friend void from_config(const Json& json, ActivationFn& value);
  friend void to_config(Json& json, const ActivationFn& value);

 private:
  ActivationSpec spec_;
  std::string name_ = "linear";
  std::shared_ptr<const CustomActivation> custom_;
};

void from_config(const Json& json, ActivationFn& value);
void to_config(Json& json, const ActivationFn& value);

}  // namespace rhyton
