#include "nn/models/callbacks/backup.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "nn/models/model.hpp"
#include "nn/models/trainer.hpp"

namespace rhyton {

namespace fs = std::filesystem;

BackupAndRestore::BackupAndRestore(Config config) : config_(std::move(config)) {
  if (config_.backup_dir.empty()) throw ValueError("BackupAndRestore: `backup_dir` must not be empty.");
  weights_ = (fs::path(config_.backup_dir) / "latest.weights.h5").string();
  metadata_ = (fs::path(config_.backup_dir) / "training_metadata.json").string();
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
  std::ifstream file(metadata_, std::ios::binary);
  if (!file) return;
  const Json metadata = parse_json(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!metadata.is_object() || !metadata.contains("epoch"))
    throw FormatError("BackupAndRestore: '" + metadata_ + "' holds no epoch.");
  from_config(metadata["epoch"], epoch_);
}

void BackupAndRestore::save() {
  fs::create_directories(config_.backup_dir);
  if (config_.double_checkpoint)
    for (const std::string& name : {weights_, metadata_})
      if (fs::exists(name)) fs::copy_file(name, name + ".bkp", fs::copy_options::overwrite_existing);
  model().save_weights(weights_);
  Json metadata = Json::object();
  metadata["epoch"] = epoch_;
  metadata["batch"] = batch_;
  const std::string beside = metadata_ + ".part";
  std::ofstream(beside, std::ios::binary) << metadata.dump();
  fs::rename(beside, metadata_);
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
  if (config_.delete_checkpoint) fs::remove_all(config_.backup_dir);
}

}  // namespace rhyton
