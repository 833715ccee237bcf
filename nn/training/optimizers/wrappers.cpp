#include "nn/training/optimizers/wrappers.hpp"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "nn/pattern.hpp"

namespace rhyton {

LossScaleOptimizer::LossScaleOptimizer(Config config) : Configured(std::move(config)) {
  if (!config_.inner_optimizer)
    throw ValueError("LossScaleOptimizer: `inner_optimizer` is missing; give the optimizer that it wraps.");
  if (dynamic_cast<LossScaleOptimizer*>(&inner()))
    throw ValueError("LossScaleOptimizer: `inner_optimizer` cannot itself be a LossScaleOptimizer.");
  arguments_.name = config_.name.empty() ? "loss_scale_optimizer" : config_.name;
  config_.name = arguments_.name;
  scale_.data<float>()[0] = static_cast<float>(config_.initial_scale);
}

void LossScaleOptimizer::build(FlatParameters parameters) {
  inner().build(parameters);
  OptimizerBase::build(std::move(parameters));
}

bool LossScaleOptimizer::begin_step() {
  float* g = parameters().gradients;
  finite_ = true;
  for (const OptimizerVariable& variable : parameters().variables) {
    for (Dim i = variable.offset, end = i + variable.shape.size(); i < end; ++i)
      finite_ &= std::isfinite(g[i]);
  }
  if (!finite_) return false;
  const float unscale = 1.0f / scale_.data<float>()[0];
  for (Dim i = 0; i < parameters().size; ++i) g[i] *= unscale;
  return inner().begin_step();
}

void LossScaleOptimizer::end_step(bool updated) {
  std::int64_t& counter = counter_.data<std::int64_t>()[0];
  float& scale = scale_.data<float>()[0];
  if (!finite_) {
    counter = 0;
    scale *= 0.5f;
    return;
  }
  inner().end_step(updated);
  if (counter == config_.dynamic_growth_steps - 1) {
    counter = 0;
    scale *= 2.0f;
  } else {
    ++counter;
  }
}

std::vector<OptimizerState> LossScaleOptimizer::state() {
  std::vector<OptimizerState> out{{name() + "/iteration", own_step_.view()},
                                  {name() + "/learning_rate", own_rate_.view()}};
  if (built()) {
    out.push_back({name() + "/step_counter", counter_.view()});
    out.push_back({name() + "/dynamic_scale", scale_.view()});
  }
  for (OptimizerState& piece : inner().state()) out.push_back(std::move(piece));
  return out;
}

void from_config(const Json& json, OptimizerMap& value) {
  const ObjectJson object = parse_object(json);
  if (object.class_name != "OptimizerMap" || object.config == nullptr)
    throw ValueError("expected an OptimizerMap. Received: " + object.class_name);
  value = OptimizerMap();
  from_config(object.config->at("default_optimizer"), value.default_optimizer);
  auto map = object.config->find("optimizer_map");
  if (map == object.config->end()) return;
  for (const auto& [key, item] : map->items())
    from_config(item, value.optimizer_map.emplace_back(key, nullptr).second);
}

void to_config(Json& json, const OptimizerMap& value) {
  Json map = Json::object();
  for (const auto& [key, optimizer] : value.optimizer_map) to_config(map[key], optimizer);
  json = Json::object();
  json["module"] = "keras.src.optimizers.multi_optimizer";
  json["class_name"] = "OptimizerMap";
  to_config(json["config"]["default_optimizer"], value.default_optimizer);
  json["config"]["optimizer_map"] = std::move(map);
  json["registered_name"] = "OptimizerMap";
}

MultiOptimizer::MultiOptimizer(Config config) : Configured(std::move(config)) {
  arguments_.name = config_.name.empty() ? "multi_optimizer" : config_.name;
  config_.name = arguments_.name;
  auto add = [&](const Optimizer& optimizer) {
    if (!optimizer) throw ValueError("MultiOptimizer: an optimizer of the map is missing.");
    if (dynamic_cast<MultiOptimizer*>(&*optimizer) || dynamic_cast<LossScaleOptimizer*>(&*optimizer))
      throw ValueError("MultiOptimizer: its optimizers cannot be a MultiOptimizer or a LossScaleOptimizer.");
    for (const Part& part : parts_)
      if (&*part.optimizer == &*optimizer) return;
    parts_.push_back({.optimizer = optimizer});
  };
  for (const auto& [key, optimizer] : config_.optimizer_map.optimizer_map) add(optimizer);
  add(config_.optimizer_map.default_optimizer);
}

void MultiOptimizer::build(FlatParameters parameters) {
  std::vector<FlatParameters> split(parts_.size(),
                                    {parameters.weights, parameters.gradients, parameters.size, 1, {}});
  std::map<std::string, Pattern> patterns;
  const auto describes = [&](const std::string& key, const std::string& path) {
    if (path == key) return true;
    return patterns.try_emplace(key, key, "MultiOptimizer").first->second.matches(path);
  };
  for (const OptimizerVariable& variable : parameters.variables) {
    const Optimizer* chosen = &config_.optimizer_map.default_optimizer;
    for (const auto& [key, optimizer] : config_.optimizer_map.optimizer_map) {
      if (!describes(key, variable.path)) continue;
      chosen = &optimizer;
      break;
    }
    for (std::size_t i = 0; i < parts_.size(); ++i)
      if (&*parts_[i].optimizer == &**chosen) split[i].variables.push_back(variable);
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    parts_[i].used = !split[i].variables.empty();
    if (parts_[i].used) parts_[i].optimizer->build(std::move(split[i]));
  }
  OptimizerBase::build(std::move(parameters));
}

bool MultiOptimizer::begin_step() {
  const auto unscale = static_cast<float>(1.0 / loss_scale());
  if (unscale != 1.0f)
    for (Dim i = 0; i < parameters().size; ++i) parameters().gradients[i] *= unscale;
  for (Part& part : parts_) part.updates = part.used && part.optimizer->begin_step();
  return true;
}

void MultiOptimizer::apply_range(Dim begin, Dim end, const float* gradient) {
  for (Part& part : parts_)
    if (part.updates) part.optimizer->apply_range(begin, end, gradient);
}

void MultiOptimizer::end_step(bool) {
  for (Part& part : parts_)
    if (part.used) part.optimizer->end_step(part.updates);
  ++own_step_.data<std::int64_t>()[0];
}

void MultiOptimizer::finalize_weights() {
  for (Part& part : parts_) part.optimizer->finalize_weights();
}

double MultiOptimizer::learning_rate() const {
  throw ValueError("MultiOptimizer: it has no learning rate of its own; ask its optimizers.");
}
void MultiOptimizer::set_learning_rate(double) {
  throw ValueError("MultiOptimizer: it has no learning rate of its own; set those of its optimizers.");
}

std::vector<OptimizerState> MultiOptimizer::state() {
  std::vector<OptimizerState> out{{name() + "/iteration", own_step_.view()},
                                  {name() + "/learning_rate", own_rate_.view()}};
  for (Part& part : parts_)
    for (OptimizerState& piece : part.optimizer->state()) out.push_back(std::move(piece));
  return out;
}

}  // namespace rhyton
