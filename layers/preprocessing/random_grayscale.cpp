#include "layers/preprocessing/random_grayscale.hpp"

namespace rhyton {

RandomGrayscale::RandomGrayscale(Config config) : RandomImageLayer(std::move(config)) {
  ops::resolve_factor(*this, static_cast<double>(config_.factor), "factor", 0, 1);
}

void RandomGrayscale::prepare(Prepare& p) const {
  if (!p.training()) return p.alias();
  ops::check_colours(*this, config_.data_format, p.input().shape);
  p.backward_reads(false, false);
  ops::prepare_random_factor(p, config_.data_format);
}

void RandomGrayscale::call(Call& c) const {
  const double factor = config_.factor;
  const View chosen = ops::draw_random_choice(c, config_.data_format, generator(c), factor, factor);
  ops::mix_grey(c.input(), config_.data_format, chosen, c.output());
}

void RandomGrayscale::backward(Backward& b) const {
  ops::mix_grey_backward(b.dy(), config_.data_format, b.saved(), b.dx());
}

}  // namespace rhyton
