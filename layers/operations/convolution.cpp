// Convolutions whose kernel is a tensor of the graph or a constant.
#include <nlohmann/json.hpp>

#include "layers/operations/composition.hpp"
#include "layers/operations/constant.hpp"
#include "nn/ops/conv_op.hpp"

namespace rhyton {

namespace {

using detail::Composition;

// A transposed convolution is not among them: Keras cannot run that operation (it swaps two of its
// arguments).
enum class Kind { plain, depthwise };

/// The images, and a kernel of the layout of the layers of these names.
class ConvOperation final : public OperationLayer {
 public:
  ConvOperation(OperationCall&& call, Kind kind) : OperationLayer(std::move(call)), kind_(kind) {
    const OperationArguments arguments(call_, "inputs, kernel");
    x_ = arguments.tensor("inputs");
    kernel_ = arguments.tensor("kernel");
    if (x_ < 0) throw NotSupported(label() + ": `inputs` that are no tensor of the graph");
    if (kernel_ < 0) {
      const Json* json = arguments.find("kernel");
      if (!json) fail("the argument `kernel` is missing.");
      constant_ = detail::constant_tensor(*json).cast(DType::float64);
      single_ = constant_.cast(DType::float32);
    }
    strides_ = arguments.integers("strides");
    dilation_ = arguments.integers("dilation_rate");
    padding_ = arguments.text("padding", "valid");
    const std::string format = arguments.text("data_format", "channels_last");
    if (format != "channels_last" && format != "channels_first")
      fail("`data_format` must be \"channels_last\" or \"channels_first\". Received: data_format={}.",
           format);
    channels_first_ = format == "channels_first";
  }

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape &x = shape_of(spec, x_), &w = kernel_shape(spec);
    const ops::Window window = this->window(x, w);
    const Dim in = ops::channels_of(window, x), fan_in = w[-2];
    const bool fits =
        kind_ == Kind::plain ? in > 0 && in % fan_in == 0 && w.back() % (in / fan_in) == 0 : in == fan_in;
    if (in >= 0 && !fits)
      fail("the kernel does not fit the channels of the input. Received: input shape {}, kernel shape {}.",
           to_string(x), to_string(w));
    Dim channels = w.back();
    if (kind_ == Kind::depthwise && __builtin_mul_overflow(w[-2], w.back(), &channels))
      fail("the output is too large.");
    return {{ops::assemble(window, x[0], ops::output_size(*this, window, x, "kernel"), channels),
             real_dtype(spec)}};
  }

  bool takes(DType dtype) const override { return is_floating(dtype); }

  void prepare(Prepare& p) const override {
    ConvDesc desc = describe(p.spec());
    desc.options = p.options();
    p.keep(make_conv(desc));
    p.backward_reads(true, false);
  }
  void call(Call& c) const override {
    auto& kernel = c.kernel<ConvKernel>();
    if (kernel_ >= 0) kernel.weights_changed();
    kernel.forward(c.input(x_), weights(c), {}, {}, c.output());
  }
  void backward(Backward& b) const override {
    const GradTarget dw{kernel_ >= 0 ? b.dx(kernel_) : View(), false};
    b.kernel<ConvKernel>().backward(b.input(x_), weights(b), b.dy(), b.dx(x_), dw, {});
  }
  double flops(const CallSpec& spec, const std::vector<TensorSpec>&) const override {
    return ops::conv_flops(describe(spec));
  }

 private:
  static const Shape& shape_of(const CallSpec& spec, int i) {
    return spec.inputs.at(static_cast<std::size_t>(i)).shape;
  }
  const Shape& kernel_shape(const CallSpec& spec) const {
    return kernel_ < 0 ? constant_.shape() : shape_of(spec, kernel_);
  }
  ConstView weights(const StepContext& c) const {
    if (kernel_ >= 0) return c.input(kernel_);
    return (c.real() == DType::float64 ? constant_ : single_).view();
  }

  /// One number for all dimensions, or one for each; 1 if there is none.
  Spatial sizes(const char* name, const std::vector<std::int64_t>& given, int rank) const {
    Spatial out{1, 1, 1};
    if (!given.empty() && given.size() != 1 && given.size() != static_cast<std::size_t>(rank))
      fail("`{}` must be one number or {}.", name, rank);
    for (std::size_t i = 0; i < static_cast<std::size_t>(rank) && !given.empty(); ++i)
      out[i] = given.size() == 1 ? given[0] : given[i];
    return out;
  }
  ops::Window window(const Shape& x, const Shape& w) const {
    if (x.rank() < 3 || x.rank() > 5 || w.rank() != x.rank() || !w.is_known())
      fail(
          "expected an input of 3 to 5 dimensions and a kernel of as many, all known. Received: "
          "input shape {}, kernel shape {}.",
          to_string(x), to_string(w));
    ops::Window window;
    window.rank = x.rank() - 2;
    for (int i = 0; i < w.rank(); ++i) {
      if (w[i] <= 0) fail("the kernel is empty. Received: kernel shape {}.", to_string(w));
      if (i < window.rank) window.size[static_cast<std::size_t>(i)] = w[i];
    }
    window.strides = sizes("strides", strides_, window.rank);
    window.dilation = sizes("dilation_rate", dilation_, window.rank);
    window.padding = padding_;
    window.channels_first = channels_first_;
    ops::check_window(*this, window, "kernel", false, true);
    return window;
  }
  ConvDesc describe(const CallSpec& spec) const {
    const Shape &x = shape_of(spec, x_), &w = kernel_shape(spec);
    const ops::Window window = this->window(x, w);
    if (kind_ == Kind::depthwise) return ops::depthwise_desc(*this, window, x, w.back(), false);
    return ops::conv_desc(*this, window, x, w.back(), ops::channels_of(window, x) / w[-2], false);
  }

  Kind kind_;
  int x_ = -1, kernel_ = -1;
  Tensor constant_, single_;
  std::vector<std::int64_t> strides_, dilation_;
  std::string padding_;
  bool channels_first_ = false;
};

template <Kind kind>
std::shared_ptr<Layer> make(OperationCall&& call) {
  return make_object<Layer, ConvOperation>(std::move(call), kind);
}

SymbolicTensors separable(const Composition& c) {
  Json first = Json::object(), second = Json::object();
  for (const char* name : {"strides", "padding", "data_format", "dilation_rate"})
    if (const Json* json = c.arguments.find(name)) first[name] = *json;
  second["data_format"] = c.arguments.text("data_format", "channels_last");
  const auto x = c.call("DepthwiseConv", {c.tensor("inputs"), c.operand("depthwise_kernel")}, first);
  return {c.call("Conv", {x, c.operand("pointwise_kernel")}, second)};
}

constexpr detail::ComposedEntry composed[] = {
    {"SeparableConv", "inputs, depthwise_kernel, pointwise_kernel", separable}};

}  // namespace

void detail::add_convolutions(OperationTable& table) {
  table.emplace_back("Conv", &make<Kind::plain>);
  table.emplace_back("DepthwiseConv", &make<Kind::depthwise>);
  add_entries(table, composed, [](OperationCall&& call) { return make_composed(std::move(call), composed); });
}

}  // namespace rhyton
