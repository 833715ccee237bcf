#include "nn/training/losses/regression.hpp"

namespace rhyton::losses {

MeanSquaredError::MeanSquaredError(Config config) : MeanLoss(std::move(config)) {}
MeanAbsoluteError::MeanAbsoluteError(Config config) : MeanLoss(std::move(config)) {}
MeanAbsolutePercentageError::MeanAbsolutePercentageError(Config config) : MeanLoss(std::move(config)) {}
MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(Config config) : MeanLoss(std::move(config)) {}
Huber::Huber(Config config) : MeanLoss(std::move(config)) {}
LogCosh::LogCosh(Config config) : MeanLoss(std::move(config)) {}
Poisson::Poisson(Config config) : MeanLoss(std::move(config)) {}
CosineSimilarity::CosineSimilarity(Config config) : RowLoss(std::move(config)) {}

}  // namespace rhyton::losses
