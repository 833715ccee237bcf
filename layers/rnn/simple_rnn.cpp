#include "layers/rnn/simple_rnn.hpp"

namespace rhyton {

SimpleRNN::SimpleRNN(Config config) : RecurrentOf(std::move(config)) {
  check_options(config_.time_major);
  set_cell(std::make_shared<ops::CellLayer>("simple_rnn_cell", *this,
                                            ops::cell_arguments(*this, CellKind::simple, config_)));
}

template class ops::RecurrentOf<SimpleRNN, SimpleRNNConfig>;

}  // namespace rhyton
