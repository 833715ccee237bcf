#include "nn/constraints/constraint.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace rhyton {

template <>
Registry<ConstraintBase>& Registry<ConstraintBase>::global() {
  using namespace constraints;
  static Registry& registry = *[] {
    auto* r = new Registry;
    r->add_class<MaxNorm>();
    r->add_class<NonNeg>();
    r->add_class<UnitNorm>();
    r->add_class<MinMaxNorm>();
    for (const auto& [alias, name] : {std::pair{"maxnorm", "MaxNorm"},
                                      {"nonneg", "NonNeg"},
                                      {"unitnorm", "UnitNorm"},
                                      {"minmaxnorm", "MinMaxNorm"}})
      r->add_alias(alias, name);
    r->seal();
    return r;
  }();
  return registry;
}
template class Ref<ConstraintBase>;

namespace constraints {

namespace {

// w *= factor(norm) where the norm is over `axes` at each position of the other dimensions.
template <class F>
void scale_by_norm(View w, const Axes& axes, const char* owner, F&& factor) {
  const Shape& shape = w.shape();
  const int rank = shape.rank();
  std::array<bool, Shape::max_rank> reduced{};
  for (std::int64_t a : axes.values) {
    const int axis = normalize_axis(a, rank, std::string(owner) + ": `axis`");
    reduced[static_cast<std::size_t>(axis)] = true;
  }
  // Two odometers: over the kept dimensions, and below it over the reduced ones.
  std::array<Dim, Shape::max_rank> stride{};
  Dim step = 1, kept = 1, inner = 1;
  for (int i = rank - 1; i >= 0; --i) {
    stride[static_cast<std::size_t>(i)] = step;
    step *= shape[i];
    (reduced[static_cast<std::size_t>(i)] ? inner : kept) *= shape[i];
  }
  auto offset = [&](Dim index, bool of_reduced) {
    Dim at = 0;
    for (int i = rank - 1; i >= 0; --i) {
      if (reduced[static_cast<std::size_t>(i)] != of_reduced) continue;
      at += index % shape[i] * stride[static_cast<std::size_t>(i)];
      index /= shape[i];
    }
    return at;
  };
  dispatch_real(w.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* x = w.data<T>();
    for (Dim k = 0; k < kept; ++k) {
      const Dim base = offset(k, false);
      double square = 0.0;
      for (Dim r = 0; r < inner; ++r) {
        const auto v = static_cast<double>(x[base + offset(r, true)]);
        square += v * v;
      }
      const auto by = static_cast<T>(factor(std::sqrt(square)));
      for (Dim r = 0; r < inner; ++r) x[base + offset(r, true)] *= by;
    }
  });
}

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

}  // namespace

MaxNorm::MaxNorm(Config config) : Configured(std::move(config)) {}
void MaxNorm::apply(View w) const {
  scale_by_norm(w, config_.axis, keras_name,
                [&](double norm) { return std::clamp(norm, 0.0, config_.max_value) / (epsilon + norm); });
}

NonNeg::NonNeg(Config config) : Configured(std::move(config)) {}
void NonNeg::apply(View w) const {
  dispatch_real(w.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* x = w.data<T>();
    for (Dim i = 0, n = w.size(); i < n; ++i) x[i] = std::max(x[i], T(0));
  });
}

UnitNorm::UnitNorm(Config config) : Configured(std::move(config)) {}
void UnitNorm::apply(View w) const {
  scale_by_norm(w, config_.axis, keras_name, [](double norm) { return 1.0 / (epsilon + norm); });
}

MinMaxNorm::MinMaxNorm(Config config) : Configured(std::move(config)) {}
void MinMaxNorm::apply(View w) const {
  scale_by_norm(w, config_.axis, keras_name, [&](double norm) {
    const double wanted =
        config_.rate * std::clamp(norm, config_.min_value, config_.max_value) + (1.0 - config_.rate) * norm;
    return wanted / (epsilon + norm);
  });
}

}  // namespace constraints
}  // namespace rhyton
