#include "layers/rnn/lstm.hpp"

namespace rhyton {

LSTM::LSTM(Config config) : RecurrentOf(std::move(config)) {
  check_options(config_.time_major);
  set_cell(std::make_shared<ops::CellLayer>("lstm_cell", *this,
                                            ops::cell_arguments(*this, CellKind::lstm, config_)));
}

template class ops::RecurrentOf<LSTM, LSTMConfig>;

}  // namespace rhyton
