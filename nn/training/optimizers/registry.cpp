#include "nn/training/optimizers/adam.hpp"
#include "nn/training/optimizers/layerwise.hpp"
#include "nn/training/optimizers/rmsprop.hpp"
#include "nn/training/optimizers/sgd.hpp"
#include "nn/training/optimizers/wrappers.hpp"

namespace rhyton {

namespace {
// Keras finds built-in optimizers whatever the case; `.h5` files of Keras 2 say "Custom>Adam".
template <class T>
void add_optimizer(Registry<OptimizerBase>& registry) {
  registry.add_class<T>();
  const std::string name = T::keras_name;
  std::string lower = name;
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  registry.add_alias(lower, name);
  registry.add_alias("Custom>" + name, name);
}
}  // namespace

template <>
Registry<OptimizerBase>& Registry<OptimizerBase>::global() {
  static Registry& registry = *[] {
    auto* r = new Registry;
    add_optimizer<Adadelta>(*r);
    add_optimizer<Adafactor>(*r);
    add_optimizer<Adagrad>(*r);
    add_optimizer<Adam>(*r);
    add_optimizer<AdamW>(*r);
    add_optimizer<Adamax>(*r);
    add_optimizer<Ftrl>(*r);
    add_optimizer<Lamb>(*r);
    add_optimizer<Lion>(*r);
    add_optimizer<LossScaleOptimizer>(*r);
    add_optimizer<MultiOptimizer>(*r);
    add_optimizer<Muon>(*r);
    add_optimizer<Nadam>(*r);
    add_optimizer<RMSprop>(*r);
    add_optimizer<SGD>(*r);
    add_optimizer<ScheduleFreeAdamW>(*r);
    r->seal();
    return r;
  }();
  return registry;
}
template class Ref<OptimizerBase>;

}  // namespace rhyton
