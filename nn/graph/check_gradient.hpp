#pragma once
/// @file check_gradient.hpp  A layer on its own: as a plan of one call, and its gradient against finite
/// differences.
#include "nn/graph/run.hpp"

namespace rhyton {

/// One call of `layer` as a plan. Shapes may be unknown in part. Its inputs are those of `call`, followed by
/// one boolean input for every mask that `call` says an input carries, in order.
std::shared_ptr<const Plan> plan_call(const LayerRef& layer, const CallSpec& call);

struct GradientCheckOptions {
  /// What the layer is called on, masks behind (as `plan_call` orders them). Left out: numbers in [-1, 1],
  /// zeros for integers, masks that are true.
  std::vector<Tensor> values = {};
  bool training = false;
  /// Numbers compared in each input and weight, chosen at random where there are more.
  int samples = 50;
  /// Largest |analytic - numeric| in units of the largest gradient of the tensor (at least 1).
  double tolerance = 1e-6;
  std::uint64_t seed = 0;  ///< of the random numbers, and of the layer's own (dropout)
};

struct GradientCheck {
  bool passed = false;
  int compared = 0;    ///< numbers
  double error = 0.0;  ///< the largest, as GradientCheckOptions::tolerance counts
  std::string where;   ///< of the largest error: "weight 'kernel' [3]: analytic 0.5, numeric 0.25"
};

/// Compares `backward` with central differences of `call`, both in double precision, for every real input and
/// every trainable weight. Builds the layer if it is not built; leaves its weights as they were. Not to be
/// called while the layer is in use elsewhere.
GradientCheck check_gradient(const LayerRef& layer, const CallSpec& call,
                             const GradientCheckOptions& options = {});
/// The same for positional inputs of float32.
GradientCheck check_gradient(const LayerRef& layer, const Shapes& input_shapes,
                             const GradientCheckOptions& options = {});

}  // namespace rhyton
