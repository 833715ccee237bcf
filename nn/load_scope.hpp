#pragma once
/// @file load_scope.hpp  What a file's dialect changes while its objects are made, and the notes that this
/// leaves.
#include <string>
#include <vector>

namespace rhyton {

/// Who wrote a configuration: Keras 3, or Keras 2 / tf.keras.
enum class Dialect { keras3, keras2 };

/// Set by loaders around the making of objects, like Keras's custom_object_scope: the innermost scope of the
/// calling thread is the one in force; without one, Keras 3 is meant.
class LoadScope {
 public:
  explicit LoadScope(Dialect dialect);
  ~LoadScope();
  LoadScope(const LoadScope&) = delete;
  LoadScope& operator=(const LoadScope&) = delete;

  static LoadScope* current();
  static Dialect dialect();

  /// True when the argument `key` of `owner` is known to carry nothing here and may be dropped; leaves a
  /// note.
  bool drops(const std::string& owner, const std::string& key);
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  LoadScope* outer_;
  Dialect dialect_;
  std::vector<std::string> notes_;
};

}  // namespace rhyton
