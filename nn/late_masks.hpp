#pragma once
/// @file late_masks.hpp  Layers that look for masks when the model runs.
#include <vector>

namespace rhyton {

struct CallSpec;

/// Beside Layer, the base of layers of several inputs for whose masks Keras looks when it runs the model. Of
/// layers of one input it keeps the mask in the graph when it makes it.
class LateMasks {
 public:
  virtual ~LateMasks() = default;
  /// Inputs from which Keras takes the mask away: layers that run later find none there.
  virtual std::vector<int> taken_masks(const CallSpec&) const { return {}; }
};

}  // namespace rhyton
