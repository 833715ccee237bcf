#include "nn/regularizers/regularizer.hpp"

#include <algorithm>
#include <cmath>

#include "nn/raise.hpp"

namespace rhyton {

template <>
Registry<RegularizerBase>& Registry<RegularizerBase>::global() {
  using namespace regularizers;
  static Registry& registry = *[] {
    auto* r = new Registry;
    r->add_class<L1>();
    r->add_class<L2>();
    r->add_class<L1L2>();
    r->add_class<OrthogonalRegularizer>();
    r->add_alias("l1_l2", "L1L2");
    r->add_alias("l1l2", "L1L2");
    r->seal();
    return r;
  }();
  return registry;
}
template class Ref<RegularizerBase>;

namespace regularizers {

namespace {

void check_factor(const char* owner, const char* name, double value) {
  if (!std::isfinite(value) || value < 0.0)
    raise<ValueError>("{}: `{}` must be a finite number that is not negative. Received: {}={}", owner, name,
                      name, value);
}

// Keras holds these factors as float32 tensors, and so writes them rounded.
double rounded(double value) { return static_cast<double>(static_cast<float>(value)); }

double penalty(ConstView w, double l1, double l2) {
  return dispatch_real(w.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* x = w.data<T>();
    double absolute = 0.0, square = 0.0;
    for (Dim i = 0, n = w.size(); i < n; ++i) {
      const auto v = static_cast<double>(x[i]);
      absolute += std::abs(v);
      square += v * v;
    }
    return l1 * absolute + l2 * square;
  });
}

void add_penalty_gradient(ConstView w, View dw, double l1, double l2) {
  dispatch_real(w.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* x = w.data<T>();
    T* g = dw.data<T>();
    const T a = static_cast<T>(l1), b = static_cast<T>(2.0 * l2);
    for (Dim i = 0, n = w.size(); i < n; ++i) g[i] += b * x[i] + (x[i] > T(0) ? a : x[i] < T(0) ? -a : T(0));
  });
}

}  // namespace

L1::L1(Config config) : Configured(std::move(config)) {
  check_factor(keras_name, "l1", config_.l1);
  config_.l1 = rounded(config_.l1);
}
double L1::value(ConstView w) const { return penalty(w, config_.l1, 0.0); }
void L1::add_gradient(ConstView w, View dw, double scale) const {
  add_penalty_gradient(w, dw, scale * config_.l1, 0.0);
}

L2::L2(Config config) : Configured(std::move(config)) { check_factor(keras_name, "l2", config_.l2); }
double L2::value(ConstView w) const { return penalty(w, 0.0, config_.l2); }
void L2::add_gradient(ConstView w, View dw, double scale) const {
  add_penalty_gradient(w, dw, 0.0, scale * config_.l2);
}

L1L2::L1L2(Config config) : Configured(std::move(config)) {
  check_factor(keras_name, "l1", config_.l1);
  check_factor(keras_name, "l2", config_.l2);
}
double L1L2::value(ConstView w) const { return penalty(w, config_.l1, config_.l2); }
void L1L2::add_gradient(ConstView w, View dw, double scale) const {
  add_penalty_gradient(w, dw, scale * config_.l1, scale * config_.l2);
}

OrthogonalRegularizer::OrthogonalRegularizer(Config config) : Configured(std::move(config)) {
  check_factor(keras_name, "factor", config_.factor);
  config_.factor = rounded(config_.factor);
  if (config_.mode != "rows" && config_.mode != "columns")
    throw ValueError("OrthogonalRegularizer: `mode` must be 'rows' or 'columns'. Received: mode=" +
                     config_.mode);
}

namespace {

// The vectors u_i of length `length`, normalized, row after row; norms beside them.
struct UnitVectors {
  Dim count, length;
  bool rows;
  std::vector<double> u, norm;

  UnitVectors(ConstView w, bool by_rows) : rows(by_rows) {
    if (w.shape().rank() != 2)
      throw ValueError("OrthogonalRegularizer: expected a matrix. Received: shape=" + to_string(w.shape()));
    count = w.shape()[rows ? 0 : 1];
    length = w.shape()[rows ? 1 : 0];
    u.resize(static_cast<std::size_t>(count * length));
    norm.resize(static_cast<std::size_t>(count));
    dispatch_real(w.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for (Dim i = 0; i < count; ++i) {
        double square = 0.0;
        for (Dim k = 0; k < length; ++k) {
          const auto x = static_cast<double>(w.data<T>()[rows ? i * length + k : k * count + i]);
          at(i)[k] = x;
          square += x * x;
        }
        norm[static_cast<std::size_t>(i)] = std::max(std::sqrt(square), 1e-7);
        for (Dim k = 0; k < length; ++k) at(i)[k] /= norm[static_cast<std::size_t>(i)];
      }
    });
  }
  double* at(Dim i) { return u.data() + i * length; }
  double product(Dim i, Dim j) {
    double sum = 0.0;
    for (Dim k = 0; k < length; ++k) sum += at(i)[k] * at(j)[k];
    return sum;
  }
};

}  // namespace

double OrthogonalRegularizer::value(ConstView w) const {
  UnitVectors v(w, config_.mode == "rows");
  double sum = 0.0;
  for (Dim i = 0; i < v.count; ++i)
    for (Dim j = 0; j < i; ++j) sum += std::abs(v.product(i, j));
  const double pairs = static_cast<double>(v.count) * static_cast<double>(v.count - 1) / 2.0;
  return config_.factor * sum / pairs;
}

void OrthogonalRegularizer::add_gradient(ConstView w, View dw, double scale) const {
  UnitVectors v(w, config_.mode == "rows");
  const double pairs = static_cast<double>(v.count) * static_cast<double>(v.count - 1) / 2.0;
  const double factor = scale * config_.factor / pairs;
  std::vector<double> g(static_cast<std::size_t>(v.length));
  dispatch_real(w.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (Dim i = 0; i < v.count; ++i) {
      // d|<u_i, u_j>| / du_i = sign u_j, then through u = x / |x|: (g - u <u, g>) / |x|.
      std::fill(g.begin(), g.end(), 0.0);
      for (Dim j = 0; j < v.count; ++j) {
        if (j == i) continue;
        const double p = v.product(i, j), sign = p > 0.0 ? 1.0 : p < 0.0 ? -1.0 : 0.0;
        for (Dim k = 0; k < v.length; ++k) g[static_cast<std::size_t>(k)] += sign * v.at(j)[k];
      }
      double along = 0.0;
      for (Dim k = 0; k < v.length; ++k) along += g[static_cast<std::size_t>(k)] * v.at(i)[k];
      for (Dim k = 0; k < v.length; ++k)
        dw.data<T>()[v.rows ? i * v.length + k : k * v.count + i] +=
            static_cast<T>(factor * (g[static_cast<std::size_t>(k)] - along * v.at(i)[k]) /
                           v.norm[static_cast<std::size_t>(i)]);
    }
  });
}

}  // namespace regularizers
}  // namespace rhyton
