#include "nn/kernels/conv.hpp"

#include <string>

#include "tests/kernels/conv_oracle.hpp"

using namespace rhyton;

namespace {

/// Every layout, precision and engine setting of one shape.
void check_everywhere(ConvDesc d) {
  d = with_output(d);
  for (const bool channels_first : {false, true})
    for (const DType dtype : {DType::float32, DType::float64}) {
      d.channels_first = channels_first;
      d.options.dtype = dtype;
      for (const Engine engine : {Engine::automatic, Engine::eigen, Engine::onednn}) {
        d.options.engine = engine;
        for (const bool training : {true, false}) {
          d.options.training = training;
          check_conv(d, *make_conv(d));
        }
      }
    }
}

}  // namespace

TEST_CASE("convolution in one, two and three dimensions") {
  check_everywhere({.rank = 1, .batch = 2, .in_channels = 3, .filters = 5, .in = {9}, .kernel = {3}});
  check_everywhere({.batch = 2, .in_channels = 3, .filters = 4, .in = {7, 8}, .kernel = {3, 2}});
  check_everywhere(
      {.rank = 3, .batch = 2, .in_channels = 2, .filters = 3, .in = {4, 5, 6}, .kernel = {2, 3, 1}});
}

TEST_CASE("padding, strides, dilation and groups") {
  check_everywhere({.batch = 2,
                    .in_channels = 3,
                    .filters = 4,
                    .in = {7, 8},
                    .kernel = {3, 4},
                    .pad_before = {1, 1},
                    .pad_after = {1, 2}});
  check_everywhere({.batch = 3,
                    .in_channels = 2,
                    .filters = 4,
                    .in = {9, 8},
                    .kernel = {3, 3},
                    .strides = {2, 3},
                    .pad_before = {0, 1},
                    .pad_after = {1, 1}});
  check_everywhere({.batch = 2,
                    .in_channels = 4,
                    .filters = 4,
                    .in = {9, 10},
                    .kernel = {3, 2},
                    .dilation = {2, 3},
                    .pad_before = {2, 0},
                    .pad_after = {2, 3}});
  check_everywhere({.batch = 2,
                    .in_channels = 6,
                    .filters = 9,
                    .groups = 3,
                    .in = {5, 6},
                    .kernel = {3, 3},
                    .pad_before = {1, 1},
                    .pad_after = {1, 1}});
  check_everywhere({.rank = 1,
                    .batch = 2,
                    .in_channels = 3,
                    .filters = 2,
                    .in = {9},
                    .kernel = {3},
                    .dilation = {2},
                    .pad_before = {4}});
  check_everywhere({.batch = 1,
                    .in_channels = 2,
                    .filters = 2,
                    .in = {6, 6},
                    .kernel = {3, 3},
                    .pad_before = {-1, -2},
                    .pad_after = {-1, 0}});
}

TEST_CASE("pointwise convolution") {
  check_everywhere({.batch = 2, .in_channels = 7, .filters = 5, .in = {5, 6}});
  check_everywhere({.batch = 2, .in_channels = 6, .filters = 4, .groups = 2, .in = {5, 6}});
  check_everywhere({.batch = 2, .in_channels = 7, .filters = 5, .in = {5, 6}, .strides = {2, 2}});
  for (const char* name : {"linear", "silu", "sigmoid", "gelu"})
    for (const bool add : {false, true}) {
      const ActivationSpec f = *activation_by_name(name);
      check_everywhere(
          {.batch = 2, .in_channels = 7, .filters = 80, .in = {9, 6}, .activation = f, .add = add});
      check_everywhere(
          {.batch = 1, .in_channels = 40, .filters = 10, .bias = false, .activation = f, .add = add});
    }
}

TEST_CASE("pointwise convolution of pixels that are apart") {
  for (const int threads : {1, 3}) {
    set_threads(threads);
    for (const bool add : {false, true}) {
      ConvDesc d = with_output({.batch = 9,
                                .in_channels = 7,
                                .filters = 80,
                                .in = {9, 6},
                                .strides = {2, 3},
                                .activation = *activation_by_name("relu"),
                                .add = add});
      CHECK(std::string(make_conv(d)->implementation()) == "vector:panels");
      check_everywhere(d);
      d.strides = {1, 2};
      d.pad_after = {0, -1};
      check_everywhere(d);
      d.pad_after = {2, 3};  // the last windows lie in the padding
      check_everywhere(d);
    }
  }
  set_threads(1);
}

TEST_CASE("depthwise convolution, with a multiplier") {
  for (const Dim multiplier : {1, 2, 3}) {
    ConvDesc d{.batch = 2,
               .in_channels = 5,
               .filters = 5 * multiplier,
               .groups = 5,
               .in = {7, 6},
               .kernel = {3, 3},
               .strides = {2, 1},
               .pad_before = {1, 1},
               .pad_after = {1, 1},
               .depthwise = true};
    check_everywhere(d);
    d.strides = {1, 1};
    d.dilation = {2, 1};
    check_everywhere(d);
    // Cells at the end that no window reads.
    d.dilation = {1, 1};
    d.pad_before = d.pad_after = {0, 0};
    for (const Dim stride : {2, 3})
      for (const Dim kernel : {1, 2, 3}) {
        d.strides = {stride, stride};
        d.kernel = {kernel, kernel};
        check_everywhere(d);
      }
  }
}

TEST_CASE("bias, activation and residual fused") {
  for (const bool bias : {false, true})
    for (const bool add : {false, true})
      for (const char* name : {"linear", "relu", "silu", "relu6", "tanh"}) {
        ConvDesc d{.batch = 2,
                   .in_channels = 3,
                   .filters = 4,
                   .in = {6, 5},
                   .kernel = {3, 3},
                   .pad_before = {1, 1},
                   .pad_after = {1, 1},
                   .bias = bias,
                   .activation = *activation_by_name(name),
                   .add = add};
        check_everywhere(d);
        d.groups = 3, d.filters = 3, d.depthwise = true;
        check_everywhere(d);
      }
}

TEST_CASE("convolution with several threads") {
  set_threads(3);
  check_everywhere({.batch = 5,
                    .in_channels = 6,
                    .filters = 8,
                    .in = {17, 16},
                    .kernel = {3, 3},
                    .pad_before = {1, 1},
                    .pad_after = {1, 1}});
  check_everywhere({.batch = 1, .in_channels = 17, .filters = 8, .in = {40, 30}});
  check_everywhere({.batch = 5,
                    .in_channels = 6,
                    .filters = 6,
                    .groups = 6,
                    .in = {9, 8},
                    .kernel = {3, 3},
                    .depthwise = true});
  set_threads(1);
}

TEST_CASE("transposed convolution is the convolution's gradient, and its own gradients fit") {
  for (const bool channels_first : {false, true})
    for (const DType dtype : {DType::float32, DType::float64})
      for (const Dim stride : {1, 2, 3})
        for (const Dim cut : {0, 1}) {
          ConvDesc d{.batch = 2,
                     .in_channels = 3,
                     .filters = 4,
                     .in = {5, 4},
                     .kernel = {3, 2},
                     .strides = {stride, 1},
                     .pad_before = {cut, 0},
                     .channels_first = channels_first,
                     .options = {.dtype = dtype, .training = true}};
          d.out = {(d.in[0] - 1) * stride + 3 - cut, d.in[1] + 2, 1};  // one column of zeros at the end
          CAPTURE(stride);
          CAPTURE(cut);
          ConvDesc mirror = d;
          std::swap(mirror.in, mirror.out);
          std::swap(mirror.in_channels, mirror.filters);
          const ConvOracle oracle(mirror);
          const Tensor x = random_tensor(oracle.y_shape, dtype, 1),
                       w = random_tensor(oracle.w_shape, dtype, 2);
          const Tensor b = random_tensor({d.filters}, dtype, 3), dz = random_tensor(oracle.x_shape, dtype, 4);
          const auto xs = as_double(x), ws = as_double(w), gs = as_double(dz), bs = as_double(b);
          std::vector<double> ys(gs.size()), dxs(xs.size()), dws(ws.size()), dbs(bs.size());
          oracle.for_products([&](std::size_t o, std::size_t k, std::size_t i) {
            ys[o] += xs[i] * ws[k];
            dxs[i] += gs[o] * ws[k];
            dws[k] += gs[o] * xs[i];
          });
          const Dim pixels = volume(d.out, 2);
          for (Dim n = 0; n < d.batch; ++n)
            for (Dim p = 0; p < pixels; ++p)
              for (Dim f = 0; f < d.filters; ++f) {
                const std::size_t o = oracle.at(n, p, f, pixels, d.filters);
                ys[o] += bs[static_cast<std::size_t>(f)];
                dbs[static_cast<std::size_t>(f)] += gs[o];
              }
          const auto kernel = make_conv_transpose(d);
          Tensor y = Tensor::full(oracle.x_shape, std::nan(""), dtype),
                 dx = Tensor::full(x.shape(), std::nan(""), dtype);
          Tensor dw = Tensor::full(w.shape(), std::nan(""), dtype),
                 db = Tensor::full(b.shape(), std::nan(""), dtype);
          kernel->forward(x, w, b, {}, y.view());
          kernel->backward(x, w, dz, dx.view(), {dw.view()}, {db.view()});
          check_close(y, ys, 20.0);
          check_close(dx, dxs, 20.0);
          check_close(dw, dws, 40.0);
          check_close(db, dbs, 100.0);
        }
}

TEST_CASE("packed weights follow weights_changed, and in training every call") {
  ConvDesc d = with_output(
      {.batch = 1, .in_channels = 16, .filters = 32, .in = {6, 6}, .kernel = {3, 3}, .bias = false});
  const ConvOracle oracle(d);
  const Tensor x = random_tensor(oracle.x_shape);
  for (const bool training : {false, true}) {
    d.options.training = training;
    const auto kernel = make_conv(d);
    Tensor w = random_tensor(oracle.w_shape), first(oracle.y_shape), second(oracle.y_shape);
    kernel->forward(x, w, {}, {}, first.view());
    for (Dim i = 0; i < w.size(); ++i) w.data()[i] *= 2.0f;
    if (!training) kernel->weights_changed();
    kernel->forward(x, w, {}, {}, second.view());
    std::vector<double> doubled = as_double(first);
    for (double& v : doubled) v *= 2;
    check_close(second, doubled);
  }
}

TEST_CASE("images of few channels") {
  for (const Dim channels : {1, 2, 3, 4})
    for (const Dim filters : {1, 8, 16, 32, 40, 64, 100})
      for (const auto& [kernel, stride] : {std::pair<Dim, Dim>{3, 1}, {3, 2}, {7, 2}, {1, 1}, {2, 1}})
        for (const Dim pad : {-1, 0, 1, 3}) {
          ConvDesc d = with_output({.batch = 2,
                                    .in_channels = channels,
                                    .filters = filters,
                                    .in = {13, 11},
                                    .kernel = {kernel, kernel},
                                    .strides = {stride, stride},
                                    .pad_before = {pad, 0},
                                    .pad_after = {0, pad},
                                    .activation = *activation_by_name(filters == 8 ? "tanh" : "relu")});
          d.add = filters == 40;
          d.bias = filters != 32;
          d.options.training = pad == 0;
          check_conv(d, *make_conv(d));
        }
}
