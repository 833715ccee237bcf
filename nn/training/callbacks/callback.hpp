#pragma once
/// @file callback.hpp  What fit tells others while it runs.
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace rhyton {

class Model;
class Tensor;
struct CallbackList;

/// Results by name, in order.
struct Logs : std::vector<std::pair<std::string, double>> {
  using vector::vector;
  using vector::operator[];
  /// The value of a name; throws ValueError, with the names that there are, if there is none.
  double operator[](const std::string& name) const;
};

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

  /// What a later fit needs to go on from here: BackupAndRestore keeps it with the model. Set again after
  /// `on_train_begin`.
  virtual Logs state() const { return {}; }
  virtual void set_state(const Logs&) {}
  /// Weights that belong to the state, those after its "best_epoch"; null if there are none.
  virtual std::vector<Tensor>* best_weights() { return nullptr; }
  /// Everybody in this fit.
  virtual void set_callbacks(const CallbackList&) {}
  /// Called after all others, whatever the order given.
  virtual bool comes_last() const { return false; }

 protected:
  Model& model() const { return *model_; }

 private:
  Model* model_ = nullptr;
};

/// A callback as fit takes it: by value, or as a shared pointer where the caller wants to look at it later.
class CallbackRef {
 public:
  template <class C>
  requires std::is_base_of_v<Callback, C> CallbackRef(C callback)
      : callback_(std::make_shared<C>(std::move(callback))) {}
  template <class C>
  requires std::is_base_of_v<Callback, C> CallbackRef(std::shared_ptr<C> callback)
      : callback_(std::move(callback)) {}
  CallbackRef(const CallbackRef&);
  CallbackRef& operator=(const CallbackRef&);
  ~CallbackRef();
  Callback* operator->() const { return callback_.get(); }
  Callback& operator*() const { return *callback_; }

 private:
  std::shared_ptr<Callback> callback_;
};

struct CallbackList : std::vector<CallbackRef> {
  CallbackList();
  CallbackList(std::initializer_list<CallbackRef> callbacks);
  CallbackList(std::vector<CallbackRef> callbacks);
  CallbackList(const std::vector<std::shared_ptr<Callback>>& callbacks);
  CallbackList(const CallbackList&);
  CallbackList& operator=(const CallbackList&);
  ~CallbackList();
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
