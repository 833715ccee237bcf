#pragma once
/// @file rhyton.hpp  Keras for C++: everything that a user includes. All names are in namespace rhyton.
#include "layers/layers.hpp"
#include "layers/operations/eager_ops.hpp"
#include "nn/custom_objects.hpp"
#include "nn/graph/check_gradient.hpp"
#include "nn/initializers/constant.hpp"
#include "nn/initializers/random.hpp"
#include "nn/keras_config.hpp"
#include "nn/models/callbacks/backup.hpp"
#include "nn/models/callbacks/monitor.hpp"
#include "nn/models/callbacks/simple.hpp"
#include "nn/models/dataset.hpp"
#include "nn/models/model.hpp"
#include "nn/names.hpp"
#include "nn/random.hpp"
#include "nn/rng.hpp"
#include "nn/tensor/print.hpp"
#include "nn/training/losses/crossentropy.hpp"
#include "nn/training/losses/hinge.hpp"
#include "nn/training/losses/overlap.hpp"
#include "nn/training/losses/regression.hpp"
#include "nn/training/losses/structured.hpp"
#include "nn/training/metrics/accuracy.hpp"
#include "nn/training/metrics/confusion.hpp"
#include "nn/training/metrics/curves.hpp"
#include "nn/training/metrics/f_score.hpp"
#include "nn/training/metrics/iou.hpp"
#include "nn/training/metrics/loss_metrics.hpp"
#include "nn/training/metrics/mean.hpp"
#include "nn/training/metrics/regression.hpp"
#include "nn/training/optimizers/adam.hpp"
#include "nn/training/optimizers/layerwise.hpp"
#include "nn/training/optimizers/rmsprop.hpp"
#include "nn/training/optimizers/sgd.hpp"
#include "nn/training/optimizers/wrappers.hpp"
#include "nn/utils.hpp"
#include "serialization/npy.hpp"
#include "serialization/saving.hpp"
#include "serialization/training_report.hpp"

namespace rhyton {
// Keras's modules, for those who like to name them: `layers::Dense`, `optimizers::Adam`.
namespace layers {
using namespace rhyton;
}
namespace models {
using namespace rhyton;
}
namespace optimizers {
using namespace rhyton;
namespace schedules {
using namespace rhyton;
}
}  // namespace optimizers
namespace callbacks {
using namespace rhyton;
}
namespace saving {
using namespace rhyton;
}
namespace utils {
using rhyton::clear_session;
using rhyton::set_random_seed;
}  // namespace utils
}  // namespace rhyton
