// Products of bfloat16: on factors that are bfloat16 already, they are as exact as others.
#include <cstring>
#include <limits>
#include <string_view>

#include "nn/kernels/engines.hpp"
#include "nn/kernels/vector/bf16_product.hpp"
#include "tests/kernels/support.hpp"

using namespace rhyton;

namespace {

Tensor halves(const Shape& shape, unsigned seed) {
  Tensor t = random_tensor(shape, DType::float32, seed);
  for (Dim i = 0; i < t.size(); ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, t.data() + i, sizeof bits);
    bits &= 0xffff0000;
    std::memcpy(t.data() + i, &bits, sizeof bits);
  }
  return t;
}

void check_conv(ConvDesc d) {
  d.options.precision = Precision::fast;
  const auto kernel = make_conv(d);
  CAPTURE(d.in_channels);
  CAPTURE(d.filters);
  CHECK((std::string_view(kernel->implementation()) == "vector:panels:bf16") == vector::bf16::available());
  const Shape x_shape{d.batch, d.in[0], d.in[1], d.in_channels},
      y_shape{d.batch, d.out[0], d.out[1], d.filters};
  const Tensor x = halves(x_shape, 1), w = halves({1, 1, d.in_channels, d.filters}, 2);
  const Tensor b = random_tensor({d.filters}, DType::float32, 3),
               z = random_tensor(y_shape, DType::float32, 4);
  const auto wide = [](const Tensor& t) { return t.cast(DType::float64); };
  ConvDesc exact = d;
  exact.options = {.dtype = DType::float64};
  Tensor expected(y_shape, DType::float64), y = Tensor::full(y_shape, std::nan(""));
  const Tensor wide_z = wide(z);
  eigen::make_conv(exact)->forward(wide(x), wide(w), wide(b), d.add ? wide_z.view() : ConstView(),
                                   expected.view());
  kernel->forward(x, w, b, d.add ? z.view() : ConstView(), y.view());
  check_close(y, as_double(expected), static_cast<double>(d.in_channels));
}

}  // namespace

TEST_CASE("pointwise convolution by bfloat16, with strides, residual and activation") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const int threads : {1, 2}) {
    set_threads(threads);
    for (const Dim channels : {1, 16, 37})
      for (const Dim filters : {16, 48, 144}) {
        check_conv({.batch = 2, .in_channels = channels, .filters = filters, .in = {9, 7}, .out = {9, 7}});
        check_conv({.batch = 2,
                    .in_channels = channels,
                    .filters = filters,
                    .in = {9, 7},
                    .out = {5, 4},
                    .strides = {2, 2},
                    .activation = {.kind = ActivationKind::relu, .b = channels == 16 ? 6.0 : infinity},
                    .add = true});
      }
  }
  set_threads(1);
}

TEST_CASE("dense by bfloat16") {
  const DenseDesc d{.rows = 33, .inputs = 51, .units = 80, .options = {.precision = Precision::fast}};
  const auto kernel = make_dense(d);
  CHECK((std::string_view(kernel->implementation()) == "vector:panels:bf16") == vector::bf16::available());
  DenseDesc wide = d;
  wide.options = {.dtype = DType::float64};
  const Tensor x = halves({33, 51}, 1), w = halves({51, 80}, 2), b = random_tensor({80}, DType::float32, 3);
  Tensor y = Tensor::full({33, 80}, std::nan("")), expected({33, 80}, DType::float64);
  eigen::make_dense(wide)->forward(x.cast(DType::float64), w.cast(DType::float64), b.cast(DType::float64),
                                   expected.view());
  kernel->forward(x, w, b, y.view());
  check_close(y, as_double(expected), 51.0);
}

TEST_CASE("bfloat16 rounds to the nearest, ties to even, and keeps NaN") {
  if (!vector::bf16::available()) return;
  // 1 + 2^-8 lies between 1 and 1 + 2^-7; 1 + 3 * 2^-8 between that and 1 + 2^-6.
  const float x[] = {1.00390625f, 1.01171875f, 1.005859375f, std::nanf("")};
  const std::uint32_t expected[] = {0x3f80, 0x3f82, 0x3f81, 0x7fc0};
  std::vector<float> row(16);
  std::copy(std::begin(x), std::end(x), row.begin());
  for (const Dim k : {4, 16}) {  // by single numbers and by vectors
    vector::bf16::Pair pairs[8] = {};
    vector::bf16::convert(row.data(), k, pairs);
    for (std::size_t i = 0; i < 4; ++i) CHECK((pairs[i / 2] >> 16 * (i % 2) & 0xffff) == expected[i]);
  }
}
