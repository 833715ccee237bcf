#pragma once
/// @file rnn.hpp  keras.layers.RNN
#include "nn/layer_config.hpp"
#include "nn/ops/recurrent_layer.hpp"

namespace rhyton {

/// A recurrent cell, in files also a list of cells: a stack of them.
struct CellArgument {
  CellArgument() = default;
  CellArgument(LayerRef cell) : layer(std::move(cell)) {}
  template <class L>
  requires std::is_base_of_v<Layer, L> CellArgument(L cell) : layer(std::move(cell)) {}
  LayerRef layer;
};
void from_config(const Json& json, CellArgument& value);
void to_config(Json& json, const CellArgument& value);

struct RNNConfig {
  CellArgument cell = {};
  RHYTON_RNN_ARGUMENTS;
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) {
    rnn_fields(f, *this);
    f.required("cell", cell);
  }
};

/// Loops any cell over time: (batch, steps, features) -> (batch, size), or (batch, steps, size) with
/// return_sequences; then the final states with return_state.
class RNN final : public ops::RecurrentOf<RNN, RNNConfig> {
 public:
  static constexpr const char* keras_name = "RNN";
  explicit RNN(Config config);
};
extern template class ops::RecurrentOf<RNN, RNNConfig>;

}  // namespace rhyton
