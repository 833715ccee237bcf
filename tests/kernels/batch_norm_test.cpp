#include "nn/kernels/batch_norm_relu.hpp"
#include "tests/kernels/support.hpp"

using namespace rhyton;

namespace {

struct Moments {
  std::vector<double> mean, variance;
};

struct Oracle {
  BatchNormDesc d;
  Shape shape{d.outer, d.channels, d.inner};

  std::size_t channel(std::size_t i) const {
    return i / static_cast<std::size_t>(d.inner) % static_cast<std::size_t>(d.channels);
  }
  Moments moments(const std::vector<double>& x) const {
    Moments m{std::vector<double>(static_cast<std::size_t>(d.channels)), {}};
    m.variance = m.mean;
    const double n = static_cast<double>(d.outer * d.inner);
    for (std::size_t i = 0; i < x.size(); ++i) m.mean[channel(i)] += x[i] / n;
    for (std::size_t i = 0; i < x.size(); ++i)
      m.variance[channel(i)] += std::pow(x[i] - m.mean[channel(i)], 2) / n;
    return m;
  }
  std::vector<double> normalize(const std::vector<double>& x, const Moments& m,
                                const std::vector<double>& gamma, const std::vector<double>& beta) const {
    std::vector<double> y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t c = channel(i);
      y[i] = gamma[c] * (x[i] - m.mean[c]) / std::sqrt(m.variance[c] + d.epsilon) + beta[c];
    }
    return y;
  }
};

void check_batch_norm(const BatchNormDesc& d, bool affine) {
  const Oracle oracle{d};
  const DType dtype = d.options.dtype;
  CAPTURE(to_string(oracle.shape));
  CAPTURE(affine);
  const double n = static_cast<double>(d.outer * d.inner);
  Tensor x = random_tensor(oracle.shape, dtype, 1, 0.5, 2.5);
  const Tensor dz = random_tensor(oracle.shape, dtype, 2), ones = Tensor::full({d.channels}, 1.0, dtype);
  const Tensor gamma = affine ? random_tensor({d.channels}, dtype, 3, 0.5, 1.5) : ones;
  const Tensor beta = affine ? random_tensor({d.channels}, dtype, 4) : Tensor({d.channels}, dtype);
  const ConstView g = affine ? gamma.view() : ConstView(), b = affine ? beta.view() : ConstView();
  const auto kernel = make_batch_norm(d);
  Tensor y = Tensor::full(oracle.shape, std::nan(""), dtype), mean({d.channels}, dtype),
         variance({d.channels}, dtype);
  kernel->forward_training(x, g, b, mean.view(), variance.view(), y.view());
  const auto xs = as_double(x), gs = as_double(gamma), bs = as_double(beta), dzs = as_double(dz);
  const Moments moments = oracle.moments(xs);
  check_close(mean, moments.mean);
  check_close(variance, moments.variance);
  Tensor exact(oracle.shape, oracle.normalize(xs, moments, gs, bs));
  activation_forward(d.activation, exact, exact.view());
  check_close(y, as_double(exact), 10.0);
  fill(y.view(), std::nan(""));
  kernel->forward_inference(x, g, b, mean, variance, y.view());
  check_close(y, as_double(exact), 10.0);

  for (const bool frozen : {false, true}) {
    Tensor dx = Tensor::full(oracle.shape, std::nan(""), dtype), dgamma({d.channels}, dtype),
           dbeta({d.channels}, dtype);
    kernel->backward(x, g, mean, variance, dz, frozen, dx.view(), {dgamma.view()}, {dbeta.view(), true});
    // Gradients of sum(normalize(x) dz) by central differences in double precision.
    const auto objective = [&](const std::vector<double>& values, const std::vector<double>& scale) {
      const auto z = oracle.normalize(values, frozen ? moments : oracle.moments(values), scale, bs);
      double total = 0.0;
      for (std::size_t i = 0; i < z.size(); ++i) total += z[i] * dzs[i];
      return total;
    };
    const double step = 1e-5;
    const auto differences = [&](std::vector<double> at, auto&& f) {
      std::vector<double> out;
      for (double& v : at) {
        const double kept = v;
        v = kept + step;
        const double above = f(at);
        v = kept - step;
        out.push_back((above - f(at)) / (2 * step));
        v = kept;
      }
      return out;
    };
    const bool wide = dtype == DType::float64;
    const double rtol = wide ? 1e-6 : 1e-5, atol = (wide ? 1e-7 : 1e-6) * std::max(1.0, std::sqrt(n) / 4);
    CHECK(deviation(dx, differences(xs, [&](const auto& v) { return objective(v, gs); }), rtol, atol) <= 1.0);
    CHECK(deviation(dgamma, differences(gs, [&](const auto& v) { return objective(xs, v); }), rtol,
                    4 * atol) <= 1.0);
    std::vector<double> exact_dbeta(bs.size());
    for (std::size_t i = 0; i < dzs.size(); ++i) exact_dbeta[oracle.channel(i)] += dzs[i];
    check_close(dbeta, exact_dbeta, n);
  }
}

}  // namespace

TEST_CASE("batch normalization, training, inference and gradients") {
  for (const DType dtype : {DType::float32, DType::float64})
    for (const bool affine : {false, true})
      for (const auto& [outer, channels, inner] :
           {std::array<Dim, 3>{6, 3, 1}, {12, 20, 1}, {5, 70, 1}, {3, 4, 10}, {2, 3, 37}}) {
        BatchNormDesc d{.outer = outer, .channels = channels, .inner = inner, .options = {.dtype = dtype}};
        check_batch_norm(d, affine);
        d.activation = *activation_by_name("relu");
        d.epsilon = 1e-2;
        check_batch_norm(d, affine);
      }
}

TEST_CASE("the moments of many large values keep their digits") {
  const Dim rows = 20000;
  Tensor x({rows, 1, 1}), y({rows, 1, 1}), mean({1}), variance({1});
  for (Dim i = 0; i < rows; ++i) x.data()[i] = 1000.0f + (i % 2 == 0 ? 1.0f : -1.0f);
  make_batch_norm({.outer = rows, .channels = 1})
      ->forward_training(x, {}, {}, mean.view(), variance.view(), y.view());
  check_close(mean, {1000.0});
  check_close(variance, {1.0});
}

TEST_CASE("the gradient through relu and normalization is theirs one after the other") {
  for (const int threads : {1, 2})
    for (const DType dtype : {DType::float32, DType::float64})
      for (const auto& [outer, channels, inner] : {std::array<Dim, 3>{900, 20, 1}, {5, 70, 1}, {3, 4, 10}}) {
        set_threads(threads);
        const BatchNormDesc d{
            .outer = outer, .channels = channels, .inner = inner, .options = {.dtype = dtype}};
        const Shape shape{outer, channels, inner};
        const Tensor x = random_tensor(shape, dtype, 1), dy = random_tensor(shape, dtype, 2);
        const Tensor gamma = random_tensor({channels}, dtype, 3), beta = random_tensor({channels}, dtype, 4);
        const auto plain = make_batch_norm(d);
        const auto fused = make_batch_norm_relu(d);
        Tensor z(shape, dtype), y(shape, dtype), mean({channels}, dtype), variance({channels}, dtype);
        plain->forward_training(x, gamma, beta, mean.view(), variance.view(), z.view());
        fused->forward_training(x, gamma, beta, mean.view(), variance.view(), y.view());
        Tensor expected = z, dz = dy;
        const ActivationSpec relu{ActivationKind::relu};
        activation_forward(relu, z, expected.view());
        check_close(y, as_double(expected));
        activation_backward(relu, z, expected, dy, dz.view());
        for (const bool frozen : {false, true}) {
          Tensor dx(shape, dtype), dgamma({channels}, dtype), dbeta({channels}, dtype);
          Tensor expected_dx = dx, expected_dgamma = dgamma, expected_dbeta = dbeta;
          plain->backward(x, gamma, mean, variance, dz, frozen, expected_dx.view(), {expected_dgamma.view()},
                          {expected_dbeta.view()});
          fused->backward_relu(x, gamma, mean, variance, y, dy, frozen, dx.view(), {dgamma.view()},
                               {dbeta.view()});
          check_close(dx, as_double(expected_dx));
          check_close(dgamma, as_double(expected_dgamma), static_cast<double>(outer));
          check_close(dbeta, as_double(expected_dbeta), static_cast<double>(outer));
        }
      }
  set_threads(1);
}
