#include "layers/pooling/average_pooling3d.hpp"

namespace rhyton {

AveragePooling3D::AveragePooling3D(Config config) : PoolLayer(std::move(config)) {}

}  // namespace rhyton
