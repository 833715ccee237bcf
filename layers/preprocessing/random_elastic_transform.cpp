#include "layers/preprocessing/random_elastic_transform.hpp"

namespace rhyton {

RandomElasticTransform::RandomElasticTransform(Config config) : RandomImageLayer(std::move(config)) {
  config_.factor = ops::resolve_factor(*this, config_.factor, "factor", 0, 1);
  config_.scale = ops::resolve_factor(*this, config_.scale, "scale", 0, 1);
  warp_ = ops::random_affine(*this, config_.data_format, config_.interpolation, config_.fill_mode,
                             config_.fill_value);
}

namespace {

Shape shape_of_moves(const ops::ImageLayout& image) { return {image.batch, 2, image.height, image.width}; }

/// The window's length for a sigma.
Dim taps_of(double sigma) { return static_cast<Dim>(6.0 * sigma) | 1; }
double widest(const ops::ImageLayout& image) {
  return 0.05 * static_cast<double>(std::min(image.height, image.width));
}

template <class T>
void fill_bell(View window, double sigma) {
  const Dim n = window.size();
  double sum = 0.0;
  const auto bell = [&](Dim i) {
    const double x = (static_cast<double>(i) - static_cast<double>(n - 1) / 2.0) / sigma;
    return std::exp(-0.5 * x * x);
  };
  for (Dim i = 0; i < n; ++i) sum += bell(i);
  for (Dim i = 0; i < n; ++i) window.data<T>()[i] = static_cast<T>(bell(i) / sum);
}

}  // namespace

void RandomElasticTransform::prepare(Prepare& p) const {
  if (!p.training() || config_.factor.high == 0.0 || config_.scale.high == 0.0) return p.alias();
  const ops::ImageLayout image(p.input().shape, config_.data_format);
  const DType dtype = p.options().dtype;
  const std::size_t moves = ops::padded(shape_of_moves(image).size(), dtype);
  p.backward_reads(false, true);
  p.save(shape_of_moves(image), dtype);
  const std::size_t forward = 2 * moves + ops::padded(taps_of(widest(image)), dtype);
  p.scratch(std::max(forward, ops::padded(p.input().shape.size(), dtype)));
}

/// Fills moves (batch, 2, height, width); those of images that stay as they are with zeros.
void RandomElasticTransform::draw_moves(const Call& c, const ops::ImageLayout& image, ops::Pieces& memory,
                                        View moves) const {
  Rng rng = generator(c);
  const double strength = ops::draw_uniform(rng, config_.scale.low, config_.scale.high);
  const double sigma = std::max(widest(image) * strength, 1e-9);
  const double alpha = 0.1 * strength * static_cast<double>(std::max(image.height, image.width));
  const View noise = memory.take(moves.shape(), c.real());
  const Dim taps = taps_of(sigma), size = image.height * image.width;
  rng.split(0).fill_normal(noise, 0.0, sigma);
  dispatch_real(c.real(), [&]<class T>(T) {
    const View bell = memory.take({taps}, c.real());
    fill_bell<T>(bell, sigma);
    // The window is an outer product: one direction after the other.
    const Shape planes{2 * image.batch, image.height, image.width, 1};
    const View from = noise.reshaped(planes), to = moves.reshaped(planes);
    const DataFormat last("channels_last");
    ops::filter_images(from, last, bell.reshaped({taps, 1}), false, to);
    copy(to, from);
    ops::filter_images(from, last, bell.reshaped({1, taps}), false, to);
    for (Dim n = 0; n < image.batch; ++n) {
      const double probability = ops::draw_uniform(rng, config_.factor.low, config_.factor.high);
      const T scale = static_cast<T>(rng.uniform() < probability ? alpha : 0.0);
      for (Dim i = 0; i < 2 * size; ++i) moves.data<T>()[n * 2 * size + i] *= scale;
    }
  });
}

void RandomElasticTransform::call(Call& c) const {
  const ops::ImageLayout image(c.input().shape(), config_.data_format);
  ops::Pieces memory(c.scratch());
  const View moves = c.wants_gradient() ? c.saved() : memory.take(shape_of_moves(image), c.real());
  draw_moves(c, image, memory, moves);
  warp_forward(ops::detail::describe(warp_, c.input().shape()), c.input(), moves, c.output());
  ops::clip(c.output(), config_.value_range.low, config_.value_range.high);
}

void RandomElasticTransform::backward(Backward& b) const {
  const View dz = ops::Pieces(b.scratch()).take(b.dy().shape(), b.real());
  ops::clip_backward(b.output(), b.dy(), config_.value_range.low, config_.value_range.high, dz);
  warp_backward(ops::detail::describe(warp_, b.dx().shape()), dz, b.saved(), b.dx());
}

}  // namespace rhyton
