#include "layers/convolutional/conv1d_transpose.hpp"

namespace rhyton {

Conv1DTranspose::Conv1DTranspose(Config config) : ConvTransposeLayer(std::move(config)) {}

template class ops::ConvTransposeLayer<Conv1DTranspose, 1>;

}  // namespace rhyton
