#include <cstdlib>
#include <string_view>

#include "nn/kernels/conv.hpp"
#include "nn/kernels/cpu.hpp"
#include "nn/kernels/dense.hpp"
#include "tests/kernels/conv_oracle.hpp"

#ifdef RHYTON_ONEDNN

using namespace rhyton;

namespace {

bool is_slow(const Kernel& kernel) {
  const std::string_view name = kernel.implementation();
  return name.find("ref") != name.npos || name.find("gemm:jit") != name.npos ||
         name.find("eigen") != name.npos;
}

ConvDesc image(Dim batch, Dim size, Dim channels, Dim filters, Dim kernel, Dim stride) {
  const Dim out = (size + stride - 1) / stride, total = std::max<Dim>((out - 1) * stride + kernel - size, 0);
  return with_output({.batch = batch,
                      .in_channels = channels,
                      .filters = filters,
                      .in = {size, size},
                      .kernel = {kernel, kernel},
                      .strides = {stride, stride},
                      .pad_before = {total / 2, total / 2},
                      .pad_after = {total - total / 2, total - total / 2},
                      .activation = *activation_by_name("relu"),
                      .options = {.engine = Engine::onednn}});
}

}  // namespace

// A reference or gemm-based implementation would compute the same, a hundred times slower: nothing else would
// tell.
TEST_CASE("common convolutions get a fast implementation of oneDNN") {
  if (cpu_level() < 3) return;
  for (const Dim batch : {1, 4})
    for (const Dim channels : {1, 3, 16, 24, 32, 64})
      for (const Dim filters : {16, 32, 96})
        for (const auto& [kernel, stride] : {std::pair<Dim, Dim>{1, 1}, {3, 1}, {3, 2}, {5, 1}, {7, 2}}) {
          const auto k = make_conv(image(batch, 14, channels, filters, kernel, stride));
          CAPTURE(channels);
          CAPTURE(filters);
          CAPTURE(kernel);
          CAPTURE(k->implementation());
          CHECK_FALSE(is_slow(*k));
        }
}

TEST_CASE("depthwise convolutions get a fast implementation of oneDNN") {
  if (cpu_level() < 4) return;
  for (const Dim channels : {16, 32, 96, 144, 240})
    for (const auto& [kernel, stride] : {std::pair<Dim, Dim>{3, 1}, {3, 2}, {5, 1}, {5, 2}}) {
      ConvDesc d = image(1, 14, channels, channels, kernel, stride);
      d.groups = channels;
      d.depthwise = true;
      const auto k = make_conv(d);
      CAPTURE(k->implementation());
      CHECK_FALSE(is_slow(*k));
    }
}

TEST_CASE("depthwise convolutions with several filters a channel get that implementation too") {
  for (const Dim multiplier : {2, 3})
    for (const bool training : {false, true}) {
      ConvDesc d = image(2, 9, 16, 16 * multiplier, 3, 1);
      d.groups = 16;
      d.depthwise = true;
      d.options.training = training;
      const auto k = make_conv(d);
      if (cpu_level() >= 4) CHECK(std::string_view(k->implementation()).find("dw") != std::string_view::npos);
      check_conv(d, *k);
    }
}

TEST_CASE("oneDNN's convolutions equal their definition on a grid of shapes") {
  for (const Dim channels : {1, 3, 8, 20})
    for (const Dim filters : {4, 16, 33})
      for (const auto& [kernel, stride] : {std::pair<Dim, Dim>{1, 1}, {3, 1}, {3, 2}, {5, 2}}) {
        const ConvDesc d = image(2, 9, channels, filters, kernel, stride);
        check_conv(d, *make_conv(d));
      }
}

TEST_CASE("dense gets a fast implementation of oneDNN") {
  if (std::getenv("DNNL_MAX_CPU_ISA") != nullptr) return;  // held back, it has none
  for (const Dim rows : {1, 2, 32, 100})
    for (const Dim units : {1, 10, 64, 100}) {
      const auto k =
          make_dense({.rows = rows, .inputs = 100, .units = units, .options = {.engine = Engine::onednn}});
      CAPTURE(k->implementation());
      CHECK_FALSE(is_slow(*k));
    }
}

#endif
