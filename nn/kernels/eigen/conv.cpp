#include <cstring>

#include "nn/kernels/channel_ops.hpp"
#include "nn/kernels/engines.hpp"
#include "nn/kernels/geometry.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton::eigen {

namespace {

/// Convolution as products: the taps of a block of output pixels are gathered into the rows of a matrix that
/// fits the second cache. One group at a time.
template <class T>
class Conv final : public ConvKernel {
 public:
  explicit Conv(const ConvDesc& desc)
      : d_(desc),
        g_(desc, desc.kernel, desc.in_channels, desc.filters),
        group_inputs_(desc.in_channels / desc.groups),
        group_filters_(desc.filters / desc.groups),
        depth_(g_.taps * group_inputs_),
        images_(desc.batch) {
    direct_ = !desc.channels_first && g_.taps == 1 && g_.in == g_.out && g_.strides == Spatial{1, 1, 1} &&
              g_.pad == Spatial{0, 0, 0};
    if (direct_) {  // x itself is the matrix, and images follow each other
      g_.out_pixels *= images_;
      g_.x_image *= images_;
      g_.y_image *= images_;
      images_ = 1;
    }
    constexpr Dim cache = 256 * 1024;
    block_ = std::clamp<Dim>(cache / (std::max<Dim>(depth_, 1) * static_cast<Dim>(sizeof(T))), 16, 1024);
    block_ = std::max<Dim>(1, std::min(block_, g_.out_pixels));
  }

  void forward(ConstView x, ConstView w, ConstView b, ConstView z, View y) override {
    T* out = y.data<T>();
    const Dim blocks = (g_.out_pixels + block_ - 1) / block_;
    over_parts(images_ * blocks, [&](Dim, Dim begin, Dim end, T* columns) {
      for (Dim i = begin; i < end; ++i) {
        const Dim image = i / blocks, first = i % blocks * block_,
                  count = std::min(block_, g_.out_pixels - first);
        for (Dim group = 0; group < d_.groups; ++group) {
          const Matrix a = gather(x.data<T>() + image * g_.x_image, group, first, count, columns);
          const T* kernel = w.data<T>() + group * group_filters_;
          const Dim at = image * g_.y_image + group * group_filters_ * g_.y_channel + first * g_.y_pixel;
          if (d_.channels_first)
            gemm<T>(true, true, group_filters_, count, depth_, 1, kernel, d_.filters, a.data, a.stride, 0,
                    out + at, g_.out_pixels);
          else
            gemm<T>(false, false, count, group_filters_, depth_, 1, a.data, a.stride, kernel, d_.filters, 0,
                    out + at, d_.filters);
        }
      }
    });
    finish_channels<T>(d_.activation, out, b ? b.data<T>() : nullptr, z ? z.data<T>() : nullptr,
                       d_.channels_first ? d_.batch : images_ * g_.out_pixels, d_.filters,
                       d_.channels_first ? g_.out_pixels : 1);
  }

  void backward(ConstView x, ConstView w, ConstView dz, View dx, GradTarget dw, GradTarget db) override {
    const T* gradient = dz.data<T>();
    if (dx) backward_data(w.data<T>(), gradient, dx.data<T>());
    if (dw) backward_weights(x.data<T>(), gradient, dw.view.data<T>(), dw.accumulate);
    if (db)
      channel_sums(gradient, d_.channels_first ? d_.batch : images_ * g_.out_pixels, d_.filters,
                   d_.channels_first ? g_.out_pixels : Dim{1}, db.view.data<T>(), db.accumulate);
  }

 private:
  struct Matrix {
    const T* data;
    Dim stride;
  };

  /// Calls `f(part, begin, end, columns)` on parts of [0, n), each with its own scratch.
  template <class F>
  void over_parts(Dim n, F&& f) {
    const Dim parts = std::min<Dim>(get_threads(), n), size = (block_ * depth_ + 15) / 16 * 16;
    T* scratch = scratch_.template get<T>(std::max<Dim>(1, parts) * size);
    parallel_for<T>(parts, 1, [&](Dim part_begin, Dim part_end) {
      for (Dim p = part_begin; p < part_end; ++p)
        f(p, n * p / parts, n * (p + 1) / parts, scratch + p * size);
    });
  }

  /// The taps of pixels [first, first + count) of one image and group: (count, taps x channels).
  Matrix gather(const T* image, Dim group, Dim first, Dim count, T* columns) const {
    image += group * group_inputs_ * g_.x_channel;
    if (direct_) return {image + first * g_.x_pixel, g_.x_pixel};
    const auto n = static_cast<std::size_t>(group_inputs_);
    for (Dim p = 0; p < count; ++p) {
      T* row = columns + p * depth_;
      std::memset(row, 0, static_cast<std::size_t>(depth_) * sizeof(T));
      g_.for_taps(first + p, [&](Dim tap, Dim pixel) {
        const T* from = image + pixel * g_.x_pixel;
        T* to = row + tap * group_inputs_;
        if (g_.x_channel == 1)
          std::memcpy(to, from, n * sizeof(T));
        else
          for (Dim c = 0; c < group_inputs_; ++c) to[c] = from[c * g_.x_channel];
      });
    }
    return {columns, depth_};
  }

  void scatter(const T* columns, Dim group, Dim first, Dim count, T* image) const {
    image += group * group_inputs_ * g_.x_channel;
    for (Dim p = 0; p < count; ++p)
      g_.for_taps(first + p, [&](Dim tap, Dim pixel) {
        const T* from = columns + p * depth_ + tap * group_inputs_;
        T* to = image + pixel * g_.x_pixel;
        if (g_.x_channel == 1)
          for (Dim c = 0; c < group_inputs_; ++c) to[c] += from[c];
        else
          for (Dim c = 0; c < group_inputs_; ++c) to[c * g_.x_channel] += from[c];
      });
  }

  void backward_data(const T* w, const T* dz, T* dx) {
    const auto block = [&](Dim image, Dim first, T* columns) {
      const Dim count = std::min(block_, g_.out_pixels - first);
      T* to = dx + image * g_.x_image;
      for (Dim group = 0; group < d_.groups; ++group) {
        const Dim at = image * g_.y_image + group * group_filters_ * g_.y_channel + first * g_.y_pixel;
        T* target = direct_ ? to + first * g_.x_pixel + group * group_inputs_ : columns;
        gemm<T>(d_.channels_first, true, count, depth_, group_filters_, 1, dz + at,
                d_.channels_first ? g_.out_pixels : d_.filters, w + group * group_filters_, d_.filters, 0,
                target, direct_ ? g_.x_pixel : depth_);
        if (!direct_) scatter(columns, group, first, count, to);
      }
    };
    if (direct_) {
      over_parts((g_.out_pixels + block_ - 1) / block_, [&](Dim, Dim begin, Dim end, T* columns) {
        for (Dim i = begin; i < end; ++i) block(0, i * block_, columns);
      });
      return;
    }
    over_parts(images_, [&](Dim, Dim begin, Dim end, T* columns) {
      std::fill(dx + begin * g_.x_image, dx + end * g_.x_image, T(0));
      for (Dim image = begin; image < end; ++image)
        for (Dim first = 0; first < g_.out_pixels; first += block_) block(image, first, columns);
    });
  }

  void backward_weights(const T* x, const T* dz, T* dw, bool accumulate) {
    const Dim size = depth_ * d_.filters, blocks = (g_.out_pixels + block_ - 1) / block_,
              n = images_ * blocks;
    const Dim parts = std::max<Dim>(1, std::min<Dim>(get_threads(), n));
    if (!accumulate) std::fill(dw, dw + size, T(0));
    T* partial =
        parts > 1 ? partial_.template get<T>((parts - 1) * size) : nullptr;  // the first adds to dw itself
    if (parts > 1) std::fill(partial, partial + (parts - 1) * size, T(0));
    over_parts(n, [&](Dim part, Dim begin, Dim end, T* columns) {
      T* target = part == 0 ? dw : partial + (part - 1) * size;
      for (Dim i = begin; i < end; ++i) {
        const Dim image = i / blocks, first = i % blocks * block_,
                  count = std::min(block_, g_.out_pixels - first);
        for (Dim group = 0; group < d_.groups; ++group) {
          const Matrix a = gather(x + image * g_.x_image, group, first, count, columns);
          const Dim at = image * g_.y_image + group * group_filters_ * g_.y_channel + first * g_.y_pixel;
          gemm<T>(true, d_.channels_first, depth_, group_filters_, count, 1, a.data, a.stride, dz + at,
                  d_.channels_first ? g_.out_pixels : d_.filters, 1, target + group * group_filters_,
                  d_.filters);
        }
      }
    });
    for (Dim p = 1; p < parts; ++p)
      for (Dim i = 0; i < size; ++i) dw[i] += partial[(p - 1) * size + i];
  }

  ConvDesc d_;
  Geometry g_;
  Dim group_inputs_, group_filters_, depth_;
  Dim images_;
  Dim block_ = 1;
  bool direct_ = false;
  Scratch scratch_, partial_;
};

}  // namespace

std::unique_ptr<ConvKernel> make_conv(const ConvDesc& desc) {
  return dispatch_real(desc.options.dtype, [&]<class T>(T) -> std::unique_ptr<ConvKernel> {
    return std::make_unique<Conv<T>>(desc);
  });
}

}  // namespace rhyton::eigen
