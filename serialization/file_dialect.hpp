#pragma once
/// @file file_dialect.hpp  Whom a written file is for.

namespace rhyton {

/// keras3: Keras 3.0 and later. keras2: tf.keras and Keras 2.11 to 2.15 and later. portable: both, for models
/// that the two can write alike: no nested functional models, no operations on tensors, no tensors among the
/// keyword arguments of calls; the optimizer's state is for Keras 3.
enum class FileDialect { keras3, keras2, portable };

}  // namespace rhyton
