#pragma once
/// @file stacked_rnn_cells.hpp  keras.layers.StackedRNNCells
#include "nn/layer_config.hpp"
#include "nn/recurrent.hpp"

namespace rhyton {

struct StackedRNNCellsConfig {
  std::vector<LayerRef> cells = {};
  RHYTON_LAYER_ARGUMENTS;

  void fields(ConfigFields& f) { f.required("cells", cells); }
};

/// Cells on top of each other as one cell: the states are all cells' states, the first cell's first.
class StackedRNNCells final : public LayerOf<StackedRNNCells, StackedRNNCellsConfig>, public RecurrentCell {
 public:
  static constexpr const char* keras_name = "StackedRNNCells";
  explicit StackedRNNCells(Config config);

  std::vector<Dim> state_size() const override;
  Dim output_size() const override;
  std::vector<LayerRef> stack() const override { return config_.cells; }

  void build(const CallSpec& spec) override;
  bool is_composite() const override { return true; }
  bool has_backward() const override;
  SymbolicTensors compose(const SymbolicTensors& inputs, const CallSpec& spec) const override;
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> sublayers() const override;
};

}  // namespace rhyton
