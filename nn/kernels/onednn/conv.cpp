#include <cstring>
#include <optional>

#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/cpu.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/onednn/primitive.hpp"

namespace rhyton::onednn {

namespace {

using dnnl::memory;
using dnnl::prop_kind;

constexpr auto f32 = memory::data_type::f32;
constexpr auto direct = dnnl::algorithm::convolution_direct;

memory::dims dims_of(const Spatial& s, int rank) { return {s.begin(), s.begin() + rank}; }

/// x or y in Keras's layout, as oneDNN orders dimensions (batch, channels, spatial...).
memory::desc image_desc(const ConvDesc& d, Dim channels, const Spatial& spatial) {
  using tag = memory::format_tag;
  memory::dims dims{d.batch, channels};
  for (const Dim s : dims_of(spatial, d.rank)) dims.push_back(s);
  const tag last[] = {tag::nwc, tag::nhwc, tag::ndhwc}, first[] = {tag::ncw, tag::nchw, tag::ncdhw};
  return {dims, f32, d.channels_first ? first[d.rank - 1] : last[d.rank - 1]};
}

/// The weights (spatial..., in / groups, filters), for oneDNN (groups, filters, in, spatial...): by strides,
/// or in the layout of the engine's choice.
memory::desc weights_desc(const ConvDesc& d, bool any) {
  const Dim inputs = d.in_channels / d.groups, filters = d.filters / d.groups;
  memory::dims dims{filters, inputs}, strides{1, d.filters};
  Dim stride = inputs * d.filters;
  for (int i = d.rank - 1; i >= 0; --i) {
    const Dim taps = d.kernel[static_cast<std::size_t>(i)];
    dims.insert(dims.begin() + 2, taps);
    strides.insert(strides.begin() + 2, stride);
    stride *= taps;
  }
  if (d.groups > 1) {
    dims.insert(dims.begin(), d.groups);
    strides.insert(strides.begin(), filters);
  }
  return any ? memory::desc(dims, f32, memory::format_tag::any) : memory::desc(dims, f32, strides);
}

/// Direct convolution on Keras's layouts. The weights are kept in the engine's own layout until they change;
/// those of a training step are packed in each pass.
class Conv final : public ConvKernel {
 public:
  explicit Conv(const ConvDesc& desc)
      : d_(desc),
        x_(image_desc(desc, desc.in_channels, desc.in)),
        y_(image_desc(desc, desc.filters, desc.out)),
        w_(weights_desc(desc, false)),
        any_(weights_desc(desc, true)),
        b_({desc.filters}, f32, memory::format_tag::a),
        strides_(dims_of(desc.strides, desc.rank)),
        before_(dims_of(desc.pad_before, desc.rank)) {
    for (std::size_t i = 0; i < strides_.size(); ++i) {
      dilation_.push_back(d_.dilation[i] - 1);
      after_.push_back(d_.pad_after[i]);
    }
    const ThreadScope threads;
    plan_forward();
  }

  bool usable() const { return static_cast<bool>(forward_); }
  const char* implementation() const override { return implementation_.c_str(); }
  void weights_changed() override {
    forward_weights_.forget();
    backward_weights_.forget();
  }

  bool keeps_weights() const override { return !d_.options.training && forward_weights_.is_copy(); }

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    const void* weights = forward_weights_.pack(w.raw(), d_.options.training);
    if (d_.bias && add_fused_)
      forward_.run({x.raw(), weights, y.raw(), b.raw(), z.raw()});
    else if (d_.bias)
      forward_.run({x.raw(), weights, y.raw(), b.raw()});
    else if (add_fused_)
      forward_.run({x.raw(), weights, y.raw(), z.raw()});
    else
      forward_.run({x.raw(), weights, y.raw()});
    if (!fused_)
      finish_channels<float>(d_.activation, y.data<float>(), nullptr,
                             d_.add && !add_fused_ ? z.data<float>() : nullptr, outer(), d_.filters, inner());
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    if (dx && !data_planned_) plan_backward_data();
    if (dw && !weights_planned_) plan_backward_weights();
    const bool own_dx = dx && data_, own_dw = dw && gradient_;
    if (own_dx) data_.run({dx.raw(), backward_weights_.pack(w.raw(), d_.options.training), dz.raw()});
    if (own_dw && gradient_plain_ && !dw.accumulate) {
      gradient_.run({x.raw(), dw.view.raw(), dz.raw()});
    } else if (own_dw) {
      void* packed = shared_scratch<Conv>().get<unsigned char>(static_cast<Dim>(gradient_bytes_));
      gradient_.run({x.raw(), packed, dz.raw()});
      (dw.accumulate ? add_gradient_ : move_gradient_).run({packed, dw.view.raw()});
    }
    if (db)
      channel_sums(dz.data<float>(), outer(), d_.filters, inner(), db.view.data<float>(), db.accumulate);
    if ((dx && !own_dx) || (dw && !own_dw))
      reference_->backward(x, w, dz, own_dx ? View() : dx, own_dw ? GradTarget() : dw, {});
  }

 private:
  Dim outer() const { return d_.channels_first ? d_.batch : d_.batch * volume(d_.out, d_.rank); }
  Dim inner() const { return d_.channels_first ? volume(d_.out, d_.rank) : 1; }

  std::optional<dnnl::convolution_forward::primitive_desc> describe_forward(const dnnl::post_ops& ops) const {
    try {
      constexpr auto kind = prop_kind::forward_training;
      auto desc = d_.bias ? describe<dnnl::convolution_forward>(attributes(ops), kind, direct, x_, any_, b_,
                                                                y_, strides_, dilation_, before_, after_)
                          : describe<dnnl::convolution_forward>(attributes(ops), kind, direct, x_, any_, y_,
                                                                strides_, dilation_, before_, after_);
      if (skip_reference(desc)) return desc;
    } catch (const dnnl::error&) {  // not a shape, layout or post-op of this version
    }
    return std::nullopt;
  }

  /// Fuses as much behind the product as the engine can do without falling back to its gemm or reference.
  void plan_forward() {
    const auto gemm_based = [](const auto& desc) {
      return std::string_view(desc->impl_info_str()).find("gemm:") != std::string_view::npos;
    };
    const auto plain = describe_forward({});
    if (!plain) return;
    auto chosen = plain;
    const auto take = [&](const dnnl::post_ops& ops) {
      const auto with_ops = describe_forward(ops);
      const bool good = with_ops && (!gemm_based(with_ops) || gemm_based(plain));
      if (good) chosen = with_ops;
      return good;
    };
    dnnl::post_ops sum, all;
    if (d_.add) {
      sum.append_binary(dnnl::algorithm::binary_add, y_);
      all = sum;
    }
    // oneDNN 2.6 adds something else where it has no more than SSE 4.1.
    if (!d_.add || cpu_level() > 2) {
      fused_ = append_activation(all, d_.activation) && (all.len() == 0 || take(all));
      add_fused_ = d_.add && (fused_ || take(sum));
    }
    implementation_ = std::string("onednn:") + chosen->impl_info_str();
    forward_desc_ = *chosen;
    forward_weights_ = PackedWeights(w_, chosen->weights_desc());
    const Argument x{DNNL_ARG_SRC, x_}, w{DNNL_ARG_WEIGHTS, chosen->weights_desc()}, y{DNNL_ARG_DST, y_};
    const Argument b{DNNL_ARG_BIAS, b_}, z{DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, y_};
    if (d_.bias && add_fused_)
      forward_ = Primitive(*chosen, {x, w, y, b, z});
    else if (d_.bias)
      forward_ = Primitive(*chosen, {x, w, y, b});
    else if (add_fused_)
      forward_ = Primitive(*chosen, {x, w, y, z});
    else
      forward_ = Primitive(*chosen, {x, w, y});
  }

  void plan_backward_data() {
    data_planned_ = true;
    const ThreadScope threads;
    try {
      auto desc = describe_backward<dnnl::convolution_backward_data>(
          attributes(), forward_desc_, direct, x_, any_, y_, strides_, dilation_, before_, after_);
      if (skip_reference(desc)) {
        backward_weights_ = PackedWeights(w_, desc.weights_desc());
        data_ = Primitive(
            desc,
            {{DNNL_ARG_DIFF_SRC, x_}, {DNNL_ARG_WEIGHTS, desc.weights_desc()}, {DNNL_ARG_DIFF_DST, y_}});
        return;
      }
    } catch (const dnnl::error&) {  // left to the reference
    }
    plan_reference();
  }

  void plan_backward_weights() {
    weights_planned_ = true;
    const ThreadScope threads;
    try {
      auto desc = describe_backward<dnnl::convolution_backward_weights>(
          attributes(), forward_desc_, direct, x_, any_, y_, strides_, dilation_, before_, after_);
      if (skip_reference(desc)) {
        const auto packed = desc.diff_weights_desc();
        gradient_ =
            Primitive(desc, {{DNNL_ARG_SRC, x_}, {DNNL_ARG_DIFF_WEIGHTS, packed}, {DNNL_ARG_DIFF_DST, y_}});
        gradient_bytes_ = packed.get_size();
        gradient_plain_ = packed == w_;
        dnnl::post_ops sum;
        sum.append_sum(1.0f);
        const std::initializer_list<Argument> arguments{{DNNL_ARG_FROM, packed}, {DNNL_ARG_TO, w_}};
        move_gradient_ =
            Primitive(dnnl::reorder::primitive_desc(cpu(), packed, cpu(), w_, attributes()), arguments);
        add_gradient_ =
            Primitive(dnnl::reorder::primitive_desc(cpu(), packed, cpu(), w_, attributes(sum)), arguments);
        return;
      }
    } catch (const dnnl::error&) {  // left to the reference
    }
    plan_reference();
  }

  void plan_reference() {
    if (!reference_) reference_ = d_.depthwise ? eigen::make_depthwise(d_) : eigen::make_conv(d_);
  }

  ConvDesc d_;
  memory::desc x_, y_, w_, any_, b_;
  memory::dims strides_, dilation_, before_, after_;
  dnnl::convolution_forward::primitive_desc forward_desc_;
  Primitive forward_, data_, gradient_, move_gradient_, add_gradient_;
  PackedWeights forward_weights_, backward_weights_;
  bool fused_ = false, add_fused_ = false, data_planned_ = false, weights_planned_ = false,
       gradient_plain_ = false;
  std::size_t gradient_bytes_ = 0;
  std::string implementation_;
  std::unique_ptr<ConvKernel> reference_;  ///< for the directions that the engine lacks
};

}  // namespace

std::unique_ptr<ConvKernel> make_conv(const ConvDesc& desc) {
  if (desc.options.dtype != DType::float32 || desc.batch <= 0 || desc.in_channels <= 0 || desc.filters <= 0)
    return nullptr;
  try {
    auto kernel = std::make_unique<Conv>(desc);
    if (kernel->usable()) return kernel;
  } catch (const dnnl::error&) {  // not a shape of this version
  }
  return nullptr;
}

}  // namespace rhyton::onednn
