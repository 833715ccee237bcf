#include "nn/models/callbacks/monitor.hpp"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nn/models/model.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

void say(const std::string& text) { std::printf("%s\n", text.c_str()); }

void warn(const std::string& text) { std::fprintf(stderr, "Warning: %s\n", text.c_str()); }

std::string names_of(const Logs& logs) {
  std::string out;
  for (const auto& [name, value] : logs) out += (out.empty() ? "" : ", ") + name;
  return out;
}

bool ends_with_name(const std::string& log, const std::string& name) {
  // With several outputs a metric's log is "<output>_<metric>".
  return log == name || (log.size() > name.size() && log.ends_with("_" + name));
}

/// A count in a callback's state.
std::int64_t counted(const Logs& state, const char* name) { return static_cast<std::int64_t>(state[name]); }

void set(Logs& logs, const std::string& name, double value) {
  for (auto& [key, entry] : logs)
    if (key == name) {
      entry = value;
      return;
    }
  logs.emplace_back(name, value);
}

}  // namespace

MonitorCallback::MonitorCallback(std::string owner, std::string monitor, const std::string& mode,
                                 double min_delta)
    : owner_(std::move(owner)), monitor_(std::move(monitor)), mode_(mode), min_delta_(std::abs(min_delta)) {
  if (mode_ != "auto" && mode_ != "min" && mode_ != "max")
    raise<ValueError>("{}: `mode` must be 'auto', 'min' or 'max'. Received: mode={}", owner_, mode_);
}

Logs MonitorCallback::state() const {
  Logs state;
  if (best_) state.emplace_back("best", *best_);
  return state;
}

void MonitorCallback::set_state(const Logs& state) {
  if (const double* best = find(state, "best")) best_ = *best;
}

std::optional<double> MonitorCallback::current(const Logs& logs) const {
  if (const double* value = find(logs, monitor_)) return *value;
  warn(fmt::format("{} watches `{}`, which is not available. Available are: {}", owner_, monitor_,
                   names_of(logs)));
  return std::nullopt;
}

bool MonitorCallback::improves(double value, const std::optional<double>& reference) {
  if (mode_ == "auto") {
    const std::string name = monitor_.starts_with("val_") ? monitor_.substr(4) : monitor_;
    std::optional<bool> higher;
    if (ends_with_name(name, "loss")) higher = false;
    const CompileArguments& compile = model().compile_arguments();
    auto look = [&](const MetricList& list) {
      for (const Metric& metric : list.metrics)
        if (ends_with_name(name, metric->name()) && metric->higher_is_better())
          higher = metric->higher_is_better();
    };
    for (const auto* given : {&compile.metrics, &compile.weighted_metrics}) {
      for (const MetricList& list : given->list) look(list);
      for (const auto& [output, list] : given->named) look(list);
    }
    if (!higher)
      raise<ValueError>(
          "{}: it is not known whether `{}` is better when higher or lower. Pass mode 'max' or 'min'.",
          owner_, monitor_);
    mode_ = *higher ? "max" : "min";
  }
  if (!reference) return true;
  return mode_ == "max" ? value - min_delta_ > *reference : value + min_delta_ < *reference;
}

EarlyStopping::EarlyStopping(Config config)
    : MonitorCallback("EarlyStopping", config.monitor, config.mode, config.min_delta),
      config_(std::move(config)) {}

void EarlyStopping::on_train_begin() {
  wait_ = stopped_epoch_ = best_epoch_ = 0;
  best_.reset();
  best_weights_.clear();
}

void EarlyStopping::on_epoch_end(std::int64_t epoch, Logs& logs) {
  const auto value = current(logs);
  if (!value || epoch < config_.start_from_epoch) return;
  if (config_.restore_best_weights && best_weights_.empty()) {
    best_weights_ = model().get_weights();
    best_epoch_ = epoch;
  }
  ++wait_;
  if (improves(*value, best_)) {
    best_ = value;
    best_epoch_ = epoch;
    if (config_.restore_best_weights) best_weights_ = model().get_weights();
    if (!config_.baseline || improves(*value, config_.baseline)) wait_ = 0;
    return;
  }
  if (wait_ >= config_.patience && epoch > 0) {
    stopped_epoch_ = epoch;
    model().stop_training();
  }
}

void EarlyStopping::on_train_end(const Logs&) {
  if (stopped_epoch_ > 0 && config_.verbose > 0)
    say(fmt::format("Epoch {}: early stopping", stopped_epoch_ + 1));
  if (!config_.restore_best_weights || best_weights_.empty()) return;
  if (config_.verbose > 0)
    say(fmt::format("Restoring model weights from the end of the best epoch: {}.", best_epoch_ + 1));
  model().set_weights(best_weights_);
}

Logs EarlyStopping::state() const {
  Logs state = MonitorCallback::state();
  state.emplace_back("wait", wait_);
  state.emplace_back("best_epoch", best_epoch_);
  state.emplace_back("stopped_epoch", stopped_epoch_);
  return state;
}

void EarlyStopping::set_state(const Logs& state) {
  MonitorCallback::set_state(state);
  wait_ = counted(state, "wait");
  best_epoch_ = counted(state, "best_epoch");
  stopped_epoch_ = counted(state, "stopped_epoch");
  if (stopped_epoch_ > 0) model().stop_training();
}

ReduceLROnPlateau::ReduceLROnPlateau(Config config)
    : MonitorCallback("ReduceLROnPlateau", config.monitor, config.mode, config.min_delta),
      config_(std::move(config)) {
  if (config_.factor >= 1.0)
    throw ValueError("ReduceLROnPlateau: `factor` must be below 1. Received: factor=" +
                     std::to_string(config_.factor));
}

void ReduceLROnPlateau::on_train_begin() {
  best_.reset();
  wait_ = cooldown_ = 0;
}

Logs ReduceLROnPlateau::state() const {
  Logs state = MonitorCallback::state();
  state.emplace_back("wait", wait_);
  state.emplace_back("cooldown", cooldown_);
  return state;
}

void ReduceLROnPlateau::set_state(const Logs& state) {
  MonitorCallback::set_state(state);
  wait_ = counted(state, "wait");
  cooldown_ = counted(state, "cooldown");
}

void ReduceLROnPlateau::on_epoch_end(std::int64_t epoch, Logs& logs) {
  OptimizerBase& optimizer = model().optimizer();
  const double rate = optimizer.learning_rate();
  set(logs, "learning_rate", rate);
  const auto value = current(logs);
  if (!value) return;
  if (cooldown_ > 0) {
    --cooldown_;
    wait_ = 0;
  }
  if (improves(*value, best_)) {
    best_ = value;
    wait_ = 0;
    return;
  }
  if (cooldown_ > 0 || ++wait_ < config_.patience) return;
  if (rate <= static_cast<double>(static_cast<float>(config_.min_lr))) return;
  const double reduced = std::max(rate * config_.factor, config_.min_lr);
  optimizer.set_learning_rate(reduced);
  if (config_.verbose > 0)
    say(fmt::format("\nEpoch {}: ReduceLROnPlateau reducing learning rate to {}.", epoch + 1, reduced));
  cooldown_ = config_.cooldown;
  wait_ = 0;
}

SaveFrequency::SaveFrequency(const char* epoch) {
  if (std::string(epoch) != "epoch")
    throw ValueError("`save_freq` must be 'epoch' or a number of batches. Received: save_freq=" +
                     std::string(epoch));
}
void from_config(const Json& json, SaveFrequency& value) {
  if (json.is_string()) {
    value = SaveFrequency(json.get<std::string>().c_str());
    return;
  }
  from_config(json, value.batches);
}
void to_config(Json& json, const SaveFrequency& value) {
  json = value.batches == 0 ? Json("epoch") : Json(value.batches);
}

bool BatchCounter::due(const SaveFrequency& frequency, std::int64_t batch) {
  if (frequency.batches == 0) return false;
  seen_ += batch <= last_ ? batch + 1 : batch - last_;
  last_ = batch;
  if (seen_ < frequency.batches) return false;
  seen_ = 0;
  return true;
}

ModelCheckpoint::ModelCheckpoint(Config config)
    : MonitorCallback("ModelCheckpoint", config.monitor, config.mode, 0.0), config_(std::move(config)) {
  best_ = config_.initial_value_threshold;
  const std::string& path = config_.filepath;
  const bool fits = config_.save_weights_only ? path.ends_with(".weights.h5")
                                              : path.ends_with(".keras") || path.ends_with(".h5");
  if (!fits)
    raise<ValueError>("ModelCheckpoint: `filepath` must end in {}. Received: filepath={}",
                      config_.save_weights_only ? ".weights.h5 with save_weights_only" : ".keras or .h5",
                      path);
}

void ModelCheckpoint::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  if (counter_.due(config_.save_freq, batch)) save(batch, logs);
}

void ModelCheckpoint::on_epoch_end(std::int64_t, Logs& logs) {
  if (config_.save_freq.batches == 0) save(std::nullopt, logs);
}

std::string ModelCheckpoint::path(std::optional<std::int64_t> batch, const Logs& logs) const {
  fmt::dynamic_format_arg_store<fmt::format_context> values;
  values.push_back(fmt::arg("epoch", epoch_ + 1));
  if (batch) values.push_back(fmt::arg("batch", *batch + 1));
  for (const auto& [name, value] : logs) values.push_back(fmt::arg(name.c_str(), value));
  try {
    return fmt::vformat(config_.filepath, values);
  } catch (const fmt::format_error& error) {
    raise<ValueError>(
        "ModelCheckpoint: `filepath` cannot be filled in ({}). Received: filepath={}; known are "
        "epoch, batch, {}",
        error.what(), config_.filepath, names_of(logs));
  }
}

bool ModelCheckpoint::wanted(const Logs& logs, const std::string& path) {
  const auto prefix = fmt::format("\nEpoch {}: ", epoch_ + 1);
  if (!config_.save_best_only) {
    if (config_.verbose > 0) say(fmt::format("{}saving model to {}", prefix, path));
    return true;
  }
  const auto value = current(logs);
  if (!value) return true;
  const std::string before = best_ ? fmt::format("{:.5f}", *best_) : "None";
  const bool better = improves(*value, best_);
  if (config_.verbose > 0)
    say(better ? fmt::format("{}{} improved from {} to {:.5f}, saving model to {}", prefix, monitor(), before,
                             *value, path)
               : fmt::format("{}{} did not improve from {}", prefix, monitor(), before));
  if (better) best_ = value;
  return better;
}

void ModelCheckpoint::save(std::optional<std::int64_t> batch, const Logs& logs) {
  const std::string file = path(batch, logs);
  if (!wanted(logs, file)) return;
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code failed;
  if (!folder.empty()) std::filesystem::create_directories(folder, failed);
  if (failed)
    raise<Error>("ModelCheckpoint: cannot make the folder '{}': {}.", folder.string(), failed.message());
  if (config_.save_weights_only)
    model().save_weights(file);
  else
    model().save(file);
}

}  // namespace rhyton
