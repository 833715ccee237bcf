#include "layers/rnn/conv_lstm1d.hpp"

namespace rhyton {

ConvLSTM1D::ConvLSTM1D(Config config) : ConvLstmOf(std::move(config)) {}

}  // namespace rhyton
