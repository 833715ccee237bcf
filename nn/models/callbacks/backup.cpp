#include "nn/models/callbacks/backup.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "nn/models/model.hpp"
#include "nn/models/trainer.hpp"
#include "nn/rng_state.hpp"

namespace rhyton {

namespace fs = std::filesystem;

namespace {

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
    throw Error("BackupAndRestore: cannot write '" + path + "': " + std::strerror(reason) + ".");
  }
  fs::rename(beside, path);
}

/// Null if there is no such file.
Json read_metadata(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  Json metadata = parse_json(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!metadata.is_object() || !metadata.contains("epoch"))
    throw FormatError("BackupAndRestore: '" + path + "' holds no epoch.");
  return metadata;
}

std::uint64_t number(const Json& state, const char* key) {
  const auto found = state.find(key);
  if (found == state.end() || !found->is_number_integer())
    throw FormatError(std::string("BackupAndRestore: the metadata has no number '") + key + "'.");
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
    throw FormatError("BackupAndRestore: '" + weights_ + "' and '" + metadata_ +
                      "' are not of one backup, or not of this model.");
  if (metadata.is_object()) restore(metadata);
}

void BackupAndRestore::restore(const Json& metadata) {
  from_config(metadata["epoch"], epoch_);
  if (!metadata.contains("state")) return;
  const Json& state = metadata["state"];
  set_random_state({number(state, "seed"), number(state, "generators")});
  model().trainer().set_random({number(state, "training_seed"), number(state, "steps")});
}

void BackupAndRestore::save() {
  fs::create_directories(config_.backup_dir);
  if (config_.double_checkpoint)
    for (const std::string& name : {weights_, metadata_})
      if (fs::exists(name)) fs::copy_file(name, name + ".bkp", fs::copy_options::overwrite_existing);
  const RandomState random = random_state(), training = model().trainer().random();
  const Json metadata = {{"epoch", epoch_},
                         {"batch", batch_},
                         {"state",
                          {{"iterations", model().optimizer().iterations()},
                           {"seed", random.seed},
                           {"generators", random.count},
                           {"training_seed", training.seed},
                           {"steps", training.count}}}};
  write_whole(next_, metadata.dump());
  model().save_weights(weights_);
  fs::rename(next_, metadata_);
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
