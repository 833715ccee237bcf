#pragma once
/// @file file_dialect.hpp  Whom a written file is for.

namespace rhyton {

/// keras3: Keras 3.0 and later. keras2: tf.keras and Keras 2.11 to 2.15 and later. portable: both, for models
/// that the two can read from one text. Calls of nested models are written twice for that, and operations on
/// tensors become layers that do the same. What is refused by name: other operations, tensors among the
/// keyword arguments of calls (attention, initial states: Keras 3 takes keyword arguments in Keras 2's form
/// as they are, and Keras 2 does not read Keras 3's form), nested functional models that are an output and go
/// on as well. The optimizer's state is for Keras 3.
enum class FileDialect { keras3, keras2, portable };

}  // namespace rhyton
