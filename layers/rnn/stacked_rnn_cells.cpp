#include "layers/rnn/stacked_rnn_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace rhyton {

StackedRNNCells::StackedRNNCells(Config config) : LayerOf(std::move(config)) {
  if (config_.cells.empty()) fail("`cells` must list at least one recurrent cell.");
  for (const LayerRef& cell : config_.cells) as_cell(*this, cell);
}

std::vector<Dim> StackedRNNCells::state_size() const {
  std::vector<Dim> out;
  for (const LayerRef& cell : config_.cells)
    for (Dim size : as_cell(*this, cell).state_size()) out.push_back(size);
  return out;
}

Dim StackedRNNCells::output_size() const { return as_cell(*this, config_.cells.back()).output_size(); }

void StackedRNNCells::build(const CallSpec& spec) {
  TensorSpec x = spec.inputs[0];
  for (const LayerRef& cell : config_.cells) {
    CallSpec call;
    call.inputs.push_back(x);
    for (Dim size : as_cell(*this, cell).state_size()) call.inputs.push_back({{x.shape[0], size}, x.dtype});
    call.roles.assign(call.inputs.size(), "states");
    call.roles[0].clear();
    call.masks.resize(call.inputs.size());
    cell->ensure_built(call);
    x.shape = {x.shape[0], as_cell(*this, cell).output_size()};
  }
}

bool StackedRNNCells::has_backward() const {
  return std::all_of(config_.cells.begin(), config_.cells.end(),
                     [](const LayerRef& cell) { return cell->has_backward(); });
}

SymbolicTensors StackedRNNCells::compose(const SymbolicTensors& inputs, const CallSpec& spec) const {
  if (inputs.size() != 1 + state_size().size())
    fail("expected {} states. Received {}.", state_size().size(), inputs.size() - 1);
  SymbolicTensors out{inputs[0]};
  std::size_t state = 1;
  for (const LayerRef& cell : config_.cells) {
    SymbolicTensors arguments{out[0]};
    std::vector<std::string> roles(1);
    for (std::size_t k = 0; k < as_cell(*this, cell).state_size().size(); ++k) {
      arguments.push_back(inputs[state++]);
      roles.emplace_back("states");
    }
    const SymbolicTensors made = call_layer(cell, arguments, roles, spec.flags).outputs();
    out[0] = made[0];
    out.insert(out.end(), made.begin() + 1, made.end());
  }
  return out;
}

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> StackedRNNCells::sublayers() const {
  std::vector<std::pair<std::string, std::shared_ptr<Layer>>> out;
  std::map<std::string, int> used;
  for (const LayerRef& cell : config_.cells) {
    const std::string name = "cells/" + snake_case(cell->class_name());
    const int count = used[name]++;
    out.emplace_back(count == 0 ? name : fmt::format("{}_{}", name, count), cell.share());
  }
  return out;
}

}  // namespace rhyton
