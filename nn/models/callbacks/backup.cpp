#include "nn/models/callbacks/backup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "nn/models/model.hpp"
#include "nn/models/trainer.hpp"
#include "nn/raise.hpp"
#include "nn/rng_state.hpp"

namespace rhyton {

namespace fs = std::filesystem;

namespace {

constexpr const char* best_prefix = "best_";

/// Replaces the file whole, and so that it survives a power cut.
void write_whole(const std::string& path, const std::string& text) {
  const std::string beside = path + ".part";
  std::FILE* file = std::fopen(beside.c_str(), "wb");
  const bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size() &&
                       std::fflush(file) == 0 && fsync(fileno(file)) == 0;
  const int reason = errno;
  if (file != nullptr) std::fclose(file);
  if (!written) {
    std::remove(beside.c_str());
    raise<Error>("BackupAndRestore: cannot write '{}': {}.", path, std::strerror(reason));
  }
  fs::rename(beside, path);
}

/// Null if there is no such file.
Json read_metadata(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  Json metadata = parse_json(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!metadata.is_object() || !metadata.contains("epoch"))
    raise<FormatError>("BackupAndRestore: '{}' holds no epoch.", path);
  return metadata;
}

Json numbers_of(const Logs& state) {
  Json out = Json::object();
  // JSON has no infinite numbers.
  for (const auto& [name, value] : state)
    out[name] = std::isfinite(value) ? Json(value) : Json(std::to_string(value));
  return out;
}

/// What `numbers_of` wrote, if it has the same names as `like`; nothing otherwise: it is another callback's.
Logs numbers_from(const Json& json, const Logs& like) {
  Logs out;
  if (!json.is_object()) return out;
  for (const auto& [name, value] : json.items()) {
    double number = std::numeric_limits<double>::quiet_NaN();
    if (value.is_number()) number = value.get<double>();
    if (value == "inf" || value == "-inf") number = value == "inf" ? HUGE_VAL : -HUGE_VAL;
    out.emplace_back(name, number);
  }
  // The best value is there from the first epoch on.
  for (const auto& [name, value] : like)
    if (name != "best" && find(out, name) == nullptr) return {};
  return out;
}

std::uint64_t number(const Json& state, const char* key) {
  const auto found = state.find(key);
  if (found == state.end() || !found->is_number_integer())
    raise<FormatError>("BackupAndRestore: the metadata has no number '{}'.", key);
  return found->get<std::uint64_t>();
}

}  // namespace

BackupAndRestore::BackupAndRestore(Config config) : config_(std::move(config)) {
  if (config_.backup_dir.empty()) throw ValueError("BackupAndRestore: `backup_dir` must not be empty.");
  weights_ = (fs::path(config_.backup_dir) / "latest.weights.h5").string();
  metadata_ = (fs::path(config_.backup_dir) / "training_metadata.json").string();
  next_ = metadata_ + ".next";
}

void BackupAndRestore::on_train_begin() {
  epoch_ = batch_ = 0;
  best_files_.clear();
  try {
    load();
  } catch (const FormatError&) {
    // The backup was cut short: the one before it, if there is one.
    if (!fs::exists(weights_ + ".bkp")) throw;
    fs::copy_file(weights_ + ".bkp", weights_, fs::copy_options::overwrite_existing);
    fs::remove(metadata_);
    if (fs::exists(metadata_ + ".bkp")) fs::copy_file(metadata_ + ".bkp", metadata_);
    load();
  }
  remove_other_best_files();
}

void BackupAndRestore::load() {
  if (!fs::exists(weights_)) return;
  model().trainer().bind(model().runs());
  model().load_weights(weights_);
  const Json metadata = read_metadata(metadata_), next = read_metadata(next_);
  const auto belongs = [&](const Json& candidate) {
    return candidate.is_object() && candidate.contains("state") && candidate["state"].is_object() &&
           number(candidate["state"], "iterations") ==
               static_cast<std::uint64_t>(model().optimizer().iterations());
  };
  if (belongs(next)) {
    // Killed between the two: before the next backup overwrites it.
    fs::rename(next_, metadata_);
    return restore(next);
  }
  // Keras writes no state; then the epoch alone counts.
  if (metadata.is_object() && metadata.contains("state") && !belongs(metadata))
    raise<FormatError>("BackupAndRestore: '{}' and '{}' are not of one backup, or not of this model.",
                       weights_, metadata_);
  if (metadata.is_object()) restore(metadata);
}

void BackupAndRestore::restore(const Json& metadata) {
  from_config(metadata["epoch"], epoch_);
  if (!metadata.contains("state")) return;
  const Json& state = metadata["state"];
  if (state.contains("callbacks")) set_callback_states(state["callbacks"]);
  set_random_state({number(state, "seed"), number(state, "generators")});
  model().trainer().set_random({number(state, "training_seed"), number(state, "steps")});
}

std::string BackupAndRestore::best_file(std::int64_t epoch) const {
  return (fs::path(config_.backup_dir) / (fmt::format("{}{}.weights.h5", best_prefix, epoch))).string();
}

/// In the order of the callbacks, with the weights that belong to them in files of their own.
Json BackupAndRestore::callback_states() {
  Json states = Json::array();
  for (const auto& callback : *callbacks_) {
    const Logs state = callback->state();
    const std::vector<Tensor>* best = callback->best_weights();
    const bool weights = best != nullptr && !best->empty();
    states.push_back({{"values", numbers_of(state)}, {"weights", weights}});
    if (!weights) continue;
    const std::string file = best_file(static_cast<std::int64_t>(state["best_epoch"]));
    best_files_.insert(file);
    if (fs::exists(file)) continue;
    const auto current = model().get_weights();
    model().set_weights(*best);
    model().save_weights(file);
    model().set_weights(current);
  }
  return states;
}

void BackupAndRestore::set_callback_states(const Json& states) {
  if (!states.is_array() || states.size() != callbacks_->size()) return;  // other callbacks than then
  for (std::size_t i = 0; i < states.size(); ++i) {
    Callback& callback = *(*callbacks_)[i];
    const Json& entry = states[i];
    const Logs state = entry.contains("values") ? numbers_from(entry["values"], callback.state()) : Logs();
    if (state.empty()) continue;
    callback.set_state(state);
    std::vector<Tensor>* best = callback.best_weights();
    if (best == nullptr || !entry.contains("weights") || entry["weights"] != true) continue;
    const std::string file = best_file(static_cast<std::int64_t>(state["best_epoch"]));
    best_files_.insert(file);
    model().load_weights(file);
    *best = model().get_weights();
    model().load_weights(weights_);
  }
}

/// Best weights that no callback needs any more, or of another training.
void BackupAndRestore::remove_other_best_files() {
  if (!fs::exists(config_.backup_dir)) return;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(config_.backup_dir)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(best_prefix) && name.ends_with(".weights.h5") &&
        best_files_.count(entry.path().string()) == 0)
      old.push_back(entry.path());
  }
  for (const auto& path : old) fs::remove(path);
}

void BackupAndRestore::save() {
  try {
    write();
  } catch (const fs::filesystem_error& error) {
    raise<Error>("BackupAndRestore: cannot write to '{}': {}.", config_.backup_dir, error.code().message());
  }
}

void BackupAndRestore::write() {
  fs::create_directories(config_.backup_dir);
  if (config_.double_checkpoint)
    for (const std::string& name : {weights_, metadata_})
      if (fs::exists(name)) fs::copy_file(name, name + ".bkp", fs::copy_options::overwrite_existing);
  best_files_.clear();
  const Json states = callback_states();
  const RandomState random = random_state(), training = model().trainer().random();
  const Json metadata = {{"epoch", epoch_},
                         {"batch", batch_},
                         {"state",
                          {{"iterations", model().optimizer().iterations()},
                           {"seed", random.seed},
                           {"generators", random.count},
                           {"training_seed", training.seed},
                           {"steps", training.count},
                           {"callbacks", states}}}};
  write_whole(next_, metadata.dump());
  model().save_weights(weights_);
  fs::rename(next_, metadata_);
  if (!config_.double_checkpoint) remove_other_best_files();
}

void BackupAndRestore::on_train_batch_end(std::int64_t batch, const Logs&) {
  if (!counter_.due(config_.save_freq, batch)) return;
  batch_ = batch;
  save();
}

void BackupAndRestore::on_epoch_end(std::int64_t epoch, Logs&) {
  epoch_ = epoch + 1;
  batch_ = 0;
  if (config_.save_freq.batches == 0) save();
}

void BackupAndRestore::on_train_end(const Logs&) {
  if (!config_.delete_checkpoint) return;
  // Without the weights, what is left of the folder means nothing.
  fs::remove(weights_);
  fs::remove_all(config_.backup_dir);
}

}  // namespace rhyton
