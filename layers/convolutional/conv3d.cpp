#include "layers/convolutional/conv3d.hpp"

namespace rhyton {

Conv3D::Conv3D(Config config) : ConvLayer(std::move(config)) {}

template class ops::ConvLayer<Conv3D, 3>;

}  // namespace rhyton
