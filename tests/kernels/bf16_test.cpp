// Products of bfloat16: on factors that are bfloat16 already, they are as exact as others.
#include <cstring>
#include <limits>
#include <string_view>

#include "nn/kernels/engines.hpp"
#include "nn/kernels/vector/bf16_product.hpp"
#include "nn/kernels/vector/bf16_tiles.hpp"
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
  const bool pointwise = d.kernel[0] * d.kernel[1] == 1;
  const std::string_view implementation = kernel->implementation();
  if (pointwise)
    CHECK((implementation == "vector:panels:bf16") == vector::bf16::available());
  else
    CHECK((implementation == "vector:windows:bf16") == vector::bf16::tiles::available());
  if (!pointwise && !vector::bf16::tiles::available()) return;
  const Shape x_shape{d.batch, d.in[0], d.in[1], d.in_channels},
      y_shape{d.batch, d.out[0], d.out[1], d.filters};
  const Tensor x = halves(x_shape, 1), w = halves({d.kernel[0], d.kernel[1], d.in_channels, d.filters}, 2);
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
  check_close(y, as_double(expected), static_cast<double>(d.kernel[0] * d.kernel[1] * d.in_channels));
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

TEST_CASE("convolution by tiles of bfloat16: padding, strides, dilation, crops, remainders") {
  for (const int threads : {1, 2}) {
    set_threads(threads);
    for (const Dim channels : {16, 18, 32, 50})
      for (const Dim filters : {16, 48, 80}) {
        ConvDesc d{.batch = 2, .in_channels = channels, .filters = filters, .in = {9, 7}, .kernel = {3, 3}};
        d.out = {9, 7};
        d.pad_before = d.pad_after = {1, 1, 0};
        d.activation = {.kind = ActivationKind::relu, .b = std::numeric_limits<double>::infinity()};
        check_conv(d);
        d.add = true;
        d.strides = {2, 2};
        d.out = {5, 4};
        check_conv(d);
        d.kernel = {2, 5};
        d.strides = {1, 1};
        d.dilation = {2, 1};
        d.pad_before = {1, 2, 0};
        d.pad_after = {0, 2, 0};
        d.out = {8, 7};
        check_conv(d);
        d.kernel = {3, 3};
        d.dilation = {1, 1};
        d.pad_before = {-1, -1, 0};
        d.pad_after = {0, 0, 0};
        d.out = {6, 4};
        check_conv(d);
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

namespace {

/// Forward and all gradients of a training kernel, written and added, against the reference in double
/// precision.
void check_training(DenseDesc d) {
  d.options = {.precision = Precision::fast, .training = true};
  CAPTURE(d.rows);
  CAPTURE(d.inputs);
  CAPTURE(d.units);
  const auto kernel = make_dense(d);
  CHECK((std::string_view(kernel->implementation()) == "vector:panels:bf16") ==
        vector::bf16::available_in_training());
  DenseDesc wide = d;
  wide.options = {.dtype = DType::float64, .training = true};
  const auto reference = eigen::make_dense(wide);
  const Shape x_shape{d.rows, d.inputs}, w_shape{d.inputs, d.units}, y_shape{d.rows, d.units};
  const Tensor x = halves(x_shape, 1), w = halves(w_shape, 2), dz = halves(y_shape, 3),
               b = random_tensor({d.units}, DType::float32, 4);
  const auto to_double = [](const Tensor& t) { return t.cast(DType::float64); };
  const Tensor wide_x = to_double(x), wide_w = to_double(w), wide_dz = to_double(dz);
  Tensor y = Tensor::full(y_shape, std::nan("")), dx = Tensor::full(x_shape, std::nan("")),
         dw = Tensor::full(w_shape, std::nan("")), db({d.units});
  Tensor wide_y(y_shape, DType::float64), wide_dx(x_shape, DType::float64), wide_dw(w_shape, DType::float64),
      wide_db({d.units}, DType::float64);
  reference->forward(wide_x, wide_w, to_double(b), wide_y.view());
  kernel->forward(x, w, b, y.view());
  check_close(y, as_double(wide_y), static_cast<double>(d.inputs));
  for (const bool add : {false, true}) {
    reference->backward(wide_x, wide_w, wide_dz, wide_dx.view(), {wide_dw.view(), add},
                        {wide_db.view(), add});
    kernel->backward(x, w, dz, dx.view(), {dw.view(), add}, {db.view(), add});
    check_close(dx, as_double(wide_dx), static_cast<double>(d.units));
    check_close(dw, as_double(wide_dw), static_cast<double>(d.rows));
    check_close(db, as_double(wide_db), static_cast<double>(d.rows));
  }
  const Tensor other = halves(w_shape, 5);  // new weights are seen without a word
  reference->forward(wide_x, to_double(other), to_double(b), wide_y.view());
  kernel->forward(x, other, b, y.view());
  check_close(y, as_double(wide_y), static_cast<double>(d.inputs));
}

}  // namespace

TEST_CASE("dense by bfloat16 in training: gradients") {
  for (const int threads : {1, 2}) {
    set_threads(threads);
    for (const Dim rows : {16, 31, 127, 128, 130, 1100})
      for (const Dim inputs : {16, 80, 192})
        for (const Dim units : {16, 64, 144})
          check_training({.rows = rows, .inputs = inputs, .units = units});
  }
  set_threads(1);
}

TEST_CASE("pointwise convolution by bfloat16 in training: gradients") {
  ConvDesc d{.batch = 3, .in_channels = 48, .filters = 32, .in = {5, 7}, .out = {5, 7}};
  d.options = {.precision = Precision::fast, .training = true};
  const auto kernel = make_conv(d);
  CHECK((std::string_view(kernel->implementation()) == "vector:panels:bf16") ==
        vector::bf16::available_in_training());
  ConvDesc wide = d;
  wide.options = {.dtype = DType::float64, .training = true};
  const Tensor x = halves({3, 5, 7, 48}, 1), w = halves({1, 1, 48, 32}, 2), dz = halves({3, 5, 7, 32}, 3);
  Tensor dx(x.shape()), dw(w.shape()), db({32}), wide_dx(x.shape(), DType::float64),
      wide_dw(w.shape(), DType::float64), wide_db({32}, DType::float64);
  kernel->backward(x, w, dz, dx.view(), {dw.view(), false}, {db.view(), false});
  eigen::make_conv(wide)->backward(x.cast(DType::float64), w.cast(DType::float64), dz.cast(DType::float64),
                                   wide_dx.view(), {wide_dw.view(), false}, {wide_db.view(), false});
  check_close(dx, as_double(wide_dx), 32.0);
  check_close(dw, as_double(wide_dw), 105.0);
  check_close(db, as_double(wide_db), 105.0);
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
