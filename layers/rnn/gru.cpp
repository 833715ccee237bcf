#include "layers/rnn/gru.hpp"

namespace rhyton {

GRU::GRU(Config config) : RecurrentOf(std::move(config)) {
  check_options(config_.time_major);
  set_cell(std::make_shared<ops::CellLayer>("gru_cell", *this,
                                            ops::cell_arguments(*this, CellKind::gru, config_)));
}

template class ops::RecurrentOf<GRU, GRUConfig>;

}  // namespace rhyton
