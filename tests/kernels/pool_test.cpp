#include "nn/kernels/pool.hpp"

#include "tests/kernels/conv_oracle.hpp"

using namespace rhyton;

namespace {

/// Pooling by its definition: y and, from dy, dx.
void check_pool(PoolDesc d) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(d.rank); ++i)
    d.out[i] = (d.in[i] + d.pad_before[i] + d.pad_after[i] - d.window[i]) / d.strides[i] + 1;
  d.options.training = true;
  const DType dtype = d.options.dtype;
  ConvDesc geometry{.rank = d.rank,
                    .batch = d.batch,
                    .in_channels = d.channels,
                    .filters = d.channels,
                    .groups = d.channels,
                    .in = d.in,
                    .kernel = d.window,
                    .out = d.out,
                    .strides = d.strides,
                    .pad_before = d.pad_before,
                    .channels_first = d.channels_first,
                    .depthwise = true};
  const ConvOracle oracle(geometry);
  CAPTURE(to_string(oracle.x_shape));
  CAPTURE(to_string(oracle.y_shape));
  CAPTURE(d.window[0]);
  CAPTURE(d.channels_first);
  Tensor x = random_tensor(oracle.x_shape, dtype, 1);
  dispatch_real(dtype, [&]<class T>(T) {  // coarse values, so that ties occur
    for (Dim i = 0; i < x.size(); ++i) x.data<T>()[i] = std::round(x.data<T>()[i] * 4) / 4;
  });
  const Tensor dy = random_tensor(oracle.y_shape, dtype, 2);
  const auto xs = as_double(x), gs = as_double(dy);
  std::vector<double> ys(gs.size()), dxs(xs.size());
  std::vector<std::vector<std::size_t>> cells(gs.size());
  oracle.for_products([&](std::size_t i, std::size_t, std::size_t o) { cells[o].push_back(i); });
  for (std::size_t o = 0; o < ys.size(); ++o) {
    if (d.kind == PoolKind::max) {
      const std::size_t best =
          *std::max_element(cells[o].begin(), cells[o].end(), [&](auto i, auto j) { return xs[i] < xs[j]; });
      ys[o] = xs[best];
      dxs[best] += gs[o];
    } else {
      for (const std::size_t i : cells[o]) {
        ys[o] += xs[i] / static_cast<double>(cells[o].size());
        dxs[i] += gs[o] / static_cast<double>(cells[o].size());
      }
    }
  }
  const auto kernel = make_pool(d);
  CAPTURE(kernel->implementation());
  Tensor y = Tensor::full(oracle.y_shape, std::nan(""), dtype),
         dx = Tensor::full(oracle.x_shape, std::nan(""), dtype);
  std::vector<unsigned char> argmax(kernel->argmax_bytes());
  kernel->forward(x, y.view(), argmax.data());
  check_close(y, ys);
  kernel->backward(dy, argmax.data(), dx.view());
  check_close(dx, dxs);
  d.options.training = false;
  const auto inference = make_pool(d);
  CHECK(inference->argmax_bytes() == 0);
  fill(y.view(), std::nan(""));
  inference->forward(x, y.view(), nullptr);
  check_close(y, ys);
}

}  // namespace

TEST_CASE("max and average pooling in any rank, layout and precision") {
  for (const PoolKind kind : {PoolKind::max, PoolKind::average})
    for (const bool channels_first : {false, true})
      for (const DType dtype : {DType::float32, DType::float64}) {
        const auto check = [&](PoolDesc d) {
          d.kind = kind, d.channels_first = channels_first, d.options.dtype = dtype;
          check_pool(d);
          d.options.engine = Engine::eigen;
          check_pool(d);
        };
        check({.rank = 1, .batch = 2, .channels = 3, .in = {7}, .window = {2}, .strides = {2}});
        check({.batch = 2, .channels = 3, .in = {6, 8}, .window = {2, 2}, .strides = {2, 2}});
        check({.batch = 2, .channels = 32, .in = {7, 9}, .window = {2, 2}, .strides = {2, 2}});
        check({.batch = 2,
               .channels = 17,
               .in = {7, 8},
               .window = {3, 3},
               .strides = {2, 2},
               .pad_before = {1, 0},
               .pad_after = {1, 1}});
        check({.batch = 2, .channels = 5, .in = {7, 8}, .window = {3, 2}, .strides = {1, 3}});
        check({.rank = 3,
               .batch = 2,
               .channels = 2,
               .in = {4, 5, 6},
               .window = {2, 2, 3},
               .strides = {2, 1, 2}});
        check({.batch = 1, .channels = 2, .in = {20, 20}, .window = {17, 17}, .strides = {2, 3}});
      }
}

TEST_CASE("pooling with several threads") {
  set_threads(3);
  for (const PoolKind kind : {PoolKind::max, PoolKind::average})
    check_pool(
        {.kind = kind, .batch = 5, .channels = 40, .in = {20, 22}, .window = {2, 2}, .strides = {2, 2}});
  set_threads(1);
}
