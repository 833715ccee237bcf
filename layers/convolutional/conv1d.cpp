#include "layers/convolutional/conv1d.hpp"

namespace rhyton {

Conv1D::Conv1D(Config config) : ConvLayer(std::move(config)) {}

template class ops::ConvLayer<Conv1D, 1>;

}  // namespace rhyton
