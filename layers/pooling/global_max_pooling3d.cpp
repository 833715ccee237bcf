#include "layers/pooling/global_max_pooling3d.hpp"

namespace rhyton {

GlobalMaxPooling3D::GlobalMaxPooling3D(Config config) : GlobalPoolLayer(std::move(config)) {}

}  // namespace rhyton
