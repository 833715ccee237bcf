#include "layers/preprocessing/normalization.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nn/kernels/broadcast_rows.hpp"

namespace rhyton {

void from_config(const Json& json, KeptAxes& value) {
  if (json.is_null())
    value.axes = Shape();
  else
    from_config(json, value.axes);
}
void to_config(Json& json, const KeptAxes& value) {
  json = Json::array();
  for (Dim axis : value.axes) json.push_back(axis);
}

Normalization::Normalization(Config config) : LayerOf(std::move(config)) {
  if (config_.mean.has_value() != config_.variance.has_value())
    fail("`mean` and `variance` must be given together, or neither.");
  if (!config_.mean) return;
  if (!(config_.mean->shape == config_.variance->shape))
    fail("`mean` and `variance` must have one shape. Received shapes {} and {}.",
         to_string(config_.mean->shape), to_string(config_.variance->shape));
  if (config_.mean->shape.rank() > config_.axis.axes.rank())
    fail("`mean` may have at most as many dimensions as there are in `axis`. Received shape {}, axis={}.",
         to_string(config_.mean->shape), to_string(config_.axis.axes));
}

Shape Normalization::kept(const Shape& x) const {
  Shape axes;
  for (Dim axis : config_.axis.axes) axes.push_back(normalize_axis(axis, x.rank(), label()));
  std::sort(&axes[0], &axes[0] + axes.rank());
  return axes;
}

Shape Normalization::broadcast_shape(const Shape& x) const {
  const Shape& axes = kept_;
  Shape shape;
  for (int i = 0; i < x.rank(); ++i)
    shape.push_back(std::find(axes.begin(), axes.end(), i) == axes.end() ? 1 : x[i]);
  return shape;
}

void Normalization::build(const Shapes& input_shapes) {
  expect_inputs(input_shapes, 1);
  Shape sizes;
  kept_ = kept(input_shapes[0]);
  for (Dim axis : kept_) sizes.push_back(known_axis(input_shapes, static_cast<int>(axis)));
  WeightOptions fixed;
  fixed.trainable = false;
  if (!config_.mean) {
    mean_ = add_weight("mean", sizes, fixed);
    fixed.initializer = "ones";
    variance_ = add_weight("variance", sizes, fixed);
    fixed.initializer = {};
    fixed.dtype = DType::int32;
    add_weight("count", {}, fixed);
    return;
  }
  const Shape& given = config_.mean->shape;
  for (int i = 1; i <= given.rank(); ++i)
    if (given[-i] != 1 && given[-i] != sizes[-i])
      fail("`mean` and `variance` of shape {} do not fit the kept axes, which have the sizes {}.",
           to_string(given), to_string(sizes));
  for (const auto& [from, to] :
       {std::pair{&*config_.mean, &given_mean_}, {&*config_.variance, &given_variance_}}) {
    Shape aligned;
    for (int i = given.rank(); i < sizes.rank(); ++i) aligned.push_back(1);
    Tensor small(aligned.concat(given), DType::float64);
    std::copy(from->values.begin(), from->values.end(), small.data<double>());
    *to = Tensor(sizes, DType::float64);
    double* const values = to->data<double>();
    for_broadcast_rows(sizes, small.shape(), [&](Dim row, Dim at, Dim step, Dim n) {
      for (Dim i = 0; i < n; ++i) values[row + i] = small.data<double>()[at + i * step];
    });
  }
}

Shapes Normalization::compute_output_shape(const Shapes& input_shapes) const {
  expect_inputs(input_shapes, 1);
  const Shape axes = kept(input_shapes[0]);
  if (built())
    for (Dim axis : axes)
      expect_axis(input_shapes, static_cast<int>(axis), build_spec().inputs[0].shape[static_cast<int>(axis)]);
  return input_shapes;
}

void Normalization::prepare(Prepare& p) const {
  p.backward_reads(false, false);
  p.in_place();
  p.gradient_in_place();
  const Dim size = pattern(p.input().shape).table.size();
  p.scratch(2 * static_cast<std::size_t>(size) * size_of(p.options().dtype));
}

Normalization::Pattern Normalization::pattern(const Shape& x) const {
  const Shape table = broadcast_shape(x);
  const Dim size = table.size(), count = size > 0 ? x.size() / size : 0;
  const bool last = kept_.rank() > 0 && kept_[0] == x.rank() - kept_.rank();
  Dim repeats = last && size > 0 ? std::max<Dim>(64 / size, 1) : 1;
  while (count % repeats != 0) --repeats;
  if (repeats == 1) return {x, table};
  return {{count / repeats, repeats * size}, {repeats * size}};
}

template <class T>
Normalization::Moments<T> Normalization::moments(const StepContext& c, void* scratch, Dim size) const {
  T* mean = static_cast<T*>(scratch);
  T* deviation = mean + size;
  const ConstView m = c.weight(mean_), v = c.weight(variance_);
  const Dim kept = (m ? m : given_mean_.view()).size();
  for (Dim i = 0; i < size; ++i) {
    const Dim k = i % kept;
    mean[i] = m ? m.data<T>()[k] : static_cast<T>(given_mean_.data<double>()[k]);
    const T variance = v ? v.data<T>()[k] : static_cast<T>(given_variance_.data<double>()[k]);
    deviation[i] = std::max(std::sqrt(variance), static_cast<T>(1e-7));
  }
  return {mean, deviation};
}

void Normalization::call(Call& c) const {
  const ConstView x = c.input();
  const auto [rows, table] = pattern(x.shape());
  dispatch_real(c.real(), [&, rows = rows, table = table]<class T>(T) {
    const auto [mean, deviation] = moments<T>(c, c.scratch(), table.size());
    for_broadcast_rows(rows, table,
                       [&, mean = mean, deviation = deviation](Dim row, Dim at, Dim step, Dim n) {
                         const T* in = x.data<T>() + row;
                         T* out = c.output().data<T>() + row;
                         for (Dim i = 0; i < n; ++i) {
                           const T m = mean[at + i * step], d = deviation[at + i * step];
                           out[i] = config_.invert ? in[i] * d + m : (in[i] - m) / d;
                         }
                       });
  });
}

void Normalization::backward(Backward& b) const {
  const ConstView dy = b.dy();
  const auto [rows, table] = pattern(dy.shape());
  dispatch_real(b.real(), [&, rows = rows, table = table]<class T>(T) {
    const auto [mean, deviation] = moments<T>(b, b.scratch(), table.size());
    for_broadcast_rows(rows, table, [&, deviation = deviation](Dim row, Dim at, Dim step, Dim n) {
      const T* in = dy.data<T>() + row;
      T* out = b.dx().data<T>() + row;
      for (Dim i = 0; i < n; ++i) {
        const T d = deviation[at + i * step];
        out[i] = config_.invert ? in[i] * d : in[i] / d;
      }
    });
  });
}

void Normalization::adapt_batches(const std::vector<Tensor>& batches) {
  if (config_.mean) fail("adapt: the layer was given its `mean` and `variance`.");
  if (batches.empty() || batches[0].rank() == 0) fail("adapt: expected at least one batch of data.");
  Shape any_batch = batches[0].shape();
  const Shape axes = kept(any_batch);
  if (std::find(axes.begin(), axes.end(), 0) == axes.end()) any_batch[0] = unknown;
  CallSpec spec;
  spec.inputs = {{any_batch, DType::float32}};
  ensure_built(spec);
  const Dim size = own_weights()[0]->value.size();
  std::vector<double> sum(static_cast<std::size_t>(size)), squares(sum);
  double count = 0.0;
  // In two passes, so that a large mean costs no digits.
  for (const bool first : {true, false}) {
    for (const Tensor& batch : batches) {
      if (batch.rank() != any_batch.rank()) fail("adapt: the batches must have one number of dimensions.");
      for (Dim axis : axes)
        if (batch.shape()[static_cast<int>(axis)] != any_batch[static_cast<int>(axis)])
          fail("adapt: the layer was built for inputs of shape {}. Received shape {}.", to_string(any_batch),
               to_string(batch.shape()));
      const Tensor x = batch.cast(DType::float64);
      if (first) count += static_cast<double>(x.size()) / static_cast<double>(std::max<Dim>(size, 1));
      for_broadcast_rows(x.shape(), broadcast_shape(x.shape()), [&](Dim row, Dim at, Dim step, Dim n) {
        for (Dim i = 0; i < n; ++i) {
          const auto k = static_cast<std::size_t>(at + i * step);
          const double value = x.data<double>()[row + i];
          if (first)
            sum[k] += value;
          else
            squares[k] += (value - sum[k] / count) * (value - sum[k] / count);
        }
      });
    }
  }
  for (Dim i = 0; i < size; ++i) {
    own_weights()[0]->value.data<float>()[i] = static_cast<float>(sum[static_cast<std::size_t>(i)] / count);
    own_weights()[1]->value.data<float>()[i] =
        static_cast<float>(squares[static_cast<std::size_t>(i)] / count);
  }
  own_weights()[0]->touch();
  own_weights()[1]->touch();
}

}  // namespace rhyton
