#include "layers/rnn/conv_lstm2d.hpp"

namespace rhyton {

ConvLSTM2D::ConvLSTM2D(Config config) : ConvLstmOf(std::move(config)) {}

}  // namespace rhyton
