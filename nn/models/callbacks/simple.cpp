#include "nn/models/callbacks/simple.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nn/models/model.hpp"
#include "nn/raise.hpp"

namespace rhyton {

LearningRateScheduler::LearningRateScheduler(Function schedule, int verbose)
    : schedule_(std::move(schedule)), verbose_(verbose) {
  if (!schedule_) throw ValueError("LearningRateScheduler: `schedule` must not be empty.");
}

void LearningRateScheduler::on_epoch_begin(std::int64_t epoch) {
  OptimizerBase& optimizer = model().optimizer();
  const double rate = schedule_(epoch, optimizer.learning_rate());
  optimizer.set_learning_rate(rate);
  if (verbose_ > 0)
    std::printf("\nEpoch %lld: LearningRateScheduler setting learning rate to %g.\n",
                static_cast<long long>(epoch + 1), rate);
}

void LearningRateScheduler::on_epoch_end(std::int64_t, Logs& logs) {
  logs.emplace_back("learning_rate", model().optimizer().learning_rate());
}

void TerminateOnNaN::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  const double* loss = find(logs, "loss");
  if (loss == nullptr || std::isfinite(*loss)) return;
  if (raise_error_) raise<Error>("TerminateOnNaN: the loss at batch {} is {}.", batch, *loss);
  std::printf("Batch %lld: Invalid loss, terminating training\n", static_cast<long long>(batch));
  model().stop_training();
}

LambdaCallback::LambdaCallback(Config config) : config_(std::move(config)) {}
void LambdaCallback::on_epoch_begin(std::int64_t epoch) {
  if (config_.on_epoch_begin) config_.on_epoch_begin(epoch);
}
void LambdaCallback::on_epoch_end(std::int64_t epoch, Logs& logs) {
  if (config_.on_epoch_end) config_.on_epoch_end(epoch, logs);
}
void LambdaCallback::on_train_begin() {
  if (config_.on_train_begin) config_.on_train_begin();
}
void LambdaCallback::on_train_end(const Logs& logs) {
  if (config_.on_train_end) config_.on_train_end(logs);
}
void LambdaCallback::on_train_batch_begin(std::int64_t batch) {
  if (config_.on_train_batch_begin) config_.on_train_batch_begin(batch);
}
void LambdaCallback::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  if (config_.on_train_batch_end) config_.on_train_batch_end(batch, logs);
}

namespace {
// As Python prints a float.
std::string text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return Json(value).dump();
}
}  // namespace

CSVLogger::CSVLogger(Config config) : config_(std::move(config)) {}
void CSVLogger::on_train_begin() {
  if (config_.append) {
    std::ifstream before(config_.filename);
    header_ = !before || before.peek() == std::ifstream::traits_type::eof();
  }
  file_.reset(std::fopen(config_.filename.c_str(), config_.append ? "ab" : "wb"),
              [](std::FILE* f) { return f ? std::fclose(f) : 0; });
  if (!file_) raise<Error>("CSVLogger: cannot write '{}': {}", config_.filename, std::strerror(errno));
  keys_.clear();
}

void CSVLogger::write(const std::vector<std::string>& row) {
  std::string line;
  for (const std::string& field : row) line += (line.empty() ? "" : config_.separator) + field;
  line += "\r\n";
  std::fputs(line.c_str(), file_.get());
  std::fflush(file_.get());
}

void CSVLogger::on_epoch_end(std::int64_t epoch, Logs& logs) {
  if (keys_.empty()) {
    for (const auto& [name, value] : logs) keys_.push_back(name);
    std::sort(keys_.begin(), keys_.end());
    // Validation may come in later epochs: its columns are there from the first line on.
    const bool validated =
        std::any_of(keys_.begin(), keys_.end(), [](const std::string& k) { return k.starts_with("val_"); });
    const std::size_t known = keys_.size();
    for (std::size_t i = 0; i < known && !validated; ++i) keys_.push_back("val_" + keys_[i]);
    std::vector<std::string> titles{"epoch"};
    titles.insert(titles.end(), keys_.begin(), keys_.end());
    if (header_) write(titles);
    header_ = false;
  }
  std::vector<std::string> row{std::to_string(epoch)};
  for (const std::string& key : keys_) {
    const double* value = find(logs, key);
    row.push_back(value ? text(*value) : "NA");
  }
  write(row);
}

void CSVLogger::on_train_end(const Logs&) { file_.reset(); }

}  // namespace rhyton
