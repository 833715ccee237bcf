#include "serialization/weight_listing.hpp"

#include <fmt/format.h>

#include "nn/tensor/shape.hpp"

namespace rhyton {

void WeightListing::add(const std::string& name, const std::string& shape) {
  if (++count_ > most) return;
  text_ += count_ == 1 ? ": " : ", ";
  text_ += name.empty() ? shape : fmt::format("{} {}", name, shape);
  if (count_ == most) text_ += ", ...";
}

std::string expected_text(const std::vector<std::shared_ptr<Weight>>& weights, const char* what) {
  WeightListing listing;
  for (const auto& weight : weights) listing.add(weight->name, to_string(weight->value.shape()));
  return fmt::format("{} {}{}", weights.size(), what, listing.text());
}

std::string unjudged_remark(const std::vector<std::string>& layers) {
  if (layers.empty()) return {};
  constexpr std::size_t most = 20;
  std::string text = "Not judged, since what these layers read is not known: the weights of ";
  for (std::size_t i = 0; i < layers.size() && i < most; ++i)
    text += fmt::format("{}{}'", i == 0 ? "'" : ", '", layers[i]);
  return text + (layers.size() > most ? fmt::format(" and {} others.", layers.size() - most) : ".");
}

}  // namespace rhyton
