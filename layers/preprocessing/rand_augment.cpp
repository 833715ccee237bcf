#include "layers/preprocessing/rand_augment.hpp"

#include "layers/preprocessing/augmentations.hpp"

namespace rhyton {

using detail::Augmentations;

RandAugment::RandAugment(Config config) : RandomImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
  detail::expect_length(*this, "num_ops", config_.num_ops);
  layers_ = detail::make_augmentations(
      *this,
      {"RandomShear", "RandomTranslation", "RandomRotation", "RandomBrightness", "RandomColorDegeneration",
       "RandomContrast", "RandomSharpness", "RandomPosterization", "Solarization", "AutoContrast",
       "Equalization"},
      {config_.factor, config_.value_range, config_.interpolation, config_.data_format});
}

void RandAugment::prepare(Prepare& p) const {
  if (!p.training() || config_.num_ops == 0) return p.alias();
  p.backward_reads(true, false);
  p.keep(std::make_unique<Augmentations>(layers_, p.input().shape, p.options(),
                                         std::vector{static_cast<std::size_t>(config_.num_ops)},
                                         p.wants_gradient()));
}

void RandAugment::call(Call& c) const {
  auto& kernel = c.kernel<Augmentations>();
  Rng rng = generator(c);
  // A layer that comes twice does the same twice.
  const std::uint64_t seed = rng.next();
  for (Augmentations::Link& link : kernel.chain(0)) {
    const std::uint64_t layer = rng.below(layers_.size());
    link = {static_cast<std::size_t>(layer), seed << 8 | layer};
  }
  copy(kernel.forward(0, c.input()), c.output());
}

void RandAugment::backward(Backward& b) const {
  copy(b.kernel<Augmentations>().backward(0, b.input(), b.dy()), b.dx());
}

}  // namespace rhyton
