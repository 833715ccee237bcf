#include "layers/preprocessing/random_color_degeneration.hpp"

namespace rhyton {

RandomColorDegeneration::RandomColorDegeneration(Config config) : RandomImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", -1, 1);
}

void RandomColorDegeneration::prepare(Prepare& p) const {
  if (!p.training()) return p.alias();
  ops::check_colours(*this, config_.data_format, p.input().shape);
  p.backward_reads(false, true);
  ops::prepare_random_factor(p, config_.data_format);
}

void RandomColorDegeneration::call(Call& c) const {
  const View shares =
      ops::draw_random_factor(c, config_.data_format, generator(c), config_.factor.low, config_.factor.high);
  ops::mix_grey(c.input(), config_.data_format, shares, c.output());
  ops::clip(c.output(), config_.value_range.low, config_.value_range.high);
}

void RandomColorDegeneration::backward(Backward& b) const {
  ops::clip_backward(b.output(), b.dy(), config_.value_range.low, config_.value_range.high, b.dx());
  ops::mix_grey_backward(b.dx(), config_.data_format, b.saved(), b.dx());
}

}  // namespace rhyton
