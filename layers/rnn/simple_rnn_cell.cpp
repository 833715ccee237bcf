#include "layers/rnn/simple_rnn_cell.hpp"

namespace rhyton {

SimpleRNNCell::SimpleRNNCell(Config config) : LayerOf(std::move(config)) {
  set_arguments(ops::cell_arguments(*this, CellKind::simple, config_));
}

}  // namespace rhyton
