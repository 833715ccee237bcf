#include "layers/preprocessing/random_brightness.hpp"

#include <algorithm>

namespace rhyton {

RandomBrightness::RandomBrightness(Config config) : RandomImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", -1, 1);
}

void RandomBrightness::prepare(Prepare& p) const {
  if (!p.training()) return p.alias();
  p.backward_reads(false, true);
  ops::prepare_random_factor(p, config_.data_format);
}

void RandomBrightness::call(Call& c) const {
  const double low = config_.value_range.low, high = config_.value_range.high;
  const View deltas =
      ops::draw_random_factor(c, config_.data_format, generator(c), config_.factor.low, config_.factor.high);
  const Dim sample = c.input().size() / std::max<Dim>(deltas.size(), 1);
  dispatch_real(c.real(), [&]<class T>(T) {
    for (Dim i = 0; i < c.input().size(); ++i)
      c.output().data<T>()[i] =
          c.input().data<T>()[i] + deltas.data<T>()[i / sample] * static_cast<T>(high - low);
  });
  ops::clip(c.output(), low, high);
}

void RandomBrightness::backward(Backward& b) const {
  ops::clip_backward(b.output(), b.dy(), config_.value_range.low, config_.value_range.high, b.dx());
}

}  // namespace rhyton
