#include "layers/preprocessing/aug_mix.hpp"

#include "layers/preprocessing/augmentations.hpp"
#include "nn/ops/random_pixels.hpp"

namespace rhyton {

using detail::Augmentations;

AugMix::AugMix(Config config) : RandomImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
  detail::expect_length(*this, "num_chains", config_.num_chains);
  detail::expect_length(*this, "chain_depth", config_.chain_depth);
  if (!(config_.alpha > 0.0)) fail("`alpha` must be positive. Received: alpha={}.", config_.alpha);
  std::vector<std::string> names = {"RandomShear",         "RandomTranslation", "RandomRotation",
                                    "RandomPosterization", "Solarization",      "AutoContrast",
                                    "Equalization"};
  if (config_.all_ops)
    names.insert(names.end(),
                 {"RandomBrightness", "RandomColorDegeneration", "RandomContrast", "RandomSharpness"});
  layers_ = detail::make_augmentations(
      *this, names, {config_.factor, config_.value_range, config_.interpolation, config_.data_format});
}

void AugMix::prepare(Prepare& p) const {
  if (!p.training()) return p.alias();
  const auto chains = static_cast<std::size_t>(config_.num_chains),
             depth = static_cast<std::size_t>(config_.chain_depth);
  p.backward_reads(true, true);
  p.keep(std::make_unique<Augmentations>(layers_, p.input().shape, p.options(),
                                         std::vector<std::size_t>(chains, depth), p.wants_gradient()));
  // The share of the images themselves, then that of each chain.
  p.save({config_.num_chains + 1}, p.options().dtype);
  const std::size_t images = ops::padded(p.input().shape.size(), p.options().dtype);
  p.scratch(std::max(images, ops::padded(config_.num_chains + 1, p.options().dtype)));
}

void AugMix::call(Call& c) const {
  auto& kernel = c.kernel<Augmentations>();
  Rng rng = generator(c);
  const View shares = c.wants_gradient() ? c.saved() : View(c.scratch(), {config_.num_chains + 1}, c.real());
  dispatch_real(c.real(), [&]<class T>(T) {
    T* share = shares.data<T>();
    ops::draw_dirichlet(rng, config_.alpha, View(share + 1, {config_.num_chains}, c.real()));
    share[0] = static_cast<T>(ops::draw_beta(rng, config_.alpha));
    const T* x = c.input().data<T>();
    T* y = c.output().data<T>();
    for (Dim i = 0; i < c.input().size(); ++i) y[i] = share[0] * x[i];
    for (Dim k = 0; k < config_.num_chains; ++k) {
      share[k + 1] *= T(1) - share[0];
      auto& chain = kernel.chain(static_cast<std::size_t>(k));
      chain.clear();
      for (std::int64_t d = 0; d < config_.chain_depth; ++d) {
        const auto layer = static_cast<std::size_t>(rng.below(layers_.size() + 1));
        // One choice more: nothing.
        if (layer < layers_.size()) chain.push_back({layer, rng.next()});
      }
      const T* changed = kernel.forward(static_cast<std::size_t>(k), c.input()).data<T>();
      for (Dim i = 0; i < c.input().size(); ++i) y[i] += share[k + 1] * changed[i];
    }
  });
  ops::clip(c.output(), config_.value_range.low, config_.value_range.high);
}

void AugMix::backward(Backward& b) const {
  auto& kernel = b.kernel<Augmentations>();
  const View dz(b.scratch(), b.dy().shape(), b.real());
  ops::clip_backward(b.output(), b.dy(), config_.value_range.low, config_.value_range.high, dz);
  dispatch_real(b.real(), [&]<class T>(T) {
    const T* share = b.saved().data<T>();
    T* dx = b.dx().data<T>();
    for (Dim i = 0; i < dz.size(); ++i) dx[i] = share[0] * dz.data<T>()[i];
    for (Dim k = 0; k < config_.num_chains; ++k) {
      const T* part = kernel.backward(static_cast<std::size_t>(k), b.input(), dz).data<T>();
      for (Dim i = 0; i < dz.size(); ++i) dx[i] += share[k + 1] * part[i];
    }
  });
}

}  // namespace rhyton
