#include "layers/convolutional/conv1d.hpp"

namespace rhyton {

Conv1D::Conv1D(Config config) : ConvLayer(std::move(config)) {}

}  // namespace rhyton
