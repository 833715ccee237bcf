#pragma once
/// @file late_masks.hpp  Layers that look for masks when the model runs.
#include <array>
#include <utility>
#include <vector>

namespace rhyton {

struct CallSpec;
class Layer;

/// Beside Layer, the base of layers of several inputs for whose masks Keras looks when it runs the model. Of
/// layers of one input it keeps the mask in the graph when it makes it.
class LateMasks {
 public:
  /// Inputs from which Keras takes the mask away: layers that run later find none there.
  virtual std::vector<int> taken_masks(const CallSpec&) const { return {}; }

 protected:
  ~LateMasks() = default;
};

/// The arguments for the masks of a list of inputs, in its order. Keras's name for all of them is `mask`.
inline constexpr std::array<const char*, 3> list_mask_roles{"query_mask", "value_mask", "key_mask"};
/// Masks that a call gives: the input that each is for, and which of the call's inputs it is.
std::vector<std::pair<std::size_t, std::size_t>> given_masks(const Layer& layer, const CallSpec& spec);

}  // namespace rhyton
