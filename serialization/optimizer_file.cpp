#include "serialization/optimizer_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nn/error.hpp"
#include "nn/models/trainer.hpp"
#include "nn/training/optimizers/wrappers.hpp"

namespace rhyton {

namespace {

/// State as a file has it: shapes, and how to read each.
struct StoredState {
  std::vector<Shape> shapes;
  std::function<void(std::size_t, View)> read;
  /// Of tf.keras's first optimizers: the positions of each variable's slots, and of what belongs to no
  /// variable; otherwise empty.
  std::vector<std::vector<std::size_t>> slots;
  std::vector<std::size_t> singles;
  /// Position in the file of each entry, where the file has another order; empty: the same.
  std::vector<std::size_t> order;

  std::size_t position(std::size_t i) const { return order.empty() ? i : order[i]; }
};

std::string last_part(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

StoredState from_store(const std::shared_ptr<const WeightsStore>& store) {
  StoredState state;
  for (std::size_t i = 0; i < store->count("optimizer"); ++i)
    state.shapes.push_back(store->facts("optimizer", i).shape);
  state.read = [store](std::size_t i, View into) { store->read("optimizer", i, into); };
  return state;
}

StoredState from_legacy(const std::shared_ptr<const Hdf5File>& file) {
  StoredState state;
  if (!file->has_group("optimizer_weights") || !file->has_attribute("optimizer_weights", "weight_names"))
    return state;
  const auto names = file->texts("optimizer_weights", "weight_names");
  for (const auto& name : names) state.shapes.push_back(file->facts("optimizer_weights/" + name).shape);
  state.read = [file, names](std::size_t i, View into) { file->read("optimizer_weights/" + names[i], into); };
  // tf.keras's first optimizers, which call their counter "iter", list one slot of all variables and then the
  // next, Ftrl one variable after the other. The slot is named last: "Adam/dense/kernel/m:0".
  if (names.empty() || last_part(names[0]).starts_with("iteration:") || last_part(names[0]) == "iteration")
    return state;
  std::map<std::string, std::size_t> variables;
  state.singles = {0};
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (last_part(names[i]).starts_with("momentum_cache")) {  // Nadam's product
      state.singles.push_back(i);
      continue;
    }
    const std::string variable = names[i].substr(0, names[i].size() - last_part(names[i]).size());
    const std::size_t number = variables.emplace(variable, variables.size()).first->second;
    if (number == state.slots.size()) state.slots.emplace_back();
    state.slots[number].push_back(i);
  }
  return state;
}

/// Optimizers here list what they keep by slots or by variables, as Keras 3's do.
void order_by_slots(const std::vector<OptimizerState>& wanted, StoredState& stored) {
  struct Seen {
    std::size_t number, slots;
  };
  std::map<const float*, Seen> seen;
  std::vector<std::size_t> order;
  std::size_t singles = 0;
  for (const OptimizerState& state : wanted) {
    if (state.weight == nullptr) {
      if (singles >= stored.singles.size()) return;
      order.push_back(stored.singles[singles++]);
      continue;
    }
    Seen& variable = seen.emplace(state.weight, Seen{seen.size(), 0}).first->second;
    // Keras 2.3 and before do not name variables; the order of what is stored is the best guess then.
    if (variable.number >= stored.slots.size() || variable.slots >= stored.slots[variable.number].size())
      return;
    order.push_back(stored.slots[variable.number][variable.slots++]);
  }
  stored.order = std::move(order);
}

/// Without the wrapper that scales losses.
OptimizerBase& innermost(OptimizerBase& optimizer) {
  auto* scaling = dynamic_cast<LossScaleOptimizer*>(&optimizer);
  return scaling != nullptr ? scaling->inner() : optimizer;
}

bool is_rate(const OptimizerState& state) { return last_part(state.name) == "learning_rate"; }

/// Adafactor of Keras 3 has placeholders where a variable has too few dimensions to be factored.
void drop_placeholders(const OptimizerBase& optimizer, std::vector<OptimizerState>& state) {
  if (optimizer.class_name() != "Adafactor" || state.empty()) return;
  state.erase(std::remove_if(state.begin() + 1, state.end(),
                             [](const OptimizerState& s) { return s.view.dtype() == DType::int32; }),
              state.end());
}

/// The plainest optimizer, which keeps nothing for each weight.
bool lacks_momenta(const OptimizerBase& optimizer) {
  return optimizer.class_name() == "SGD" && optimizer.get_config().value("momentum", 0.0) == 0.0;
}

/// Keras 2 keeps the rate in the configuration alone, has momenta for SGD even without momentum, works out
/// Nadam's product anew, and keeps nothing of a wrapper.
void adapt_to_keras2(OptimizerBase& outer, std::size_t variables, std::vector<OptimizerState>& wanted,
                     StoredState& stored) {
  OptimizerBase& optimizer = innermost(outer);
  wanted = optimizer.state();
  std::erase_if(wanted, is_rate);
  drop_placeholders(optimizer, wanted);
  if (lacks_momenta(optimizer) && stored.shapes.size() == wanted.size() + variables)
    stored.shapes.resize(wanted.size());
  if (optimizer.class_name() == "Nadam" && wanted.size() == stored.shapes.size() + 1) wanted.pop_back();
}

/// Nadam's product of momenta after the steps that the state has seen (Keras 2 does not store it).
void restore_nadam_product(OptimizerBase& outer) {
  OptimizerBase& optimizer = innermost(outer);
  if (optimizer.class_name() != "Nadam") return;
  const Json config = optimizer.get_config();
  const double beta = config.value("beta_1", 0.9), decay = config.value("decay", 1.0);
  double product = 1.0;
  for (std::int64_t t = 1; t <= optimizer.steps(); ++t)
    product *= beta * (1.0 - 0.5 * std::pow(0.96, decay * static_cast<double>(t)));
  fill(optimizer.state().back().view, product);
}

bool all_scalars(const std::vector<Shape>& shapes) {
  return std::all_of(shapes.begin(), shapes.end(), [](const Shape& shape) { return shape.rank() == 0; });
}

/// Compiled, but never trained: the number of iterations and the learning rate at most, of the outer and the
/// inner optimizer if there are two. Nothing is made for training then: it would take several times the
/// memory of the weights.
bool never_trained(OptimizerBase& optimizer, const std::vector<Shape>& stored) {
  if (!all_scalars(stored)) return false;
  const bool scales = dynamic_cast<LossScaleOptimizer*>(&optimizer) != nullptr;
  return scales ? stored.size() <= 4 : stored.size() <= 2 && !lacks_momenta(optimizer);
}

/// Keras 2 wraps optimizers by itself, and keeps the inner one's state alone.
OptimizerBase& kept_optimizer(Model& model, FileDialect dialect) {
  return dialect == FileDialect::keras3 ? model.optimizer() : innermost(model.optimizer());
}

/// Why the file's state is not the wanted one; empty: it is.
std::string misfit_of(const std::vector<OptimizerState>& wanted, const StoredState& stored) {
  if (wanted.size() != stored.shapes.size())
    return fmt::format("the optimizer has {} variables and the file {}", wanted.size(), stored.shapes.size());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (const Shape& shape = stored.shapes[stored.position(i)]; wanted[i].view.shape() != shape)
      return fmt::format("the optimizer's variable '{}' has the shape {}, in the file {}", wanted[i].name,
                         to_string(wanted[i].view.shape()), to_string(shape));
  return {};
}

}  // namespace

void read_optimizer_state(const KerasFile& file, Model& model, LoadReport& report) {
  StoredState stored;
  if (file.hdf5) stored = from_legacy(file.hdf5);
  if (stored.shapes.empty() && file.store) stored = from_store(file.store);
  if (stored.shapes.empty()) return;

  if (never_trained(model.optimizer(), stored.shapes)) return;

  model.trainer().bind(model.runs());
  std::vector<OptimizerState> wanted = model.optimizer().state();
  std::string misfit = file.dialect == Dialect::keras2 ? "" : misfit_of(wanted, stored);
  // Files of weights do not say who wrote them; it shows in the state that they hold.
  const bool keras2 = file.dialect == Dialect::keras2 || (!misfit.empty() && !file.graph);
  if (keras2) {
    adapt_to_keras2(model.optimizer(), model.trainer().variables().size(), wanted, stored);
    order_by_slots(wanted, stored);
    const std::string still = misfit_of(wanted, stored);
    if (misfit.empty() || still.empty()) misfit = still;
  }
  if (stored.shapes.size() < wanted.size() && all_scalars(stored.shapes)) return;
  if (!misfit.empty()) {
    report.notes.push_back(misfit + "; its state was left out.");
    return;
  }
  std::vector<Tensor> values;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    values.push_back(Tensor::uninitialized(wanted[i].view.shape(), wanted[i].view.dtype()));
    stored.read(stored.position(i), values.back().view());
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) copy(values[i], wanted[i].view);
  if (keras2 && wanted.back().weight != nullptr) restore_nadam_product(model.optimizer());
}

namespace {

/// The variables that are trained, in the order of the graph that is written.
std::vector<std::shared_ptr<Weight>> variables_in(const GraphLayer& graph) {
  std::vector<std::shared_ptr<Weight>> out;
  std::set<const Weight*> seen;
  for (const auto& weight : graph.trainable_weights())
    if (seen.insert(weight.get()).second) out.push_back(weight);
  return out;
}

/// The optimizer's state in the order that the variables have in the graph that is written. Optimizers go
/// over all variables once or several times; here those of each pass are sorted.
std::vector<OptimizerState> state_in(const GraphLayer& graph, OptimizerBase& optimizer) {
  std::vector<OptimizerState> state = optimizer.state();
  std::map<const float*, std::size_t> rank;
  for (const auto& variable : variables_in(graph)) rank.emplace(variable->value.data<float>(), rank.size());
  // In memory variables lie in the order of the model itself.
  for (auto begin = state.begin(); begin != state.end();) {
    auto end = begin + 1;
    while (end != state.end() && begin->weight != nullptr && end->weight >= (end - 1)->weight) ++end;
    std::stable_sort(begin, end, [&](const OptimizerState& a, const OptimizerState& b) {
      return begin->weight != nullptr && rank.at(a.weight) < rank.at(b.weight);
    });
    begin = end;
  }
  return state;
}

/// tf.keras's first Nadam, by its schedule, and RMSprop, by its epsilon: they go to Keras 2 as such.
bool is_first(const OptimizerBase& optimizer) {
  const std::string name = optimizer.class_name();
  return (name == "Nadam" || name == "RMSprop") && optimizer.get_config().contains("decay");
}

/// As tf.keras's first optimizers list their state: one slot of all variables, then the next.
void write_first(Hdf5Writer& file, OptimizerBase& optimizer, const GraphLayer& graph) {
  const std::string owner = optimizer.class_name();
  std::vector<std::string> slots = {"/m", "/v"};
  if (owner == "RMSprop") slots = {"/rms", "/mg"};
  const std::vector<OptimizerState> state = state_in(graph, optimizer);
  std::vector<std::string> names;
  const auto write = [&](const std::string& name, View view) {
    names.push_back(fmt::format("{}/{}:0", owner, name));
    file.write("optimizer_weights/" + names.back(), view);
  };
  write("iter", state.front().view);
  if (owner == "Nadam") write("momentum_cache", state.back().view);
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    std::map<const float*, std::size_t> seen;
    std::size_t variable = 0;
    for (const OptimizerState& s : state)
      if (s.weight != nullptr && seen[s.weight]++ == slot)
        write(fmt::format("variable_{}{}", variable++, slots[slot]), s.view);
  }
  file.attribute("optimizer_weights", "weight_names", names);
}

/// What Keras 2 has of a state: no rate, no product of Nadam's; SGD always has a momentum.
std::vector<OptimizerState> state_of_keras2(OptimizerBase& optimizer, const GraphLayer& graph,
                                            std::vector<Tensor>& zeros) {
  std::vector<OptimizerState> state = state_in(graph, optimizer);
  std::erase_if(state, is_rate);
  drop_placeholders(optimizer, state);
  if (optimizer.class_name() == "Nadam" && !state.empty()) state.pop_back();
  if (lacks_momenta(optimizer))
    for (const auto& variable : variables_in(graph)) {
      zeros.emplace_back(variable->value.shape());
      state.push_back({"momentum", zeros.back().view()});
    }
  return state;
}

}  // namespace

void write_optimizer_state(Hdf5Writer& file, Model& model, const GraphLayer& graph, FileDialect dialect) {
  OptimizerBase& optimizer = kept_optimizer(model, dialect);
  if (!optimizer.built()) return;
  const auto write = [&](const std::string& group, const OptimizerBase& of,
                         const std::vector<OptimizerState>& state) {
    file.group(group);
    file.attribute(group, "name", of.name());
    for (std::size_t i = 0; i < state.size(); ++i) file.write(fmt::format("{}/{}", group, i), state[i].view);
  };
  std::vector<Tensor> zeros;
  write(
      "optimizer/vars", optimizer,
      dialect == FileDialect::keras2 ? state_of_keras2(optimizer, graph, zeros) : state_in(graph, optimizer));
  // Keras looks for the inner one's by itself too.
  if (const auto* scaling = dynamic_cast<LossScaleOptimizer*>(&optimizer))
    write("optimizer/inner_optimizer/vars", scaling->inner(), state_in(graph, scaling->inner()));
}

void write_legacy_optimizer_state(Hdf5Writer& file, Model& model, const GraphLayer& graph) {
  OptimizerBase& optimizer = kept_optimizer(model, FileDialect::keras2);
  if (!optimizer.built()) return;
  file.group("optimizer_weights");
  if (is_first(optimizer)) return write_first(file, optimizer, graph);
  std::vector<Tensor> zeros;
  std::vector<std::string> names;
  for (const auto& state : state_of_keras2(optimizer, graph, zeros)) {
    names.push_back(names.empty() ? "iteration:0"
                                  : fmt::format("{}/slot_{}:0", optimizer.class_name(), names.size()));
    file.write("optimizer_weights/" + names.back(), state.view);
  }
  file.attribute("optimizer_weights", "weight_names", names);
}

}  // namespace rhyton
