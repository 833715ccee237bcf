#include "layers/pooling/max_pooling3d.hpp"

namespace rhyton {

MaxPooling3D::MaxPooling3D(Config config) : PoolLayer(std::move(config)) {}

}  // namespace rhyton
