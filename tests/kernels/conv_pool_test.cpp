#include "nn/kernels/engines.hpp"
#include "tests/kernels/conv_oracle.hpp"

using namespace rhyton;

namespace {

/// Compares with convolution and pooling one after the other, by the Eigen reference in double precision.
void check_conv_pool(const ConvDesc& d, ConvPoolKernel& kernel, double extra_tolerance = 1.0) {
  ConvDesc wide = d;
  wide.options = {.dtype = DType::float64, .training = true};
  const ConvOracle oracle(d);
  CAPTURE(to_string(oracle.x_shape));
  CAPTURE(to_string(oracle.w_shape));
  CAPTURE(to_string(oracle.y_shape));
  CAPTURE(d.pad_before[0]);
  CAPTURE(kernel.implementation());
  const PoolDesc pool{.batch = d.batch,
                      .channels = d.filters,
                      .in = d.out,
                      .window = {2, 2},
                      .out = {d.out[0] / 2, d.out[1] / 2},
                      .strides = {2, 2},
                      .options = wide.options};
  const Shape pooled{d.batch, d.out[0] / 2, d.out[1] / 2, d.filters};
  const Tensor x = random_tensor(oracle.x_shape, DType::float32, 1),
               w = random_tensor(oracle.w_shape, DType::float32, 2);
  const Tensor b = random_tensor({d.filters}, DType::float32, 3),
               dy = random_tensor(pooled, DType::float32, 4);
  const auto as_wide = [](const Tensor& t) { return t.cast(DType::float64); };

  const auto conv = eigen::make_conv(wide);
  const auto max = eigen::make_pool(pool);
  Tensor z(oracle.y_shape, DType::float64), exact(pooled, DType::float64), dz(z.shape(), DType::float64);
  Tensor exact_dx(x.shape(), DType::float64), exact_dw(w.shape(), DType::float64),
      exact_db(b.shape(), DType::float64);
  std::vector<unsigned char> wide_argmax(max->argmax_bytes()), argmax(kernel.argmax_bytes());
  const Tensor wide_b = as_wide(b);
  conv->forward(as_wide(x), as_wide(w), d.bias ? wide_b.view() : ConstView(), {}, z.view());
  max->forward(z, exact.view(), wide_argmax.data());
  max->backward(as_wide(dy), wide_argmax.data(), dz.view());
  activation_backward(d.activation, {}, z, dz, dz.view());
  conv->backward(as_wide(x), as_wide(w), dz, exact_dx.view(), {exact_dw.view()}, {exact_db.view()});

  Tensor y = Tensor::full(pooled, std::nan("")), dx = Tensor::full(x.shape(), std::nan(""));
  Tensor dw = Tensor::full(w.shape(), std::nan("")), db = Tensor::full(b.shape(), std::nan(""));
  kernel.forward(x, w, d.bias ? b.view() : ConstView(), y.view(), argmax.data());
  const double scale = extra_tolerance * extra_tolerance;
  const double terms = scale * static_cast<double>(9 * d.in_channels),
               pixels = scale * static_cast<double>(y.size() / d.filters);
  check_close(y, as_double(exact), terms);
  if (!d.options.training) return;
  kernel.backward(x, w, y, dy, argmax.data(), dx.view(), {dw.view()}, {db.view()});
  check_close(dx, as_double(exact_dx), scale * static_cast<double>(9 * d.filters));
  check_close(dw, as_double(exact_dw), pixels);
  check_close(db, as_double(exact_db), pixels);
  kernel.backward(x, w, y, dy, argmax.data(), {}, {dw.view(), true}, {});
  kernel.backward(x, w, y, dy, argmax.data(), {}, {}, {db.view(), true});
  std::vector<double> twice_dw = as_double(exact_dw), twice_db = as_double(exact_db);
  for (double& v : twice_dw) v *= 2;
  for (double& v : twice_db) v *= 2;
  check_close(dw, twice_dw, pixels);
  check_close(db, twice_db, pixels);
}

ConvDesc even(ConvDesc d) {
  d = with_output(d);
  for (std::size_t i = 0; i < 2; ++i) d.out[i] -= d.out[i] % 2;
  d.options.training = true;
  return d;
}

}  // namespace

TEST_CASE("a first convolution with relu and pooling in one pass") {
  for (const Dim threads : {1, 3}) {
    set_threads(static_cast<int>(threads));
    for (const Dim channels : {1, 2, 3})
      for (const Dim filters : {1, 8, 16, 32, 40, 96})
        for (const auto& [kernel, stride] : {std::pair<Dim, Dim>{3, 1}, {5, 1}, {3, 2}})
          for (const Dim pad : {-1, 0, 2}) {
            const ConvDesc d = even({.batch = 4,
                                     .in_channels = channels,
                                     .filters = filters,
                                     .in = {20, 18},
                                     .kernel = {kernel, kernel},
                                     .strides = {stride, stride},
                                     .pad_before = {pad, 0},
                                     .pad_after = {0, pad},
                                     .bias = filters != 8,
                                     .activation = *activation_by_name(pad == 2 ? "linear" : "relu")});
            check_conv_pool(d, *vector::make_conv_pool({d}));
          }
  }
  set_threads(1);
}

TEST_CASE("Winograd's convolution with pooling on its tiles") {
  for (const int m : {2, 4})
    for (const Dim filters : {16, 20, 64})
      for (const Dim size : {8, 11, 14}) {
        ConvDesc d = even({.batch = 3,
                           .in_channels = 16,
                           .filters = filters,
                           .in = {size, size + 2},
                           .kernel = {3, 3},
                           .pad_before = {1, 0},
                           .pad_after = {1, 0},
                           .activation = *activation_by_name(size == 11 ? "linear" : "relu")});
        check_conv_pool(d, *winograd::make_conv_pool({d}, m), m == 4 ? 3.0 : 1.0);
        d.options.training = false;
        check_conv_pool(d, *winograd::make_conv_pool({d}, m), m == 4 ? 3.0 : 1.0);
      }
}

TEST_CASE("make_conv_pool declines what it is not made for") {
  ConvDesc d = even({.batch = 1, .in_channels = 1, .filters = 16, .in = {10, 10}, .kernel = {3, 3}});
  CHECK(make_conv_pool({d}) != nullptr);
  d.activation = *activation_by_name("tanh");
  CHECK(make_conv_pool({d}) == nullptr);
  d.activation = {};
  d.out[0] -= 1;
  CHECK(make_conv_pool({d}) == nullptr);
}
