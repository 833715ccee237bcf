#include "layers/preprocessing/max_num_bounding_box.hpp"

namespace rhyton {

MaxNumBoundingBoxes::MaxNumBoundingBoxes(Config config) : RandomImageLayer(std::move(config)) {}

}  // namespace rhyton
