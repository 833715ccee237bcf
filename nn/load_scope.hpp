#pragma once
/// @file load_scope.hpp  What a file's dialect changes while its objects are made, and the notes that this
/// leaves.
#include <cstdint>
#include <string>
#include <vector>

namespace rhyton {

/// Who wrote a configuration: Keras 3, or Keras 2 / tf.keras.
enum class Dialect { keras3, keras2 };

/// Set by loaders around the making of objects, like Keras's custom_object_scope: the innermost scope of the
/// calling thread is the one in force; without one, Keras 3 is meant.
class LoadScope {
 public:
  /// `keras_version`: the file's; may be empty.
  explicit LoadScope(Dialect dialect, const std::string& keras_version = {});
  ~LoadScope();
  LoadScope(const LoadScope&) = delete;
  LoadScope& operator=(const LoadScope&) = delete;

  static LoadScope* current();
  static Dialect dialect();
  /// Whether a graph's arguments by name count in the order of the alphabet, as Keras 3 and Keras 2 have it,
  /// or as they were given (tf_keras from 2.18 on).
  static bool follows_alphabet();

  /// True when the argument `key` of `owner` is known to carry nothing here and may be dropped; leaves a
  /// note.
  bool drops(const std::string& owner, const std::string& key);
  const std::vector<std::string>& notes() const { return notes_; }

  /// The layers must not make weights of more bytes than this. `all`: the loader sets all of them, so they
  /// need not be initialized.
  void limit_weights(std::uint64_t bytes, bool all);
  /// Whether a new weight's values come from a file. Throws FormatError, with `what` it is, when the limit is
  /// passed.
  bool provides(std::uint64_t weight_bytes, const std::string& what);
  /// Calls of layers, those inside nested models included: a short file can ask for very many.
  void limit_calls(std::size_t calls) { allowed_calls_ = calls; }
  void count_call();
  bool out_of_calls() const { return allowed_calls_ == 0; }

 private:
  LoadScope* outer_;
  Dialect dialect_;
  bool alphabet_ = true;
  std::vector<std::string> notes_;
  bool provides_all_ = false;
  std::uint64_t allowed_bytes_ = UINT64_MAX, limit_ = UINT64_MAX;
  std::size_t allowed_calls_ = SIZE_MAX;
};

/// While one stands, classes are made without the arguments that they do not know and without objects of
/// classes that nobody knows, inner layers excepted: each goes to the list. It is how a report comes to name
/// all of them; what is made so must not be handed out if the list has any.
class Forgiveness {
 public:
  Forgiveness();
  ~Forgiveness();
  Forgiveness(const Forgiveness&) = delete;
  Forgiveness& operator=(const Forgiveness&) = delete;
  /// The innermost of the calling thread; null without one.
  static Forgiveness* current();

  std::vector<std::string> faults;

 private:
  Forgiveness* outer_;
};

}  // namespace rhyton
