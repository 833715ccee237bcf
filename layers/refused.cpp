#include "layers/refused.hpp"

namespace rhyton {

namespace {

constexpr const char* abstract_base = "it is an abstract base class, which computes nothing.";

constexpr RefusedLayer list[] = {
    {"AbstractRNNCell", abstract_base},
    {"DenseFeatures", "it holds TensorFlow's feature columns, which are not part of Keras 3."},
    {"FlaxLayer", "it holds a function of JAX, which cannot run here."},
    {"JaxLayer", "it holds a function of JAX, which cannot run here."},
    {"Lambda",
     "it holds Python code, which is never executed. Register a layer of your own as 'Lambda', or save the "
     "model without it."},
    {"Layer", abstract_base},
    {"TFSMLayer", "it refers to a TensorFlow SavedModel, whose graph cannot run here."},
    {"TorchModuleWrapper", "it holds a pickled module of PyTorch, which is never executed."},
    {"Wrapper", abstract_base},
};

}  // namespace

std::span<const RefusedLayer> refused_layers() { return list; }

const RefusedLayer* find_refused(std::string_view class_name) {
  for (const RefusedLayer& refused : list)
    if (class_name == refused.class_name) return &refused;
  return nullptr;
}

}  // namespace rhyton
