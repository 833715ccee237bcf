#include "nn/kernels/dense.hpp"

#include <string>

#include "tests/kernels/support.hpp"

using namespace rhyton;

namespace {

/// op(a) op(b) by its definition.
std::vector<double> product(const std::vector<double>& a, bool transpose_a, const std::vector<double>& b,
                            bool transpose_b, Dim m, Dim n, Dim k) {
  std::vector<double> c(static_cast<std::size_t>(m * n));
  for (Dim i = 0; i < m; ++i)
    for (Dim j = 0; j < n; ++j) {
      double total = 0.0;
      for (Dim l = 0; l < k; ++l)
        total += a[static_cast<std::size_t>(transpose_a ? l * m + i : i * k + l)] *
                 b[static_cast<std::size_t>(transpose_b ? j * k + l : l * n + j)];
      c[static_cast<std::size_t>(i * n + j)] = total;
    }
  return c;
}

void check_engine(DenseDesc d) {
  CAPTURE(d.rows);
  CAPTURE(d.inputs);
  CAPTURE(d.units);
  CAPTURE(activation_name(d.activation.kind));
  const DType dtype = d.options.dtype;
  const auto kernel = make_dense(d);
  CAPTURE(kernel->implementation());
  const Tensor x = random_tensor({d.rows, d.inputs}, dtype, 1),
               w = random_tensor({d.inputs, d.units}, dtype, 2);
  const Tensor b = random_tensor({d.units}, dtype, 3), dz = random_tensor({d.rows, d.units}, dtype, 4);
  Tensor y = Tensor::full({d.rows, d.units}, std::nan(""), dtype);
  kernel->forward(x, w, d.bias ? b.view() : ConstView(), y.view());
  std::vector<double> z = product(as_double(x), false, as_double(w), false, d.rows, d.units, d.inputs);
  if (d.bias)
    for (std::size_t i = 0; i < z.size(); ++i) z[i] += as_double(b)[i % static_cast<std::size_t>(d.units)];
  Tensor exact({d.rows, d.units}, z);
  activation_forward(d.activation, exact, exact.view());
  check_close(y, as_double(exact), static_cast<double>(d.inputs));

  Tensor dx = Tensor::full(x.shape(), std::nan(""), dtype), dw = Tensor::full(w.shape(), std::nan(""), dtype);
  Tensor db = Tensor::full(b.shape(), std::nan(""), dtype);
  kernel->backward(x, w, dz, dx.view(), {dw.view()}, {db.view()});
  const auto exact_dw = product(as_double(x), true, as_double(dz), false, d.inputs, d.units, d.rows);
  check_close(dx, product(as_double(dz), false, as_double(w), true, d.rows, d.inputs, d.units),
              static_cast<double>(d.units));
  check_close(dw, exact_dw, static_cast<double>(d.rows));
  std::vector<double> exact_db(static_cast<std::size_t>(d.units));
  for (Dim i = 0; i < dz.size(); ++i)
    exact_db[static_cast<std::size_t>(i % d.units)] += as_double(dz)[static_cast<std::size_t>(i)];
  check_close(db, exact_db, static_cast<double>(d.rows));

  kernel->backward(x, w, dz, {}, {dw.view(), true}, {db.view(), true});
  std::vector<double> twice = exact_dw;
  for (double& v : twice) v *= 2;
  check_close(dw, twice, static_cast<double>(d.rows));
  for (double& v : exact_db) v *= 2;
  check_close(db, exact_db, static_cast<double>(d.rows));
}

void check_dense(DenseDesc d) {
  for (const Engine engine : {Engine::automatic, Engine::eigen, Engine::onednn})
    for (const bool training : {false, true}) {
      d.options.engine = engine;
      d.options.training = training;
      check_engine(d);
    }
}

}  // namespace

TEST_CASE("dense in both precisions, with and without bias and activation") {
  for (const DType dtype : {DType::float32, DType::float64})
    for (const auto& [rows, inputs, units] : {std::array<Dim, 3>{1, 1, 1},
                                              {1, 7, 5},
                                              {3, 16, 16},
                                              {32, 20, 10},
                                              {1, 129, 257},
                                              {65, 130, 67},
                                              {101, 24, 112},
                                              {9, 33, 528}}) {
      DenseDesc d{.rows = rows, .inputs = inputs, .units = units, .options = {.dtype = dtype}};
      check_dense(d);
      d.bias = false;
      check_dense(d);
      for (const char* name : {"relu", "sigmoid", "gelu", "softmax"}) {
        d.activation = *activation_by_name(name);
        check_dense(d);
        d.bias = true;
        check_dense(d);
      }
    }
}

TEST_CASE("dense with several threads") {
  set_threads(3);
  check_dense({.rows = 300, .inputs = 130, .units = 67});
  check_dense({.rows = 2, .inputs = 400, .units = 1300});
  check_dense({.rows = 20, .inputs = 900, .units = 300, .activation = *activation_by_name("relu")});
  check_dense({.rows = 250, .inputs = 9, .units = 80, .activation = *activation_by_name("silu")});
  set_threads(1);
}

TEST_CASE("gemm with transposition, leading dimensions, alpha and beta") {
  for (const DType dtype : {DType::float32, DType::float64})
    for (const auto& [m, n, k] : {std::array<Dim, 3>{4, 5, 6}, {1, 33, 40}, {40, 1, 33}, {70, 50, 90}})
      for (const bool ta : {false, true})
        for (const bool tb : {false, true})
          for (const double beta : {0.0, 1.0, 0.5}) {
            const Dim lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 2, ldc = n + 5;
            const Tensor a = random_tensor({ta ? k : m, lda}, dtype, 1),
                         b = random_tensor({tb ? n : k, ldb}, dtype, 2);
            const Tensor before = random_tensor({m, ldc}, dtype, 3);
            Tensor c = before;
            gemm(dtype, ta, tb, m, n, k, 1.5, a.raw(), lda, b.raw(), ldb, beta, c.raw(), ldc);
            std::vector<double> expected = as_double(before), left = as_double(a), right = as_double(b);
            for (Dim i = 0; i < m; ++i)
              for (Dim j = 0; j < n; ++j) {
                double total = 0.0;
                for (Dim l = 0; l < k; ++l)
                  total += left[static_cast<std::size_t>(ta ? l * lda + i : i * lda + l)] *
                           right[static_cast<std::size_t>(tb ? j * ldb + l : l * ldb + j)];
                double& e = expected[static_cast<std::size_t>(i * ldc + j)];
                e = 1.5 * total + beta * e;
              }
            check_close(c, expected, static_cast<double>(k));
          }
}

TEST_CASE("dense on a training batch by many weights") {
  const KernelOptions options{.training = true};
  for (const int threads : {1, 2}) {
    set_threads(threads);
    for (const auto& [rows, inputs, units] : {std::array<Dim, 3>{16, 64, 512},
                                              {31, 77, 1024},
                                              {64, 70, 512},
                                              {17, 1500, 1405},
                                              {40, 1201, 1777}}) {
      DenseDesc d{.rows = rows, .inputs = inputs, .units = units, .options = options};
      CHECK(std::string(make_dense(d)->implementation()) == "vector:thin");
      check_engine(d);
      d.bias = false;
      d.activation = *activation_by_name("relu");
      check_engine(d);
    }
  }
  set_threads(1);
}

namespace {

/// Keeps what it is given and spoils the weights that belong to it, as an optimizer changes them.
struct SpoilingSink final : GradientSink {
  SpoilingSink(Tensor& weights, Tensor& gradient) : w(weights.data<float>()), g(gradient.data<float>()) {}
  void take(Dim begin, Dim n, const float* gradient) override {
    for (Dim i = 0; i < n; ++i) {
      g[begin + i] += gradient[i];
      w[begin + i] = std::nanf("");
    }
  }
  float *w, *g;
};

}  // namespace

TEST_CASE("a sink takes every element of the gradient once, and dx is from the weights before") {
  for (const int threads : {1, 3}) {
    set_threads(threads);
    for (const auto& [rows, inputs, units] :
         {std::array<Dim, 3>{16, 64, 512}, {33, 77, 1024}, {20, 1500, 1405}, {20, 900, 300}}) {
      const auto kernel =
          make_dense({.rows = rows, .inputs = inputs, .units = units, .options = {.training = true}});
      REQUIRE(kernel->streams());
      const Tensor x = random_tensor({rows, inputs}), dz = random_tensor({rows, units}, DType::float32, 2);
      Tensor w = random_tensor({inputs, units}, DType::float32, 3);
      Tensor dx(x.shape()), dw(w.shape()), db({units});
      kernel->backward(x, w, dz, dx.view(), {dw.view()}, {db.view()});
      Tensor again(x.shape()), taken(w.shape());
      SpoilingSink sink(w, taken);
      kernel->backward(x, w, dz, again.view(), {dw.view(), false, &sink}, {db.view()});
      CHECK(again.values<float>() == dx.values<float>());
      CHECK(taken.values<float>() == dw.values<float>());
    }
  }
  set_threads(1);
}
