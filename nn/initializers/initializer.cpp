#include "nn/initializers/initializer.hpp"

#include <nlohmann/json.hpp>

#include "nn/initializers/constant.hpp"
#include "nn/initializers/random.hpp"

namespace rhyton {

template <>
Registry<InitializerBase>& Registry<InitializerBase>::global() {
  using namespace initializers;
  static Registry& registry = *[] {
    auto* r = new Registry;
    r->add_class<Constant>();
    r->add_class<GlorotNormal>();
    r->add_class<GlorotUniform>();
    r->add_class<HeNormal>();
    r->add_class<HeUniform>();
    r->add_class<Identity>();
    r->add_class<LecunNormal>();
    r->add_class<LecunUniform>();
    r->add_class<Ones>();
    r->add_class<Orthogonal>();
    r->add_class<RandomNormal>();
    r->add_class<RandomUniform>();
    r->add_class<STFT>();
    r->add_class<TruncatedNormal>();
    r->add_class<VarianceScaling>();
    r->add_class<Zeros>();
    for (const auto& [alias, name] : {std::pair{"normal", "RandomNormal"},
                                      {"uniform", "RandomUniform"},
                                      {"one", "Ones"},
                                      {"zero", "Zeros"},
                                      {"IdentityInitializer", "Identity"},
                                      {"OrthogonalInitializer", "Orthogonal"},
                                      {"STFTInitializer", "STFT"},
                                      {"stft", "STFT"}})
      r->add_alias(alias, name);
    r->seal();
    return r;
  }();
  return registry;
}
template class Ref<InitializerBase>;

std::shared_ptr<InitializerBase> InitializerBase::with_axes(const std::vector<std::int64_t>&,
                                                            const std::vector<std::int64_t>&) const {
  return nullptr;
}

void from_config(const Json& json, Seed& value) {
  value = Seed();
  if (json.is_null()) return;
  if (json.is_object()) {
    const ObjectJson object = parse_object(json);
    if (object.class_name != "SeedGenerator")
      throw ValueError("expected an integer, a SeedGenerator or null");
    if (object.config && object.config->contains("seed")) from_config(object.config->at("seed"), value);
    return;
  }
  std::int64_t seed = 0;
  from_config(json, seed);
  value.value = seed;
}
void to_config(Json& json, const Seed& value) { to_config(json, value.value); }

Fans compute_fans(const Shape& shape, const std::optional<std::vector<std::int64_t>>& input_axes,
                  const std::optional<std::vector<std::int64_t>>& output_axes) {
  if (input_axes && output_axes) {
    auto product = [&](const std::vector<std::int64_t>& axes, const char* what) {
      double units = 1.0;
      for (std::int64_t axis : axes)
        units *= static_cast<double>(shape[normalize_axis(axis, shape.rank(), what)]);
      return units;
    };
    return {product(*input_axes, "input_axes"), product(*output_axes, "output_axes")};
  }
  if (shape.rank() == 0) return {1.0, 1.0};
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  const auto field = static_cast<double>(shape.product(0, shape.rank() - 2));
  return {field * static_cast<double>(shape[-2]), field * static_cast<double>(shape[-1])};
}

}  // namespace rhyton
