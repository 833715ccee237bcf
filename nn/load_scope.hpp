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

  /// The loader sets weights from a file of `file_bytes`: layers must not make more of them than such a file
  /// can hold, and, if the loader sets all of them, need not initialize them.
  void expect_values(std::uint64_t file_bytes, bool all);
  /// Whether a new weight's values come from a file. Throws FormatError when there are too many.
  bool provides(std::uint64_t weight_bytes);

 private:
  LoadScope* outer_;
  Dialect dialect_;
  std::vector<std::string> notes_;
  bool limited_ = false, provides_all_ = false;
  std::uint64_t allowed_bytes_ = 0;
};

}  // namespace rhyton
