#pragma once
/// @file monitor.hpp  Callbacks that watch one number: EarlyStopping, ReduceLROnPlateau, ModelCheckpoint.
#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include "nn/config.hpp"
#include "nn/tensor/tensor.hpp"
#include "nn/training/callbacks/callback.hpp"

namespace rhyton {

/// Follows the best value of a log. With mode "auto" a loss is better when lower, a metric as its class says;
/// where that is not known ValueError asks for "min" or "max".
class MonitorCallback : public Callback {
 public:
  Logs state() const override;
  void set_state(const Logs& state) override;

 protected:
  MonitorCallback(std::string owner, std::string monitor, const std::string& mode, double min_delta);
  /// The watched value; nothing, and a warning, where the logs lack it.
  std::optional<double> current(const Logs& logs) const;
  /// Better than `reference` by more than min_delta, or the first.
  bool improves(double value, const std::optional<double>& reference);
  const std::string& monitor() const { return monitor_; }

  std::optional<double> best_;

 private:
  std::string owner_, monitor_, mode_;
  double min_delta_;
};

struct EarlyStoppingConfig {
  std::string monitor = "val_loss";
  double min_delta = 0.0;
  std::int64_t patience = 0;
  std::int64_t verbose = 0;
  std::string mode = "auto";
  std::optional<double> baseline{};
  bool restore_best_weights = false;
  std::int64_t start_from_epoch = 0;
  void fields(ConfigFields& v) {
    v("monitor", monitor)("min_delta", min_delta)("patience", patience)("verbose", verbose)("mode", mode);
    v("baseline", baseline)("restore_best_weights", restore_best_weights)("start_from_epoch",
                                                                          start_from_epoch);
  }
};
/// Stops when the value has not improved for `patience` epochs; the best weights come back at the end if
/// asked for.
class EarlyStopping : public MonitorCallback {
 public:
  using Config = EarlyStoppingConfig;
  explicit EarlyStopping(Config config = {});
  void on_train_begin() override;
  void on_epoch_end(std::int64_t epoch, Logs& logs) override;
  void on_train_end(const Logs& logs) override;
  Logs state() const override;
  void set_state(const Logs& state) override;
  std::vector<Tensor>* best_weights() override { return &best_weights_; }
  /// The epoch after which training stopped, counted from 0; 0 if it did not.
  std::int64_t stopped_epoch() const { return stopped_epoch_; }

 private:
  Config config_;
  std::int64_t wait_ = 0, stopped_epoch_ = 0, best_epoch_ = 0;
  std::vector<Tensor> best_weights_;
};

struct ReduceLROnPlateauConfig {
  std::string monitor = "val_loss";
  double factor = 0.1;
  std::int64_t patience = 10;
  std::int64_t verbose = 0;
  std::string mode = "auto";
  double min_delta = 1e-4;
  std::int64_t cooldown = 0;
  double min_lr = 0.0;
  void fields(ConfigFields& v) {
    v("monitor", monitor)("factor", factor)("patience", patience)("verbose", verbose)("mode", mode);
    v("min_delta", min_delta)("cooldown", cooldown)("min_lr", min_lr);
  }
};
/// Multiplies the learning rate by `factor` when the value has not improved for `patience` epochs. Logs
/// "learning_rate".
class ReduceLROnPlateau : public MonitorCallback {
 public:
  using Config = ReduceLROnPlateauConfig;
  explicit ReduceLROnPlateau(Config config = {});
  void on_train_begin() override;
  void on_epoch_end(std::int64_t epoch, Logs& logs) override;
  Logs state() const override;
  void set_state(const Logs& state) override;

 private:
  Config config_;
  std::int64_t wait_ = 0, cooldown_ = 0;
};

/// How often files are written: after each epoch, or after a number of batches.
struct SaveFrequency {
  SaveFrequency() = default;
  SaveFrequency(const char* epoch);
  SaveFrequency(int batches) : batches(batches) {}
  SaveFrequency(std::int64_t batches) : batches(batches) {}
  std::int64_t batches = 0;  ///< 0: each epoch
};
void from_config(const Json& json, SaveFrequency& value);
void to_config(Json& json, const SaveFrequency& value);

/// Counts batches over epochs.
class BatchCounter {
 public:
  /// True when `frequency` batches have passed since the last time.
  bool due(const SaveFrequency& frequency, std::int64_t batch);

 private:
  std::int64_t seen_ = 0, last_ = -1;
};

struct ModelCheckpointConfig {
  /// Ends in .keras or .h5 (with save_weights_only in .weights.h5); may hold "{epoch:02d}", "{batch}",
  /// "{val_loss:.2f}".
  std::string filepath{};
  std::string monitor = "val_loss";
  std::int64_t verbose = 0;
  bool save_best_only = false, save_weights_only = false;
  std::string mode = "auto";
  SaveFrequency save_freq{};
  std::optional<double> initial_value_threshold{};
  void fields(ConfigFields& v) {
    v("filepath", filepath)("monitor", monitor)("verbose", verbose)("save_best_only", save_best_only);
    v("save_weights_only", save_weights_only)("mode", mode)("save_freq", save_freq);
    v("initial_value_threshold", initial_value_threshold);
  }
};
/// Saves the model while it trains: always, or when the value has improved.
class ModelCheckpoint : public MonitorCallback {
 public:
  using Config = ModelCheckpointConfig;
  explicit ModelCheckpoint(Config config);
  /// `ModelCheckpoint("best.keras", {.save_best_only = true})`
  template <std::convertible_to<std::string> Path>  // a template: braces are a Config
  explicit ModelCheckpoint(const Path& filepath, Config others = {})
      : ModelCheckpoint((others.filepath = filepath, std::move(others))) {}
  void on_epoch_begin(std::int64_t epoch) override { epoch_ = epoch; }
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(std::int64_t epoch, Logs& logs) override;

 private:
  std::string path(std::optional<std::int64_t> batch, const Logs& logs) const;
  bool wanted(const Logs& logs, const std::string& path);
  void save(std::optional<std::int64_t> batch, const Logs& logs);

  Config config_;
  BatchCounter counter_;
  std::int64_t epoch_ = 0;
};

}  // namespace rhyton
