#include "layers/convolutional/conv2d_transpose.hpp"

namespace rhyton {

Conv2DTranspose::Conv2DTranspose(Config config) : ConvTransposeLayer(std::move(config)) {}

template class ops::ConvTransposeLayer<Conv2DTranspose, 2>;

}  // namespace rhyton
