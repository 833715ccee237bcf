#include "layers/convolutional/conv2d.hpp"

namespace rhyton {

Conv2D::Conv2D(Config config) : ConvLayer(std::move(config)) {}

template class ops::ConvLayer<Conv2D, 2>;

}  // namespace rhyton
