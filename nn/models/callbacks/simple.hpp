#pragma once
/// @file simple.hpp  LearningRateScheduler, TerminateOnNaN, LambdaCallback, CSVLogger.
#include <concepts>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nn/training/callbacks/callback.hpp"

namespace rhyton {

/// Sets the learning rate of each epoch to schedule(epoch, rate). Logs "learning_rate".
class LearningRateScheduler : public Callback {
 public:
  using Function = std::function<double(std::int64_t epoch, double learning_rate)>;
  explicit LearningRateScheduler(Function schedule, int verbose = 0);
  void on_epoch_begin(std::int64_t epoch) override;
  void on_epoch_end(std::int64_t epoch, Logs& logs) override;

 private:
  Function schedule_;
  int verbose_;
};

/// Stops, or with `raise_error` throws Error, when a batch's loss is NaN or infinite.
class TerminateOnNaN : public Callback {
 public:
  explicit TerminateOnNaN(bool raise_error = false) : raise_error_(raise_error) {}
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;

 private:
  bool raise_error_;
};

struct LambdaCallbackConfig {
  std::function<void(std::int64_t epoch)> on_epoch_begin{};
  std::function<void(std::int64_t epoch, Logs& logs)> on_epoch_end{};
  std::function<void()> on_train_begin{};
  std::function<void(const Logs& logs)> on_train_end{};
  std::function<void(std::int64_t batch)> on_train_batch_begin{};
  std::function<void(std::int64_t batch, const Logs& logs)> on_train_batch_end{};
};
/// A callback made of functions; those that are empty are not called.
class LambdaCallback : public Callback {
 public:
  using Config = LambdaCallbackConfig;
  explicit LambdaCallback(Config config);
  void on_epoch_begin(std::int64_t epoch) override;
  void on_epoch_end(std::int64_t epoch, Logs& logs) override;
  void on_train_begin() override;
  void on_train_end(const Logs& logs) override;
  void on_train_batch_begin(std::int64_t batch) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;

 private:
  Config config_;
};

struct CSVLoggerConfig {
  std::string filename{};
  std::string separator = ",";
  bool append = false;
};
/// Writes a line of a CSV file an epoch: "epoch", then the logs by name; "NA" where an epoch lacks one.
class CSVLogger : public Callback {
 public:
  using Config = CSVLoggerConfig;
  explicit CSVLogger(Config config);
  template <std::convertible_to<std::string> Path>  // a template: braces are a Config
  explicit CSVLogger(const Path& filename, Config others = {})
      : CSVLogger((others.filename = filename, std::move(others))) {}
  /// Throws Error when the file cannot be written.
  void on_train_begin() override;
  void on_epoch_end(std::int64_t epoch, Logs& logs) override;
  void on_train_end(const Logs& logs) override;

 private:
  void write(const std::vector<std::string>& row);

  Config config_;
  std::shared_ptr<std::FILE> file_;
  std::vector<std::string> keys_;
  bool header_ = true;
};

}  // namespace rhyton
