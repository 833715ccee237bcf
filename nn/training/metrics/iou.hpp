#pragma once
/// @file iou.hpp  Intersection over union: IoU, BinaryIoU, MeanIoU, OneHotIoU, OneHotMeanIoU.
#include "nn/training/metrics/support.hpp"

namespace rhyton::metrics {

/// Counts a confusion matrix, weights cut to integers as Keras's integer matrix does (where `dtype` is an
/// integer), and averages tp / (tp + fp + fn) over the target classes that occur. Ids outside the classes do
/// not count.
class IoUBase : public MetricBase {
 public:
  void reset() override;
  void update(ConstView y_true, ConstView y_pred, ConstView weight) override;
  double result() const override;

 protected:
  struct Setup {
    std::int64_t num_classes = 0;
    std::vector<std::int64_t> targets{};
    std::optional<std::int64_t> ignore_class{};
    bool sparse_y_true = true, sparse_y_pred = true;
    std::int64_t axis = -1;
    std::optional<double> threshold{};
    bool integer = true;
  };
  /// Throws ValueError on classes that do not exist.
  void set_up(Setup setup);

 private:
  Setup setup_;
  std::vector<double> matrix_;
};

struct IoUConfig {
  std::int64_t num_classes = 0;
  std::vector<std::int64_t> target_class_ids{};
  std::optional<std::int64_t> ignore_class{};
  bool sparse_y_true = true, sparse_y_pred = true;
  std::int64_t axis = -1;
  std::string name{}, dtype = "int64";
  void fields(ConfigFields& v) {
    v("name", name)("dtype", dtype)("num_classes", num_classes)("target_class_ids", target_class_ids);
    v("ignore_class", ignore_class)("sparse_y_true", sparse_y_true)("sparse_y_pred", sparse_y_pred)("axis",
                                                                                                    axis);
  }
};
class IoU : public MetricOf<IoU, IoUConfig, IoUBase> {
 public:
  static constexpr const char *keras_name = "IoU", *default_name = "io_u";
  explicit IoU(Config config);
};

struct BinaryIoUConfig {
  std::vector<std::int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;
  std::string name{}, dtype = "int64";
  void fields(ConfigFields& v) {
    v("target_class_ids", target_class_ids)("threshold", threshold)("name", name)("dtype", dtype);
  }
};
/// Class 1 is y_pred >= threshold.
class BinaryIoU : public MetricOf<BinaryIoU, BinaryIoUConfig, IoUBase> {
 public:
  static constexpr const char *keras_name = "BinaryIoU", *default_name = "binary_io_u";
  explicit BinaryIoU(Config config = {});
};

struct MeanIoUConfig {
  std::int64_t num_classes = 0;
  std::optional<std::int64_t> ignore_class{};
  bool sparse_y_true = true, sparse_y_pred = true;
  std::int64_t axis = -1;
  std::string name{}, dtype = "int64";
  void fields(ConfigFields& v) {
    v("num_classes", num_classes)("name", name)("dtype", dtype)("ignore_class", ignore_class);
    v("sparse_y_true", sparse_y_true)("sparse_y_pred", sparse_y_pred)("axis", axis);
  }
};
class MeanIoU : public MetricOf<MeanIoU, MeanIoUConfig, IoUBase> {
 public:
  static constexpr const char *keras_name = "MeanIoU", *default_name = "mean_io_u";
  explicit MeanIoU(Config config);
};

struct OneHotIoUConfig {
  std::int64_t num_classes = 0;
  std::vector<std::int64_t> target_class_ids{};
  std::optional<std::int64_t> ignore_class{};
  bool sparse_y_pred = false;
  std::int64_t axis = -1;
  std::string name{}, dtype = "int64";
  void fields(ConfigFields& v) {
    v("num_classes", num_classes)("target_class_ids", target_class_ids)("name", name)("dtype", dtype);
    v("ignore_class", ignore_class)("sparse_y_pred", sparse_y_pred)("axis", axis);
  }
};
class OneHotIoU : public MetricOf<OneHotIoU, OneHotIoUConfig, IoUBase> {
 public:
  static constexpr const char *keras_name = "OneHotIoU", *default_name = "one_hot_io_u";
  explicit OneHotIoU(Config config);
};

struct OneHotMeanIoUConfig {
  std::int64_t num_classes = 0;
  std::optional<std::int64_t> ignore_class{};
  bool sparse_y_pred = false;
  std::int64_t axis = -1;
  std::string name{}, dtype = "int64";
  void fields(ConfigFields& v) {
    v("num_classes", num_classes)("name", name)("dtype", dtype)("ignore_class", ignore_class);
    v("sparse_y_pred", sparse_y_pred)("axis", axis);
  }
};
class OneHotMeanIoU : public MetricOf<OneHotMeanIoU, OneHotMeanIoUConfig, IoUBase> {
 public:
  static constexpr const char *keras_name = "OneHotMeanIoU", *default_name = "one_hot_mean_io_u";
  explicit OneHotMeanIoU(Config config);
};

}  // namespace rhyton::metrics
