#include "nn/ops/image_op.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nn/kernels/box.hpp"
#include "nn/raise.hpp"

namespace rhyton::ops {

namespace {

Shape box_shape(const ConstView& x, DataFormat format, const BoxResize& box) {
  return resized_shape(x.shape(), format, box.height, box.width);
}

Shape box_offset_of(const Shape& x, DataFormat format, const BoxResize& box) {
  const ImageLayout image(x, format);
  Shape offset;
  for (int i = 0; i < x.rank(); ++i) offset.push_back(0);
  offset[image.height_axis] = box.top;
  offset[image.height_axis + 1] = box.left;
  return offset;
}

bool whole(const BoxResize& box, const ImageLayout& image) {
  return box.top == 0 && box.left == 0 && box.height == image.height && box.width == image.width;
}

bool resizes(const BoxResize& box) { return box.height != box.new_height || box.width != box.new_width; }

Shape negative(const Shape& offset) {
  Shape out = offset;
  for (int i = 0; i < out.rank(); ++i) out[i] = -out[i];
  return out;
}

}  // namespace

ImageLayout::ImageLayout(const Shape& x, DataFormat format) {
  const int first = x.rank() - 3;
  if (first > 0) batch = x[0];
  height_axis = format.channels_first() ? first + 1 : first;
  outer = format.channels_first() ? x[first] : 1;
  inner = format.channels_first() ? 1 : x[first + 2];
  height = x[height_axis];
  width = x[height_axis + 1];
}

void check_images(const Layer& layer, const Shapes& input_shapes) {
  if (input_shapes.size() != 1 || input_shapes[0].rank() < 3 || input_shapes[0].rank() > 4)
    raise<ValueError>(
        "{}: expected one image (3 dimensions) or a batch of images (4 dimensions). Received: shape {}.",
        layer.label(), to_string(input_shapes));
}

Shape resized_shape(const Shape& x, DataFormat format, Dim height, Dim width) {
  Shape y = x;
  const int axis = x.rank() - (format.channels_first() ? 2 : 3);
  y[axis] = height;
  y[axis + 1] = width;
  return y;
}

void crop_to_aspect_ratio(BoxResize& box, const ImageLayout& image) {
  const auto across = [](Dim size, Dim to, Dim from) {
    return static_cast<Dim>(static_cast<double>(size * to) / static_cast<double>(from));
  };
  box.height = std::clamp(across(image.width, box.new_height, box.new_width), Dim{1}, image.height);
  box.width = std::clamp(across(image.height, box.new_width, box.new_height), Dim{1}, image.width);
  box.top = (image.height - box.height) / 2;
  box.left = (image.width - box.width) / 2;
}

void pad_to_aspect_ratio(BoxResize& box, const ImageLayout& image) {
  const auto across = [](Dim size, Dim to, Dim from) {
    return static_cast<Dim>(static_cast<double>(size * to) / static_cast<double>(from));
  };
  // As much on either side: an odd one is dropped.
  const Dim above = std::max<Dim>(across(image.width, box.new_height, box.new_width) - image.height, 0) / 2;
  const Dim beside = std::max<Dim>(across(image.height, box.new_width, box.new_height) - image.width, 0) / 2;
  box.top = -above;
  box.left = -beside;
  box.height = image.height + 2 * above;
  box.width = image.width + 2 * beside;
}

void prepare_box_resize(Prepare& p, DataFormat format, const BoxResize& box) {
  const Shape& x = p.input().shape;
  const ImageLayout image(x, format);
  p.backward_reads(false, false);
  if (!resizes(box) && whole(box, image)) return p.alias();
  if (!resizes(box)) return;
  ResizeDesc d;
  d.batch = image.batch;
  d.channels = image.outer * image.inner;
  d.in = {box.height, box.width};
  d.out = {box.new_height, box.new_width};
  d.channels_first = format.channels_first();
  d.interpolation = box.interpolation;
  d.antialias = box.antialias;
  d.options = p.options();
  p.keep(make_resize(d));
  if (!whole(box, image))
    p.scratch(static_cast<std::size_t>(resized_shape(x, format, box.height, box.width).size()) *
              size_of(p.options().dtype));
}

void call_box_resize(Call& c, DataFormat format, const BoxResize& box) {
  const ConstView x = c.input();
  const Shape offset = box_offset_of(x.shape(), format, box);
  if (!resizes(box)) return box_copy(x, offset, box.fill, c.output());
  if (whole(box, ImageLayout(x.shape(), format))) return c.kernel<ResizeKernel>().forward(x, c.output());
  const View inside(c.scratch(), box_shape(x, format, box), x.dtype());
  box_copy(x, offset, box.fill, inside);
  c.kernel<ResizeKernel>().forward(inside, c.output());
}

void backward_box_resize(Backward& b, DataFormat format, const BoxResize& box) {
  const View dx = b.dx();
  const Shape offset = negative(box_offset_of(dx.shape(), format, box));
  if (!resizes(box)) return box_copy(b.dy(), offset, 0.0, dx);
  if (whole(box, ImageLayout(dx.shape(), format))) return b.kernel<ResizeKernel>().backward(b.dy(), dx);
  const View inside(b.scratch(), box_shape(dx, format, box), dx.dtype());
  b.kernel<ResizeKernel>().backward(b.dy(), inside);
  box_copy(inside, offset, 0.0, dx);
}

Factor ordered_range(const Factor& range) {
  return range.low <= range.high ? range : Factor(range.high, range.low);
}

Factor resolve_factor(const Layer& layer, const Factor& factor, const char* argument, Number lowest,
                      Number highest) {
  const auto fail = [&] {
    const auto text = [](const Number& n) {
      std::string out = std::to_string(static_cast<double>(n));
      while (out.back() == '0') out.pop_back();
      if (out.back() == '.') out.pop_back();
      return out;
    };
    raise<ValueError>(
        "{}: `{}` must be a number, or two, in [{}, {}]. Received: {}={}.", layer.label(), argument,
        text(lowest), text(highest), argument,
        factor.single ? text(factor.high) : fmt::format("({}, {})", text(factor.low), text(factor.high)));
  };
  if (!factor.single) {
    if (factor.low > highest || factor.high < lowest) fail();
    return factor.low <= factor.high ? factor : Factor(factor.high, factor.low);
  }
  const double value = factor.high;
  if (value < lowest || value > highest) fail();
  const bool integer = factor.high.is_integer();
  const double size = value < 0 ? -value : value;
  const auto number = [&](double v) { return integer ? Number(static_cast<std::int64_t>(v)) : Number(v); };
  // As Python's max: the bound itself where it is larger.
  return Factor(lowest > -size ? lowest : number(-size), number(size));
}

}  // namespace rhyton::ops
