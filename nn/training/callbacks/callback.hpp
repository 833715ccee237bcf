#pragma once
/// @file callback.hpp  What fit tells others while it runs.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rhyton {

class Model;

/// Results by name, in order.
using Logs = std::vector<std::pair<std::string, double>>;

/// The value of a name in logs; null if it is not there.
const double* find(const Logs& logs, const std::string& name);

/// Base of `keras.callbacks`. `logs` may be added to: later callbacks and History see it.
class Callback {
 public:
  virtual ~Callback() = default;
  virtual void set_model(Model& model) { model_ = &model; }
  virtual void on_train_begin() {}
  virtual void on_train_end(const Logs&) {}
  virtual void on_epoch_begin(std::int64_t) {}
  virtual void on_epoch_end(std::int64_t, Logs&) {}
  virtual void on_train_batch_begin(std::int64_t) {}
  virtual void on_train_batch_end(std::int64_t, const Logs&) {}
  virtual void on_test_begin() {}
  virtual void on_test_end(const Logs&) {}
  /// The epoch to begin with, asked after `on_train_begin`: fit takes the largest of these and its own.
  virtual std::int64_t first_epoch() const { return 0; }

 protected:
  Model& model() const { return *model_; }

 private:
  Model* model_ = nullptr;
};

/// What fit returns: one value an epoch under each name, names in alphabetical order as in Keras.
struct History {
  std::vector<std::int64_t> epoch;
  std::vector<std::pair<std::string, std::vector<double>>> history;
  /// The values of a name; throws ValueError if there is none.
  const std::vector<double>& operator[](const std::string& name) const;
  void add(std::int64_t epoch, Logs logs);
};

}  // namespace rhyton
