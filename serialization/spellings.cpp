#include "serialization/spellings.hpp"

#include <set>

namespace rhyton {

namespace {

using Names = std::set<std::string>;

bool finds(const std::string& name, FileDialect dialect, const Names& unknown_to_3,
           const Names& unknown_to_2) {
  const bool third = dialect != FileDialect::keras2, second = dialect != FileDialect::keras3;
  return (!third || unknown_to_3.count(name) == 0) && (!second || unknown_to_2.count(name) == 0);
}

}  // namespace

bool finds_loss(const std::string& name, FileDialect dialect) {
  static const Names unknown_to_3 = {"kullback_leibler_divergence",
                                     "logcosh",
                                     "huber_loss",
                                     "cosine_proximity",
                                     "CategoricalGeneralizedCrossEntropy",
                                     "categorical_generalized_cross_entropy"};
  static const Names unknown_to_2 = {"CTC",
                                     "ctc",
                                     "Circle",
                                     "circle",
                                     "Dice",
                                     "dice",
                                     "Tversky",
                                     "tversky",
                                     "CategoricalGeneralizedCrossEntropy",
                                     "categorical_generalized_cross_entropy",
                                     "cosine_proximity",
                                     "crossentropy",
                                     "ce"};
  return finds(name, dialect, unknown_to_3, unknown_to_2);
}

bool finds_metric(const std::string& name, FileDialect dialect) {
  static const Names unknown_to_3 = {
      "kld", "KLD", "kullback_leibler_divergence", "log_cosh", "logcosh", "fbeta_score", "iou", "rmse"};
  // Keras 2 finds classes by their own name alone, and functions.
  static const Names unknown_to_2 = {"auc",
                                     "bce",
                                     "BCE",
                                     "kld",
                                     "KLD",
                                     "kl_divergence",
                                     "log_cosh_error",
                                     "fbeta_score",
                                     "f_beta_score",
                                     "f1_score",
                                     "r2_score",
                                     "iou",
                                     "io_u",
                                     "binary_io_u",
                                     "mean_io_u",
                                     "one_hot_io_u",
                                     "one_hot_mean_io_u",
                                     "rmse",
                                     "root_mean_squared_error",
                                     "mean",
                                     "sum",
                                     "mean_metric_wrapper",
                                     "precision",
                                     "recall",
                                     "precision_at_recall",
                                     "recall_at_precision",
                                     "sensitivity_at_specificity",
                                     "specificity_at_sensitivity",
                                     "true_positives",
                                     "true_negatives",
                                     "false_positives",
                                     "false_negatives",
                                     "ConcordanceCorrelation",
                                     "concordance_correlation",
                                     "PearsonCorrelation",
                                     "pearson_correlation"};
  return finds(name, dialect, unknown_to_3, unknown_to_2);
}

}  // namespace rhyton
