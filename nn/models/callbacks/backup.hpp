#pragma once
/// @file backup.hpp  BackupAndRestore: goes on with a training that was interrupted.
#include <concepts>
#include <set>

#include "nn/config.hpp"
#include "nn/models/callbacks/monitor.hpp"

namespace rhyton {

struct BackupAndRestoreConfig {
  std::string backup_dir{};
  SaveFrequency save_freq{};
  bool double_checkpoint = false;
  bool delete_checkpoint = true;
};
/// Keeps weights, optimizer, epoch, the state of random numbers and of the other callbacks (what
/// EarlyStopping has waited, what was best) in `backup_dir`, in files as Keras writes them. A new `fit` with
/// the same folder and callbacks resumes from there: to the same losses as without the interruption, whenever
/// the process was killed. With `save_freq` in batches, it repeats the epoch's first ones, as Keras does. The
/// folder is removed when training ends, unless told not to.
class BackupAndRestore : public Callback {
 public:
  using Config = BackupAndRestoreConfig;
  explicit BackupAndRestore(Config config);
  template <std::convertible_to<std::string> Path>  // a template: braces are a Config
  explicit BackupAndRestore(const Path& backup_dir, Config others = {})
      : BackupAndRestore((others.backup_dir = backup_dir, std::move(others))) {}
  void on_train_begin() override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(std::int64_t epoch, Logs& logs) override;
  void on_train_end(const Logs& logs) override;
  std::int64_t first_epoch() const override { return epoch_; }
  void set_callbacks(const CallbackList& callbacks) override { callbacks_ = &callbacks; }
  bool comes_last() const override { return true; }

 private:
  void load();
  void restore(const Json& metadata);
  void save();
  void write();
  Json callback_states();
  void set_callback_states(const Json& states);
  std::string best_file(std::int64_t epoch) const;
  void remove_other_best_files();

  Config config_;
  /// `next_` is written before the weights and becomes `metadata_` after them: one of the two always fits.
  std::string weights_, metadata_, next_;
  BatchCounter counter_;
  std::int64_t epoch_ = 0, batch_ = 0;
  const CallbackList* callbacks_ = nullptr;
  std::set<std::string> best_files_;
};

}  // namespace rhyton
