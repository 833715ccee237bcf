#include "nn/training/metrics/iou.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/raise.hpp"

namespace rhyton::metrics {

namespace {

std::vector<std::int64_t> all_classes(std::int64_t count) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
  std::iota(out.begin(), out.end(), 0);
  return out;
}

bool is_integer(const std::string& dtype) { return dtype.find("int") != std::string::npos; }

// Class ids instead of scores along `axis`.
void take_argmax(const std::string& name, Values& values, std::int64_t axis) {
  const int a = normalize_axis(axis, values.shape.rank(), name + ": axis");
  const Dim outer = values.shape.product(0, a), n = values.shape[a],
            inner = values.shape.product(a + 1, values.shape.rank());
  std::vector<double> ids, line(static_cast<std::size_t>(n));
  for (Dim o = 0; o < outer; ++o)
    for (Dim i = 0; i < inner; ++i) {
      for (Dim k = 0; k < n; ++k)
        line[static_cast<std::size_t>(k)] = values.v[static_cast<std::size_t>((o * n + k) * inner + i)];
      ids.push_back(static_cast<double>(argmax(line.data(), n)));
    }
  values.v = std::move(ids);
}

}  // namespace

void IoUBase::set_up(Setup setup) {
  setup_ = std::move(setup);
  if (setup_.num_classes <= 0)
    raise<ValueError>("{}: `num_classes` must be positive. Received: num_classes={}", name(),
                      setup_.num_classes);
  for (std::int64_t id : setup_.targets)
    if (id < 0 || id >= setup_.num_classes)
      raise<ValueError>("{}: `target_class_ids` must lie in [0, num_classes). Received: {}", name(), id);
  reset();
}

void IoUBase::reset() {
  const auto n = static_cast<std::size_t>(setup_.num_classes);
  matrix_.assign(n * n, 0.0);
}

void IoUBase::update(ConstView y_true, ConstView y_pred, ConstView weight) {
  Values t, p, w;
  t.read(y_true);
  p.read(y_pred);
  if (setup_.threshold)
    for (double& v : p.v) v = static_cast<float>(v) >= static_cast<float>(*setup_.threshold) ? 1.0 : 0.0;
  if (!setup_.sparse_y_true) take_argmax(name(), t, setup_.axis);
  if (!setup_.sparse_y_pred) take_argmax(name(), p, setup_.axis);
  if (t.v.size() != p.v.size())
    raise<ValueError>(
        "{}: y_true and y_pred must hold as many classes. Received: y_true.shape={}, y_pred.shape={}", name(),
        to_string(t.shape), to_string(p.shape));
  if (weight) w.read(weight);
  if (weight && w.v.size() != t.v.size() && w.v.size() != 1)
    raise<ValueError>("{}: expected one sample_weight a class id. Received: sample_weight.shape={}", name(),
                      to_string(w.shape));
  const auto n = static_cast<double>(setup_.num_classes);
  for (std::size_t i = 0; i < t.v.size(); ++i) {
    const double row = std::trunc(t.v[i]), column = std::trunc(p.v[i]);
    if (!(row >= 0.0 && row < n && column >= 0.0 && column < n)) continue;
    if (setup_.ignore_class && row == static_cast<double>(*setup_.ignore_class)) continue;
    const double each = weight ? w.v[w.v.size() == 1 ? 0 : i] : 1.0;
    matrix_[static_cast<std::size_t>(row * n + column)] += setup_.integer ? std::trunc(each) : each;
  }
}

double IoUBase::result() const {
  const auto n = static_cast<std::size_t>(setup_.num_classes);
  double sum = 0.0, counted = 0.0;
  for (std::int64_t id : setup_.targets) {
    const auto k = static_cast<std::size_t>(id);
    double both = -matrix_[k * n + k];
    for (std::size_t i = 0; i < n; ++i) both += matrix_[k * n + i] + matrix_[i * n + k];
    if (both == 0.0) continue;
    sum += matrix_[k * n + k] / both;
    counted += 1.0;
  }
  return divide_no_nan(sum, counted);
}

IoU::IoU(Config config) : MetricOf(std::move(config)) {
  const Config& c = config_;
  set_up({c.num_classes,
          c.target_class_ids,
          c.ignore_class,
          c.sparse_y_true,
          c.sparse_y_pred,
          c.axis,
          {},
          is_integer(c.dtype)});
}
BinaryIoU::BinaryIoU(Config config) : MetricOf(std::move(config)) {
  set_up({2, config_.target_class_ids, {}, true, true, -1, config_.threshold, is_integer(config_.dtype)});
}
MeanIoU::MeanIoU(Config config) : MetricOf(std::move(config)) {
  const Config& c = config_;
  set_up({c.num_classes,
          all_classes(c.num_classes),
          c.ignore_class,
          c.sparse_y_true,
          c.sparse_y_pred,
          c.axis,
          {},
          is_integer(c.dtype)});
}
OneHotIoU::OneHotIoU(Config config) : MetricOf(std::move(config)) {
  const Config& c = config_;
  set_up({c.num_classes,
          c.target_class_ids,
          c.ignore_class,
          false,
          c.sparse_y_pred,
          c.axis,
          {},
          is_integer(c.dtype)});
}
OneHotMeanIoU::OneHotMeanIoU(Config config) : MetricOf(std::move(config)) {
  const Config& c = config_;
  set_up({c.num_classes,
          all_classes(c.num_classes),
          c.ignore_class,
          false,
          c.sparse_y_pred,
          c.axis,
          {},
          is_integer(c.dtype)});
}

}  // namespace rhyton::metrics
