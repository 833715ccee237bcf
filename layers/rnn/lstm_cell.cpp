#include "layers/rnn/lstm_cell.hpp"

namespace rhyton {

LSTMCell::LSTMCell(Config config) : LayerOf(std::move(config)) {
  set_arguments(ops::cell_arguments(*this, CellKind::lstm, config_));
}

}  // namespace rhyton
