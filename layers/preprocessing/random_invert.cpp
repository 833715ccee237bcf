#include "layers/preprocessing/random_invert.hpp"

#include <algorithm>

namespace rhyton {

RandomInvert::RandomInvert(Config config) : RandomImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
}

void RandomInvert::prepare(Prepare& p) const {
  if (!p.training()) return p.alias();
  p.backward_reads(false, false);
  ops::prepare_random_factor(p, config_.data_format);
}

void RandomInvert::call(Call& c) const {
  const ConstView x = c.input();
  const View chosen =
      ops::draw_random_choice(c, config_.data_format, generator(c), config_.factor.low, config_.factor.high);
  const Dim sample = x.size() / std::max<Dim>(chosen.size(), 1);
  dispatch_real(c.real(), [&]<class T>(T) {
    const T most = static_cast<T>(static_cast<double>(config_.value_range.high));
    for (Dim i = 0; i < x.size(); ++i) {
      const T v = x.data<T>()[i];
      c.output().data<T>()[i] = chosen.data<T>()[i / sample] > T(0) ? most - v : v;
    }
  });
}

void RandomInvert::backward(Backward& b) const {
  const ConstView dy = b.dy(), chosen = b.saved();
  const Dim sample = dy.size() / std::max<Dim>(chosen.size(), 1);
  dispatch_real(b.real(), [&]<class T>(T) {
    for (Dim i = 0; i < dy.size(); ++i) {
      const T v = dy.data<T>()[i];
      b.dx().data<T>()[i] = chosen.data<T>()[i / sample] > T(0) ? -v : v;
    }
  });
}

}  // namespace rhyton
