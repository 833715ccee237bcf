#pragma once
/// @file training.hpp  One layer in a training run, and statistics of what it draws.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "tests/layers/golden.hpp"

namespace rhyton::test {

/// A layer in a training run.
class Training {
 public:
  Training(const std::string& class_name, const Json& config, Tensor x)
      : x_(std::move(x)), layer_(make_layer(class_name, config, "random")) {
    CallSpec call;
    call.inputs = {{x_.shape(), x_.dtype()}};
    call.roles = {""};
    call.masks.resize(1);
    run_ = std::make_unique<Run>(plan_call(layer_, call), Shapes{x_.shape()}, training_options(true));
    run_->set_input(0, x_);
  }
  std::vector<float> forward(std::uint64_t seed) {
    run_->forward(seed);
    run_->commit_updates();
    return Tensor(run_->output(0)).values<float>();
  }
  std::vector<float> backward(float dy) {
    fill(run_->output_gradient(0), dy);
    run_->backward();
    return Tensor(run_->input_gradient(0)).values<float>();
  }

 private:
  Tensor x_;
  LayerRef layer_;
  std::unique_ptr<Run> run_;
};

struct Moments {
  double mean = 0, deviation = 0, least = 0, most = 0;
};

inline Moments moments(const std::vector<float>& values) {
  Moments m{0, 0, values[0], values[0]};
  for (const double v : values) {
    m.mean += v / static_cast<double>(values.size());
    m.least = std::min(m.least, v);
    m.most = std::max(m.most, v);
  }
  for (const double v : values)
    m.deviation += (v - m.mean) * (v - m.mean) / static_cast<double>(values.size());
  m.deviation = std::sqrt(m.deviation);
  return m;
}

/// Uniform in [low, high): within five standard errors of so many draws.
inline void check_uniform(const std::vector<float>& values, double low, double high) {
  const Moments m = moments(values);
  const double width = high - low, deviation = width / std::sqrt(12.0);
  CHECK(m.least >= low - 1e-4);
  CHECK(m.most <= high + 1e-4);
  CHECK(std::abs(m.mean - (low + high) / 2) <
        5.0 * deviation / std::sqrt(static_cast<double>(values.size())));
  CHECK(m.deviation == doctest::Approx(deviation).epsilon(0.1));
}

inline constexpr Dim images = 400, side = 9, middle = 4;

/// Every pixel holds its column (or row).
inline Tensor ramp(bool rows, Dim count = images, Dim size = side) {
  Tensor x({count, size, size, 1});
  for (Dim i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(rows ? i / size % size : i % size);
  return x;
}

}  // namespace rhyton::test
