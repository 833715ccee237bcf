#include "nn/kernels/box.hpp"
#include "nn/kernels/conv_around.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton {

namespace {

/// A convolution that reads a part of x, by one that reads all of a copy of that part.
class CroppedConv final : public ConvAround {
 public:
  CroppedConv(const ConvDesc& inner, const Shape& offset, std::unique_ptr<ConvKernel> kernel)
      : ConvAround(image_shape(inner), std::move(kernel)), offset_(offset), back_(offset) {
    for (int i = 0; i < back_.rank(); ++i) back_[i] = -back_[i];
  }

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    kernel_->forward(crop(x), w, b, z, y);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    const View part = dx ? View(gradient_.get<float>(shape_.size()), shape_, DType::float32) : View();
    kernel_->backward(dw ? crop(x) : ConstView(), w, dz, part, dw, db);
    if (dx) box_copy(part, back_, 0.0, dx);
  }

 private:
  ConstView crop(ConstView x) {
    const View part(part_.get<float>(shape_.size()), shape_, DType::float32);
    box_copy(x, offset_, 0.0, part);
    return part;
  }

  Shape offset_, back_;
  Scratch part_, gradient_;
};

}  // namespace

Shape image_shape(const ConvDesc& desc) {
  Shape shape{desc.batch};
  if (desc.channels_first) shape.push_back(desc.in_channels);
  for (int i = 0; i < desc.rank; ++i) shape.push_back(desc.in[static_cast<std::size_t>(i)]);
  if (!desc.channels_first) shape.push_back(desc.in_channels);
  return shape;
}

std::unique_ptr<ConvKernel> crop_conv(const ConvDesc& desc,
                                      std::unique_ptr<ConvKernel> (*make)(const ConvDesc&)) {
  ConvDesc inner = desc;
  Shape offset{0};
  if (desc.channels_first) offset.push_back(0);
  bool crops = false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(desc.rank); ++i) {
    const Dim before = std::max<Dim>(0, -desc.pad_before[i]);
    const Dim reach = (desc.out[i] - 1) * desc.strides[i] + (desc.kernel[i] - 1) * desc.dilation[i] + 1;
    const Dim unread = std::max<Dim>(0, desc.in[i] + desc.pad_before[i] - reach);
    // What a stride leaves over is left to the engine.
    const Dim after = desc.pad_after[i] < 0 || unread >= desc.strides[i] ? unread : 0;
    crops = crops || before > 0 || after > 0;
    inner.in[i] -= before + after;
    inner.pad_before[i] += before;
    inner.pad_after[i] = std::max<Dim>(0, reach - inner.in[i] - inner.pad_before[i]);
    offset.push_back(before);
  }
  if (!desc.channels_first) offset.push_back(0);
  if (!crops) return make(desc);
  auto kernel = make(inner);
  if (!kernel) return nullptr;
  return std::make_unique<CroppedConv>(inner, offset, std::move(kernel));
}

}  // namespace rhyton
