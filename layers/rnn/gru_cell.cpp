#include "layers/rnn/gru_cell.hpp"

namespace rhyton {

GRUCell::GRUCell(Config config) : LayerOf(std::move(config)) {
  set_arguments(ops::cell_arguments(*this, CellKind::gru, config_));
}

}  // namespace rhyton
