#include "layers/rnn/rnn.hpp"

#include <nlohmann/json.hpp>

namespace rhyton {

void from_config(const Json& json, CellArgument& value) {
  if (!json.is_array()) return from_config(json, value.layer);
  const Json config = {{"name", "stacked_rnn_cells"}, {"cells", json}};
  value.layer = Registry<Layer>::global().make("StackedRNNCells", config);
}

void to_config(Json& json, const CellArgument& value) { to_config(json, value.layer); }

RNN::RNN(Config config) : RecurrentOf(std::move(config)) {
  check_options(config_.time_major);
  set_cell(config_.cell.layer);
}

template class ops::RecurrentOf<RNN, RNNConfig>;

}  // namespace rhyton
