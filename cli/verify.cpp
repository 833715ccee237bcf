// rhyton verify MODEL --input X.npy --expected Y.npy
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>

#include "cli/arrays.hpp"
#include "cli/command.hpp"
#include "nn/raise.hpp"

namespace rhyton::cli {

namespace {

struct VerifyOptions {
  ModelOptions model;
  std::vector<std::string> inputs, expected;
  double rtol = 1e-5, atol = 1e-6;
  std::int64_t batch_size = 32;
};

struct Difference {
  double absolute = 0.0, relative = 0.0;
  Dim worst = -1;       ///< element with the largest error in units of the tolerance
  Dim outside = 0;      ///< elements beyond the tolerance
  double beyond = 0.0;  ///< their largest error in units of the tolerance
};

/// As numpy.testing.assert_allclose: |got - want| <= atol + rtol |want|, equal infinities and NaN in both
/// agree.
Difference compare(const Tensor& got, const Tensor& want, const VerifyOptions& o) {
  Difference out;
  if (got.dtype() == DType::string || want.dtype() == DType::string) {
    for (Dim i = 0; i < want.size(); ++i) {
      if (got.data<std::string>()[i] == want.data<std::string>()[i]) continue;
      out.absolute = out.relative = std::numeric_limits<double>::infinity();
      if (out.outside++ == 0) out.worst = i;
    }
    return out;
  }
  const Tensor a = got.cast(DType::float64), b = want.cast(DType::float64);
  for (Dim i = 0; i < b.size(); ++i) {
    const double x = a.data<double>()[i], y = b.data<double>()[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    double error = std::abs(x - y);
    if (std::isnan(error)) error = std::numeric_limits<double>::infinity();
    out.absolute = std::max(out.absolute, error);
    out.relative = std::max(out.relative, error / std::abs(y));
    const double units = error / (o.atol + o.rtol * std::abs(y));
    if (!(units <= 1.0)) ++out.outside;
    if (out.worst < 0 || units > out.beyond) {
      out.beyond = units;
      out.worst = i;
    }
  }
  return out;
}

std::string position(Dim element, const Shape& shape) {
  Shape index = shape;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[axis] = element % shape[axis];
    element /= shape[axis];
  }
  return to_string(index);
}

std::vector<Tensor> read_expected(const std::vector<std::string>& arguments, const Model& model) {
  if (arguments.size() != 1 || !arguments[0].ends_with(".npz"))
    return read_each(arguments, "output", output_names(model), "--expected");
  NamedTensors arrays = read_npz(arguments[0]);
  return take_required(arrays, "output", output_names(model), arguments[0]);
}

void verify(const VerifyOptions& o) {
  const Model model = open_model(o.model, Training::ignored);
  const auto inputs = read_inputs(o.inputs, model);
  const auto expected = read_expected(o.expected, model);
  const auto outputs = model.predict_all(inputs, {.batch_size = o.batch_size});
  std::string failure;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string name = "output_" + std::to_string(i);
    const Tensor &got = outputs[i], &want = expected[i];
    if (got.shape() != want.shape() || (got.dtype() == DType::string) != (want.dtype() == DType::string))
      raise<Error>("{} is {} {}, expected is {} {}", name, to_string(got.dtype()), to_string(got.shape()),
                   to_string(want.dtype()), to_string(want.shape()));
    const Difference d = compare(got, want, o);
    std::printf("%s: largest absolute error %.3g, largest relative error %.3g%s%s, %s\n", name.c_str(),
                d.absolute, d.relative, d.worst < 0 ? "" : ", worst at ",
                d.worst < 0 ? "" : position(d.worst, want.shape()).c_str(),
                d.outside == 0 ? "ok" : "DIFFERENT");
    if (d.outside > 0 && failure.empty())
      failure = fmt::format("{} differs from what is expected: {} of {} values are beyond the tolerance",
                            name, d.outside, want.size());
  }
  if (!failure.empty()) throw Error(failure);
}

}  // namespace

void add_verify(CLI::App& app) {
  auto options = std::make_shared<VerifyOptions>();
  Command command(app, "verify", "Compare a model's outputs with expected ones");
  add_model_options(command, options->model);
  command.required("--input", options->inputs,
                   "X.npy, once for each input in the model's order, or NAME=X.npy");
  command.required("--expected", options->expected,
                   "Y.npy, once for each output in the model's order, or NAME=Y.npy; or Y.npz with output_0, "
                   "output_1, ...");
  command.option("--rtol", options->rtol, "relative tolerance");
  command.option("--atol", options->atol, "absolute tolerance");
  command.option("--batch-size", options->batch_size, "samples at a time");
  command.run([options] { verify(*options); });
}

}  // namespace rhyton::cli
