#include "nn/kernels/engines.hpp"
#include "tests/kernels/conv_oracle.hpp"

using namespace rhyton;

TEST_CASE("Winograd's convolution and gradients on any shape") {
  for (const int m : {2, 4})
    for (const bool training : {true, false})
      for (const Dim channels : {1, 3, 16, 37})
        for (const Dim filters : {1, 16, 20, 96})
          for (const Dim pad : {-1, 0, 1, 2}) {
            if (channels * filters > 1600) continue;
            ConvDesc d{.batch = 3,
                       .in_channels = channels,
                       .filters = filters,
                       .in = {7, 10},
                       .kernel = {3, 3},
                       .pad_before = {pad, 1},
                       .pad_after = {1, pad}};
            d.options.training = training;
            d.activation = *activation_by_name(pad == 0 ? "relu" : pad == 1 ? "linear" : "tanh");
            d.add = filters == 20;
            d.bias = channels != 3;
            d = with_output(d);
            CAPTURE(m);
            check_conv(d, *winograd::make_conv(d, m), m == 4 ? 3.0 : 1.0);
          }
}

TEST_CASE("Winograd's convolution with several threads") {
  set_threads(3);
  for (const int m : {2, 4})
    for (const Dim batch : {1, 7}) {
      const ConvDesc d = with_output({.batch = batch,
                                      .in_channels = 32,
                                      .filters = 48,
                                      .in = {18, 17},
                                      .kernel = {3, 3},
                                      .pad_before = {1, 1},
                                      .pad_after = {1, 1},
                                      .activation = *activation_by_name("relu")});
      check_conv(d, *winograd::make_conv(d, m), m == 4 ? 3.0 : 1.0);
    }
  set_threads(1);
}
