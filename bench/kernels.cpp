// Speed of single kernels on the shapes of the models in docs/performance.md, for each engine.
#include <benchmark/benchmark.h>

#include <functional>
#include <random>

#include "nn/kernels/batch_norm.hpp"
#include "nn/kernels/conv.hpp"
#include "nn/kernels/dense.hpp"
#include "nn/kernels/pool.hpp"

namespace {

using namespace rhyton;
using benchmark::Counter;

Tensor random_tensor(const Shape& shape) {
  static std::mt19937 generator(1);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  Tensor t(shape);
  for (Dim i = 0; i < t.size(); ++i) t.data()[i] = uniform(generator);
  return t;
}

struct EngineName {
  const char* name;
  Engine engine;
  Precision precision;
};
constexpr EngineName engines[] = {
    {"auto", Engine::automatic, Precision::standard},
    {"fast", Engine::automatic, Precision::fast},
    {"exact", Engine::automatic, Precision::exact},
    {"eigen", Engine::eigen, Precision::exact},
};

void measure(double flops, double bytes, const char* implementation, const std::function<void()>& run,
             benchmark::State& state) {
  for (auto _ : state) run();
  if (flops > 0) state.counters["GFLOPs"] = Counter(flops * 1e-9, Counter::kIsIterationInvariantRate);
  if (bytes > 0) state.counters["GBs"] = Counter(bytes * 1e-9, Counter::kIsIterationInvariantRate);
  state.SetLabel(implementation);
}

ConvDesc conv(Dim batch, Dim size, Dim channels, Dim filters, Dim kernel, Dim stride, bool same,
              bool depthwise) {
  ConvDesc d{.batch = batch,
             .in_channels = channels,
             .filters = filters,
             .in = {size, size},
             .kernel = {kernel, kernel}};
  const Dim out = same ? (size + stride - 1) / stride : (size - kernel) / stride + 1;
  const Dim total = same ? std::max<Dim>((out - 1) * stride + kernel - size, 0) : 0;
  d.out = {out, out};
  d.strides = {stride, stride};
  d.pad_before = {total / 2, total / 2};
  d.pad_after = {total - total / 2, total - total / 2};
  d.groups = depthwise ? channels : 1;
  d.depthwise = depthwise;
  d.activation = *activation_by_name("relu");
  d.options.training = batch > 1;
  return d;
}

void register_conv(const std::string& name, ConvDesc d) {
  const double flops = 2.0 * static_cast<double>(d.batch * d.out[0] * d.out[1] * d.kernel[0] * d.kernel[1] *
                                                 (d.in_channels / d.groups) * d.filters);
  for (const EngineName& e : engines) {
    d.options.engine = e.engine;
    d.options.precision = e.precision;
    const auto run = [=](int pass) {
      return [=](benchmark::State& state) {
        const Tensor x = random_tensor({d.batch, d.in[0], d.in[1], d.in_channels});
        const Tensor w = random_tensor({d.kernel[0], d.kernel[1], d.in_channels / d.groups, d.filters});
        const Tensor b = random_tensor({d.filters}),
                     dz = random_tensor({d.batch, d.out[0], d.out[1], d.filters});
        Tensor y(dz.shape()), dx(x.shape()), dw(w.shape()), db(b.shape());
        const auto kernel = make_conv(d);
        const auto forward = [&] { kernel->forward(x, w, b, {}, y.view()); };
        forward();
        const auto step = [&] {
          if (pass == 0 || pass == 3) forward();
          if (pass == 1) kernel->backward(x, w, dz, dx.view(), {}, {});
          if (pass == 2) kernel->backward(x, w, dz, {}, {dw.view()}, {db.view()});
          if (pass == 3) kernel->backward(x, w, dz, dx.view(), {dw.view()}, {db.view()});
        };
        measure(pass == 3 ? 3 * flops : flops, 0, kernel->implementation(), step, state);
      };
    };
    const std::string full = "conv/" + name + "/" + e.name;
    benchmark::RegisterBenchmark((full + "/forward").c_str(), run(0));
    if (!d.options.training) continue;
    benchmark::RegisterBenchmark((full + "/backward_data").c_str(), run(1));
    benchmark::RegisterBenchmark((full + "/backward_weights").c_str(), run(2));
    benchmark::RegisterBenchmark((full + "/step").c_str(), run(3));
  }
}

void register_dense(Dim rows, Dim inputs, Dim units) {
  const double flops = 2.0 * static_cast<double>(rows * inputs * units);
  for (const EngineName& e : engines) {
    DenseDesc d{.rows = rows, .inputs = inputs, .units = units, .activation = *activation_by_name("relu")};
    d.options.engine = e.engine;
    d.options.precision = e.precision;
    d.options.training = rows > 1;
    const auto run = [=](int pass) {
      return [=](benchmark::State& state) {
        const Tensor x = random_tensor({rows, inputs}), w = random_tensor({inputs, units});
        const Tensor b = random_tensor({units}), dz = random_tensor({rows, units});
        Tensor y(dz.shape()), dx(x.shape()), dw(w.shape()), db(b.shape());
        const auto kernel = make_dense(d);
        const auto step = [&] {
          if (pass == 0) kernel->forward(x, w, b, y.view());
          if (pass == 1) kernel->backward(x, w, dz, dx.view(), {}, {});
          if (pass == 2) kernel->backward(x, w, dz, {}, {dw.view()}, {db.view()});
        };
        step();
        measure(flops, 0, kernel->implementation(), step, state);
      };
    };
    const std::string full = "dense/" + std::to_string(rows) + "x" + std::to_string(inputs) + "x" +
                             std::to_string(units) + "/" + e.name;
    benchmark::RegisterBenchmark((full + "/forward").c_str(), run(0));
    if (rows == 1) continue;
    benchmark::RegisterBenchmark((full + "/backward_data").c_str(), run(1));
    benchmark::RegisterBenchmark((full + "/backward_weights").c_str(), run(2));
  }
}

void register_pool(const std::string& name, PoolKind kind, Dim batch, Dim size, Dim channels, Dim window) {
  const Dim out = size / window;
  PoolDesc d{.kind = kind,
             .batch = batch,
             .channels = channels,
             .in = {size, size},
             .window = {window, window},
             .out = {out, out},
             .strides = {window, window}};
  d.options.training = batch > 1;
  const auto run = [=](bool backward) {
    return [=](benchmark::State& state) {
      const Tensor x = random_tensor({batch, size, size, channels}),
                   dy = random_tensor({batch, out, out, channels});
      Tensor y(dy.shape()), dx(x.shape());
      const auto kernel = make_pool(d);
      std::vector<unsigned char> argmax(kernel->argmax_bytes());
      kernel->forward(x, y.view(), argmax.data());
      const auto step = [&] {
        if (backward)
          kernel->backward(dy, argmax.data(), dx.view());
        else
          kernel->forward(x, y.view(), argmax.data());
      };
      measure(0, static_cast<double>(x.bytes() + y.bytes()), kernel->implementation(), step, state);
    };
  };
  benchmark::RegisterBenchmark(("pool/" + name + "/forward").c_str(), run(false));
  if (batch > 1) benchmark::RegisterBenchmark(("pool/" + name + "/backward").c_str(), run(true));
}

void register_batch_norm(const std::string& name, Dim outer, Dim channels) {
  const auto run = [=](int pass) {
    return [=](benchmark::State& state) {
      const Tensor x = random_tensor({outer, channels}), dz = random_tensor({outer, channels});
      const Tensor gamma = random_tensor({channels}), beta = random_tensor({channels});
      Tensor y(x.shape()), dx(x.shape()), mean({channels}), variance({channels}), dgamma({channels}),
          dbeta({channels});
      const auto kernel =
          make_batch_norm({.outer = outer, .channels = channels, .activation = *activation_by_name("relu")});
      kernel->forward_training(x, gamma, beta, mean.view(), variance.view(), y.view());
      const auto step = [&] {
        if (pass == 0) kernel->forward_training(x, gamma, beta, mean.view(), variance.view(), y.view());
        if (pass == 1) kernel->forward_inference(x, gamma, beta, mean, variance, y.view());
        if (pass == 2)
          kernel->backward(x, gamma, mean, variance, dz, false, dx.view(), {dgamma.view()}, {dbeta.view()});
      };
      measure(0, static_cast<double>(x.bytes() + y.bytes()), kernel->implementation(), step, state);
    };
  };
  benchmark::RegisterBenchmark(("batch_norm/" + name + "/training").c_str(), run(0));
  benchmark::RegisterBenchmark(("batch_norm/" + name + "/inference").c_str(), run(1));
  benchmark::RegisterBenchmark(("batch_norm/" + name + "/backward").c_str(), run(2));
}

void register_activation(const std::string& name) {
  benchmark::RegisterBenchmark(("activation/" + name).c_str(), [=](benchmark::State& state) {
    const Tensor x = random_tensor({64, 512});
    Tensor y(x.shape());
    const ActivationSpec spec = *activation_by_name(name);
    measure(
        0, static_cast<double>(x.bytes() + y.bytes()), "", [&] { activation_forward(spec, x, y.view()); },
        state);
  });
}

void register_all() {
  for (const auto& [rows, inputs, units] : {std::array<Dim, 3>{1, 784, 128},
                                            {1, 128, 64},
                                            {1, 64, 10},
                                            {1, 1280, 1000},
                                            {1, 2048, 1000},
                                            {32, 784, 128},
                                            {32, 128, 64},
                                            {32, 64, 10},
                                            {64, 128, 128},
                                            {64, 128, 512},
                                            {64, 512, 128},
                                            {3200, 32, 512}})
    register_dense(rows, inputs, units);
  register_conv("lenet1_b32", conv(32, 24, 1, 32, 3, 1, false, false));
  register_conv("lenet2_b32", conv(32, 11, 32, 64, 3, 1, false, false));
  register_conv("lenet1_b1", conv(1, 24, 1, 32, 3, 1, false, false));
  register_conv("lenet2_b1", conv(1, 11, 32, 64, 3, 1, false, false));
  register_conv("conv_32_3_32_b32", conv(32, 32, 3, 32, 3, 1, true, false));
  register_conv("conv_32_32_32_b32", conv(32, 32, 32, 32, 3, 1, true, false));
  register_conv("conv_16_32_64_b32", conv(32, 16, 32, 64, 3, 1, true, false));
  register_conv("conv_16_64_64_b32", conv(32, 16, 64, 64, 3, 1, true, false));
  register_conv("conv_8_64_128_b32", conv(32, 8, 64, 128, 3, 1, true, false));
  register_conv("conv_8_128_128_b32", conv(32, 8, 128, 128, 3, 1, true, false));
  register_conv("resnet_stem", conv(1, 224, 3, 64, 7, 2, true, false));
  register_conv("resnet_56_64_64", conv(1, 56, 64, 64, 3, 1, true, false));
  register_conv("resnet_28_128_128", conv(1, 28, 128, 128, 3, 1, true, false));
  register_conv("resnet_14_256_256", conv(1, 14, 256, 256, 3, 1, true, false));
  register_conv("resnet_7_512_512", conv(1, 7, 512, 512, 3, 1, true, false));
  register_conv("resnet_56_64_256_1x1", conv(1, 56, 64, 256, 1, 1, true, false));
  register_conv("resnet_14_1024_256_1x1", conv(1, 14, 1024, 256, 1, 1, true, false));
  register_conv("mobile_stem", conv(1, 224, 3, 32, 3, 2, true, false));
  register_conv("mobile_56_24_144_1x1", conv(1, 56, 24, 144, 1, 1, true, false));
  register_conv("mobile_14_384_64_1x1", conv(1, 14, 384, 64, 1, 1, true, false));
  register_conv("mobile_112_32_depthwise", conv(1, 112, 32, 32, 3, 1, true, true));
  register_conv("mobile_56_144_depthwise", conv(1, 56, 144, 144, 3, 1, true, true));
  register_conv("mobile_14_384_depthwise", conv(1, 14, 384, 384, 3, 1, true, true));
  register_conv("efficient_28_240_depthwise5", conv(1, 28, 240, 240, 5, 1, true, true));
  register_conv("depthwise_b32_16_64", conv(32, 16, 64, 64, 3, 1, true, true));
  register_pool("max_b32_22_32", PoolKind::max, 32, 22, 32, 2);
  register_pool("max_b32_9_64", PoolKind::max, 32, 9, 64, 2);
  register_pool("max_b32_32_32", PoolKind::max, 32, 32, 32, 2);
  register_pool("max_b1_22_32", PoolKind::max, 1, 22, 32, 2);
  register_pool("average_b32_32_32", PoolKind::average, 32, 32, 32, 2);
  register_pool("average_b1_7_1280", PoolKind::average, 1, 7, 1280, 7);
  register_batch_norm("b32_32_32", 32 * 32 * 32, 32);
  register_batch_norm("b32_16_64", 32 * 16 * 16, 64);
  register_batch_norm("b32_8_128", 32 * 8 * 8, 128);
  for (const std::string& name : activation_names())
    if (name != "glu") register_activation(name);
}

}  // namespace

int main(int argc, char** argv) {
  register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
