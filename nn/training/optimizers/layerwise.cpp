#include "nn/training/optimizers/layerwise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/kernels/dense.hpp"

namespace rhyton {

Lamb::Lamb(Config config) : OptimizerOf(std::move(config)) {}
void Lamb::prepare(double rate, std::int64_t t) {
  rate_ = static_cast<float>(rate);
  of_m_ = 1.0f / detail::one_minus_power(config_.beta_1, t);
  of_v_ = 1.0f / detail::one_minus_power(config_.beta_2, t);
}

void Lamb::update(const Range& r) {
  const float* __restrict g = gradients(r);
  float* __restrict w = weights();
  float* __restrict m = slot(0);
  float* __restrict v = slot(1);
  const auto keep_1 = static_cast<float>(1.0 - config_.beta_1),
             keep_2 = static_cast<float>(1.0 - config_.beta_2);
  const auto epsilon = static_cast<float>(config_.epsilon);
  auto direction = [&](Dim i) { return m[i] * of_m_ / (std::sqrt(v[i] * of_v_) + epsilon); };
  double of_weight = 0.0, of_update = 0.0;
  for (Dim i = r.begin; i < r.end; ++i) {
    const float d = g[i - r.begin] * r.scale;
    m[i] += (d - m[i]) * keep_1;
    v[i] += (d * d - v[i]) * keep_2;
    w[i] -= w[i] * r.decay;
    const float u = direction(i);
    of_weight += static_cast<double>(w[i]) * w[i];
    of_update += static_cast<double>(u) * u;
  }
  const double ratio = of_weight > 0.0 && of_update > 0.0 ? std::sqrt(of_weight / of_update) : 1.0;
  const auto step = static_cast<float>(ratio * rate_);
  for (Dim i = r.begin; i < r.end; ++i) w[i] -= step * direction(i);
}

Adafactor::Adafactor(Config config) : OptimizerOf(std::move(config)) {}
void Adafactor::make_slots() {
  add_slots({"velocity"});
  rows_.clear();
  columns_.clear();
  for (const OptimizerVariable& variable : parameters().variables) {
    const Shape& shape = variable.shape;
    if (shape.rank() < 2) {
      rows_.emplace_back(Shape(), DType::int32);
      columns_.emplace_back(Shape(), DType::int32);
    } else {
      rows_.emplace_back(shape.slice(0, -1));
      Shape columns = shape.slice(0, -2);
      columns.push_back(shape.back());
      columns_.emplace_back(columns);
    }
  }
}

void Adafactor::prepare(double rate, std::int64_t t) {
  const auto n = static_cast<double>(t);
  rho_ = std::min(rate, 1.0 / std::sqrt(n));
  beta_2_ = 1.0 - std::pow(n, config_.beta_2_decay);
}

void Adafactor::update(const Range& r) {
  const auto index = static_cast<std::size_t>(r.variable - parameters().variables.data());
  const Shape& shape = r.variable->shape;
  const Dim size = r.end - r.begin;
  const float* g = gradients(r);
  float* w = weights() + r.begin;
  float* v = slot(0) + r.begin;
  const auto keep = static_cast<float>(beta_2_), rest = static_cast<float>(1.0 - beta_2_);
  const auto epsilon = static_cast<float>(config_.epsilon_1);
  auto square = [&](Dim i) { return g[i] * r.scale * g[i] * r.scale + epsilon; };

  double of_weight = 0.0;
  for (Dim i = 0; i < size; ++i) {
    w[i] -= w[i] * r.decay;
    of_weight += static_cast<double>(w[i]) * w[i];
  }
  if (shape.rank() < 2) {
    for (Dim i = 0; i < size; ++i) v[i] = keep * v[i] + rest * square(i);
  } else {
    const Dim height = shape[-2], width = shape[-1];
    for (Dim matrix = 0; matrix < size / (height * width); ++matrix) {
      float* row = rows_[index].data<float>() + matrix * height;
      float* column = columns_[index].data<float>() + matrix * width;
      const Dim base = matrix * height * width;
      double mean_row = 0.0;
      for (Dim i = 0; i < height; ++i) {
        double sum = 0.0;
        for (Dim j = 0; j < width; ++j) sum += square(base + i * width + j);
        row[i] = keep * row[i] + rest * static_cast<float>(sum / static_cast<double>(width));
        mean_row += row[i] / static_cast<double>(height);
      }
      for (Dim j = 0; j < width; ++j) {
        double sum = 0.0;
        for (Dim i = 0; i < height; ++i) sum += square(base + i * width + j);
        column[j] = keep * column[j] + rest * static_cast<float>(sum / static_cast<double>(height));
      }
      for (Dim i = 0; i < height; ++i)
        for (Dim j = 0; j < width; ++j)
          v[base + i * width + j] = row[i] / static_cast<float>(mean_row) * column[j];
    }
  }
  auto direction = [&](Dim i) { return g[i] * r.scale / std::sqrt(v[i]); };
  double of_update = 0.0;
  for (Dim i = 0; i < size; ++i) of_update += static_cast<double>(direction(i)) * direction(i);
  const auto count = static_cast<double>(size);
  const double alpha = std::max(config_.epsilon_2, std::sqrt(of_weight / count)) * rho_;
  const double clip = std::max(1.0, std::sqrt(of_update / count) / config_.clip_threshold);
  const auto step = static_cast<float>(alpha / clip);
  for (Dim i = 0; i < size; ++i) w[i] -= step * direction(i);
}

void Adafactor::append_slots(std::vector<OptimizerState>& out) {
  const auto& variables = parameters().variables;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    std::string path = variables[i].path;
    std::replace(path.begin(), path.end(), '/', '_');
    out.push_back({fmt::format("{}/{}_r", name(), path), rows_[i].view(), weights() + variables[i].offset});
    out.push_back(
        {fmt::format("{}/{}_c", name(), path), columns_[i].view(), weights() + variables[i].offset});
    out.push_back(slot_state(0, variables[i]));
  }
}

Muon::Muon(Config config) : OptimizerOf(std::move(config)) {
  for (const std::string& text : config_.exclude_layers) excluded_layers_.emplace_back(text, "Muon");
}
bool Muon::uses_adam(const OptimizerVariable& variable) const {
  if (variable.shape.rank() != 2) return true;
  std::string lower = variable.path;
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (config_.exclude_embeddings && lower.find("embedding") != std::string::npos) return true;
  return std::any_of(excluded_layers_.begin(), excluded_layers_.end(),
                     [&](const Pattern& pattern) { return pattern.found_in(variable.path); });
}

void Muon::make_slots() {
  add_slots({"momentum", "velocity"});
  by_adam_.clear();
  Dim largest = 0, shortest = 0;
  for (const OptimizerVariable& variable : parameters().variables) {
    by_adam_.push_back(uses_adam(variable));
    if (by_adam_.back()) continue;
    largest = std::max(largest, variable.shape.size());
    shortest = std::max(shortest, std::min(variable.shape[0], variable.shape[1]));
  }
  x_ = Tensor({largest});
  next_ = Tensor({largest});
  square_ = Tensor({shortest * shortest});
  polynomial_ = Tensor({shortest * shortest});
}

std::optional<double> Muon::weight_decay_of(const OptimizerVariable& variable) const {
  const auto decay = OptimizerBase::weight_decay_of(variable);
  const bool excluded = config_.weight_decay && !decay;
  if (excluded) return std::nullopt;
  return uses_adam(variable) ? config_.adam_weight_decay : config_.weight_decay;
}

void Muon::prepare(double rate, std::int64_t t) {
  rate_ = static_cast<float>(rate);
  adam_ = detail::adam_step(rate * config_.adam_lr_ratio, t, config_.adam_beta_1, config_.adam_beta_2,
                            config_.epsilon);
}

void Muon::orthogonalize(Dim rows, Dim columns) {
  const Dim n = rows * columns;
  float* x = x_.data<float>();
  double square = 0.0;
  for (Dim i = 0; i < n; ++i) square += static_cast<double>(x[i]) * x[i];
  const auto by = static_cast<float>(1.0 / (std::sqrt(square) + 1e-7));
  for (Dim i = 0; i < n; ++i) x[i] *= by;
  float* a = square_.data<float>();
  float* p = polynomial_.data<float>();
  float* y = next_.data<float>();
  for (std::int64_t step = 0; step < config_.ns_steps; ++step) {
    gemm(DType::float32, false, true, rows, rows, columns, 1.0, x, columns, x, columns, 0.0, a, rows);
    std::copy_n(a, rows * rows, p);
    gemm(DType::float32, false, false, rows, rows, rows, config_.muon_c, a, rows, a, rows, config_.muon_b, p,
         rows);
    std::copy_n(x, n, y);
    gemm(DType::float32, false, false, rows, columns, rows, 1.0, p, rows, x, columns, config_.muon_a, y,
         columns);
    std::swap(x, y);
  }
  if (x != x_.data<float>()) std::copy_n(x, n, x_.data<float>());
}

void Muon::update(const Range& r) {
  const auto index = static_cast<std::size_t>(r.variable - parameters().variables.data());
  const Dim size = r.end - r.begin;
  const float* g = gradients(r);
  float* w = weights() + r.begin;
  float* m = slot(0) + r.begin;
  if (by_adam_[index]) {
    detail::adam_update(adam_, r.decay, r.scale, size, g, w, m, slot(1) + r.begin, nullptr);
    return;
  }
  const Dim height = r.variable->shape[0], width = r.variable->shape[1];
  const bool tall = height > width;
  const Dim rows = std::min(height, width), columns = std::max(height, width);
  const auto momentum = static_cast<float>(config_.momentum);
  float* x = x_.data<float>();
  auto place = [&](Dim i) { return tall ? i % width * height + i / width : i; };
  for (Dim i = 0; i < size; ++i) {
    const float d = g[i] * r.scale;
    m[i] += d + m[i] * (momentum - 1.0f);
    x[place(i)] = config_.nesterov ? d + momentum * m[i] : m[i];
  }
  orthogonalize(rows, columns);
  float step = rate_;
  if (config_.rms_rate)
    step *= static_cast<float>(std::sqrt(static_cast<double>(columns)) * *config_.rms_rate);
  for (Dim i = 0; i < size; ++i) w[i] = w[i] - w[i] * r.decay - step * x[place(i)];
}

void Muon::append_slots(std::vector<OptimizerState>& out) {
  const auto& variables = parameters().variables;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    out.push_back(slot_state(0, variables[i]));
    if (by_adam_[i]) out.push_back(slot_state(1, variables[i]));
  }
}

}  // namespace rhyton
