#pragma once
/// @file augmentations.hpp  Chains of random image layers, of which every call draws others.
#include "nn/graph/run.hpp"
#include "nn/numbers.hpp"

namespace rhyton::detail {

/// The arguments that AugMix and RandAugment give to the layers which they choose from.
struct AugmentationArguments {
  Factor factor, value_range;
  std::string interpolation;
  DataFormat data_format;
};

/// Throws ValueError in the layer's name unless a number of layers is within reason.
void expect_length(const Layer& owner, const char* argument, std::int64_t value);

/// Makes layers by Keras's class names, as parts of `owner`; throws ValueError in its name.
std::vector<LayerRef> make_augmentations(const Layer& owner, const std::vector<std::string>& class_names,
                                         const AugmentationArguments& arguments);

/// Runs chains of layers in training, each link over whole batches of one shape, as drawn at the call. Holds
/// one Run a layer; a gradient computes its chain once more.
class Augmentations final : public Kernel {
 public:
  /// A layer, and what its random numbers come from.
  struct Link {
    std::size_t layer = 0;
    std::uint64_t seed = 0;
  };
  using Chain = std::vector<Link>;
  /// Chains of at most these lengths.
  Augmentations(const std::vector<LayerRef>& layers, const Shape& images, const KernelOptions& options,
                const std::vector<std::size_t>& lengths, bool gradients);
  const char* implementation() const override { return "augmentations"; }

  /// For the caller to fill before `forward`; kept for `backward`.
  Chain& chain(std::size_t k) { return chains_[k]; }
  /// x after all links of chain k; valid until the next call.
  ConstView forward(std::size_t k, ConstView x);
  /// The gradient with respect to x; valid until the next call.
  ConstView backward(std::size_t k, ConstView x, ConstView dy);

 private:
  Run& run(const Link& link, ConstView x);

  std::vector<Chain> chains_;
  std::vector<std::unique_ptr<Run>> runs_;
  std::vector<Tensor> stages_;  ///< the images after each link
  Tensor gradient_;
};

}  // namespace rhyton::detail
