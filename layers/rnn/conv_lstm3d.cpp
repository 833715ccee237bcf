#include "layers/rnn/conv_lstm3d.hpp"

namespace rhyton {

ConvLSTM3D::ConvLSTM3D(Config config) : ConvLstmOf(std::move(config)) {}

}  // namespace rhyton
