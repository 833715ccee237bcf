#include "nn/training/losses/by_shape.hpp"
#include "nn/training/losses/crossentropy.hpp"
#include "nn/training/losses/hinge.hpp"
#include "nn/training/losses/overlap.hpp"
#include "nn/training/losses/regression.hpp"
#include "nn/training/losses/structured.hpp"

namespace rhyton {

template <>
Registry<LossBase>& Registry<LossBase>::global() {
  using namespace losses;
  static Registry& registry = *[] {
    auto* r = new Registry;
    r->add_class<BinaryCrossentropy>();
    r->add_class<BinaryFocalCrossentropy>();
    r->add_class<CTC>();
    r->add_class<CategoricalCrossentropy>();
    r->add_class<CategoricalFocalCrossentropy>();
    r->add_class<CategoricalGeneralizedCrossEntropy>();
    r->add_class<CategoricalHinge>();
    r->add_class<Circle>();
    r->add_class<CosineSimilarity>();
    r->add_class<Dice>();
    r->add_class<Hinge>();
    r->add_class<Huber>();
    r->add_class<KLDivergence>();
    r->add_class<LogCosh>();
    r->add_class<MeanAbsoluteError>();
    r->add_class<MeanAbsolutePercentageError>();
    r->add_class<MeanSquaredError>();
    r->add_class<MeanSquaredLogarithmicError>();
    r->add_class<Poisson>();
    r->add_class<SparseCategoricalCrossentropy>();
    r->add_class<SquaredHinge>();
    r->add_class<Tversky>();
    r->add_class<CrossentropyByShape>();
    r->add_alias("ce", "crossentropy");
    // Functions and old names: those of Keras 3 first, then Keras 2's.
    for (const auto& [alias, name] : {std::pair{"bce", "BinaryCrossentropy"},
                                      {"BCE", "BinaryCrossentropy"},
                                      {"kld", "KLDivergence"},
                                      {"KLD", "KLDivergence"},
                                      {"mae", "MeanAbsoluteError"},
                                      {"MAE", "MeanAbsoluteError"},
                                      {"mse", "MeanSquaredError"},
                                      {"MSE", "MeanSquaredError"},
                                      {"mape", "MeanAbsolutePercentageError"},
                                      {"MAPE", "MeanAbsolutePercentageError"},
                                      {"msle", "MeanSquaredLogarithmicError"},
                                      {"MSLE", "MeanSquaredLogarithmicError"},
                                      {"kl_divergence", "KLDivergence"},
                                      {"log_cosh", "LogCosh"},
                                      {"ctc", "CTC"},
                                      {"kullback_leibler_divergence", "KLDivergence"},
                                      {"logcosh", "LogCosh"},
                                      {"huber_loss", "Huber"},
                                      {"cosine_proximity", "CosineSimilarity"}})
      r->add_alias(alias, name);
    r->seal();
    return r;
  }();
  return registry;
}
template <>
Ref<LossBase>::Ref(const std::string& name) : object_(Registry<LossBase>::global().make(name)) {
  object_->set_given_name(name);
}
template class Ref<LossBase>;

}  // namespace rhyton
