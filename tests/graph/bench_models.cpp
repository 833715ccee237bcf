#include "tests/graph/bench_models.hpp"

#include <algorithm>

#include "rhyton.hpp"

namespace rhyton::test {

namespace {

using Symbol = SymbolicTensor;

Symbol activated(const Symbol& x, const std::string& f) {
  return f.empty() ? x : Symbol(LayerRef(Activation({.activation = f.c_str()}))(x));
}

/// Convolution, batch normalization and activation, in the three application models' manner.
Symbol conv(const Symbol& x, Dim filters, Dim kernel, Dim strides, const std::string& f) {
  const Symbol y = LayerRef(Conv2D(
      {.filters = filters, .kernel_size = kernel, .strides = strides, .padding = "same", .use_bias = false}))(
      x);
  return activated(LayerRef(BatchNormalization())(y), f);
}
Symbol depthwise(const Symbol& x, Dim kernel, Dim strides, const std::string& f) {
  const Symbol y = LayerRef(
      DepthwiseConv2D({.kernel_size = kernel, .strides = strides, .padding = "same", .use_bias = false}))(x);
  return activated(LayerRef(BatchNormalization())(y), f);
}
Symbol sum(const Symbol& a, const Symbol& b) { return LayerRef(Add())({a, b}); }
Dim channels(const Symbol& x) { return x.shape()[-1]; }

Model classifier(const Input& in, const Symbol& x, Dim classes) {
  const Symbol pooled = LayerRef(GlobalAveragePooling2D())(x);
  return Model({in}, {LayerRef(Dense({.units = classes, .activation = "softmax"}))(pooled)});
}

Model mlp() {
  return Sequential({Input({784}), Dense({.units = 128, .activation = "relu"}),
                     Dense({.units = 64, .activation = "relu"}),
                     Dense({.units = 10, .activation = "softmax"})});
}

Model lenet() {
  return Sequential({Input({28, 28, 1}), Cropping2D({.cropping = 2}),
                     Conv2D({.filters = 32, .kernel_size = 3, .activation = "relu"}), MaxPooling2D(),
                     Conv2D({.filters = 64, .kernel_size = 3, .activation = "relu"}), MaxPooling2D(),
                     Flatten(), Dense({.units = 128, .activation = "relu"}),
                     Dense({.units = 10, .activation = "softmax"})});
}

Model lstm() {
  return Sequential({Input({100, 32}), LSTM({.units = 128, .return_sequences = true}), LSTM({.units = 64}),
                     Dense({.units = 10, .activation = "softmax"})});
}

Model six_convolutions() {
  Input in({32, 32, 3});
  Symbol x = in;
  for (const Dim filters : {32, 64, 128}) {
    for (int i = 0; i < 2; ++i)
      x = activated(LayerRef(BatchNormalization())(
                        LayerRef(Conv2D({.filters = filters, .kernel_size = 3, .padding = "same"}))(x)),
                    "relu");
    x = LayerRef(MaxPooling2D())(x);
  }
  return classifier(in, x, 10);
}

Model transformer() {
  Input in({64, 128});
  Symbol x = in;
  for (int block = 0; block < 2; ++block) {
    x = LayerRef(LayerNormalization())(
        sum(x, LayerRef(MultiHeadAttention({.num_heads = 4, .key_dim = 32}))({x, x})));
    const Symbol hidden = LayerRef(Dense({.units = 512, .activation = "gelu"}))(x);
    x = LayerRef(LayerNormalization())(sum(x, LayerRef(Dense({.units = 128}))(hidden)));
  }
  const Symbol pooled = LayerRef(GlobalAveragePooling1D())(x);
  return Model({in}, {LayerRef(Dense({.units = 10, .activation = "softmax"}))(pooled)});
}

Model mobilenetv2() {
  Input in({224, 224, 3});
  Symbol x = conv(in, 32, 3, 2, "relu6");
  struct Group {
    Dim expansion, filters, count, strides;
  };
  for (const auto& [expansion, filters, count, strides] :
       {Group{1, 16, 1, 1}, Group{6, 24, 2, 2}, Group{6, 32, 3, 2}, Group{6, 64, 4, 2}, Group{6, 96, 3, 1},
        Group{6, 160, 3, 2}, Group{6, 320, 1, 1}})
    for (Dim i = 0; i < count; ++i) {
      const Symbol wide = expansion > 1 ? conv(x, expansion * channels(x), 1, 1, "relu6") : x;
      const Symbol y = conv(depthwise(wide, 3, i == 0 ? strides : 1, "relu6"), filters, 1, 1, "");
      x = i > 0 ? sum(x, y) : y;
    }
  return classifier(in, conv(x, 1280, 1, 1, "relu6"), 1000);
}

/// A weight for each channel, from the mean of all pixels.
Symbol squeezed(const Symbol& x, Dim narrow) {
  const Dim wide = channels(x);
  Symbol s = LayerRef(GlobalAveragePooling2D({.keepdims = true}))(x);
  s = LayerRef(Conv2D({.filters = narrow, .kernel_size = 1, .activation = "silu"}))(s);
  s = LayerRef(Conv2D({.filters = wide, .kernel_size = 1, .activation = "sigmoid"}))(s);
  return LayerRef(Multiply())({x, s});
}

Model efficientnetb0() {
  Input in({224, 224, 3});
  Symbol x = conv(LayerRef(Rescaling({.scale = 1.0 / 255}))(in), 32, 3, 2, "silu");
  struct Group {
    Dim expansion, filters, kernel, count, strides;
  };
  for (const auto& [expansion, filters, kernel, count, strides] :
       {Group{1, 16, 3, 1, 1}, Group{6, 24, 3, 2, 2}, Group{6, 40, 5, 2, 2}, Group{6, 80, 3, 3, 2},
        Group{6, 112, 5, 3, 1}, Group{6, 192, 5, 4, 2}, Group{6, 320, 3, 1, 1}})
    for (Dim i = 0; i < count; ++i) {
      const Symbol wide = expansion > 1 ? conv(x, expansion * channels(x), 1, 1, "silu") : x;
      const Symbol seen = depthwise(wide, kernel, i == 0 ? strides : 1, "silu");
      const Symbol y = conv(squeezed(seen, std::max<Dim>(1, channels(x) / 4)), filters, 1, 1, "");
      x = i > 0 ? sum(x, LayerRef(Dropout({.rate = 0.1}))(y)) : y;
    }
  return classifier(in, conv(x, 1280, 1, 1, "silu"), 1000);
}

Model resnet50() {
  Input in({224, 224, 3});
  Symbol x =
      LayerRef(MaxPooling2D({.pool_size = 3, .strides = 2, .padding = "same"}))(conv(in, 64, 7, 2, "relu"));
  struct Group {
    Dim filters, count, strides;
  };
  for (const auto& [filters, count, strides] :
       {Group{64, 3, 1}, Group{128, 4, 2}, Group{256, 6, 2}, Group{512, 3, 2}})
    for (Dim i = 0; i < count; ++i) {
      const Dim step = i == 0 ? strides : 1;
      const Symbol aside = i == 0 ? conv(x, 4 * filters, 1, step, "") : x;
      const Symbol y = conv(conv(x, filters, 1, step, "relu"), filters, 3, 1, "relu");
      x = activated(sum(aside, conv(y, 4 * filters, 1, 1, "")), "relu");
    }
  return classifier(in, x, 1000);
}

}  // namespace

std::vector<BenchModel> bench_models() {
  std::vector<BenchModel> out{{"mlp", mlp()},
                              {"lenet", lenet()},
                              {"lstm", lstm()},
                              {"conv", six_convolutions()},
                              {"transformer", transformer()},
                              {"mobilenetv2", mobilenetv2()},
                              {"efficientnetb0", efficientnetb0()},
                              {"resnet50", resnet50()}};
  for (BenchModel& b : out) b.model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  return out;
}

}  // namespace rhyton::test
