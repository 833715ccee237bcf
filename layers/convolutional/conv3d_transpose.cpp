#include "layers/convolutional/conv3d_transpose.hpp"

namespace rhyton {

Conv3DTranspose::Conv3DTranspose(Config config) : ConvTransposeLayer(std::move(config)) {}

template class ops::ConvTransposeLayer<Conv3DTranspose, 3>;

}  // namespace rhyton
