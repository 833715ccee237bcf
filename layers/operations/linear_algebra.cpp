// Determinants, inverses, factors and solutions of small square matrices in the last two axes. Not Eigen's:
// its factorizations bring blocked products in double precision, 0.1 MB that GCC 12 cannot compile without
// warnings where there is AVX-512.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "layers/operations/operation_layer.hpp"

namespace rhyton {

namespace {

/// A matrix in double precision, row by row.
struct Matrix {
  Matrix(Dim rows, Dim columns)
      : rows(rows), columns(columns), values(static_cast<std::size_t>(rows * columns)) {}
  double& operator()(Dim i, Dim j) { return values[static_cast<std::size_t>(i * columns + j)]; }
  double operator()(Dim i, Dim j) const { return values[static_cast<std::size_t>(i * columns + j)]; }
  Dim rows, columns;
  std::vector<double> values;
};

template <class T>
Matrix read(const T* x, Dim rows, Dim columns) {
  Matrix out(rows, columns);
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = static_cast<double>(x[i]);
  return out;
}
template <class T>
void write(const Matrix& m, T* y) {
  for (std::size_t i = 0; i < m.values.size(); ++i) y[i] = static_cast<T>(m.values[i]);
}

Matrix transposed(const Matrix& a) {
  Matrix out(a.columns, a.rows);
  for (Dim i = 0; i < a.rows; ++i)
    for (Dim j = 0; j < a.columns; ++j) out(j, i) = a(i, j);
  return out;
}
Matrix product(const Matrix& a, const Matrix& b) {
  Matrix out(a.rows, b.columns);
  for (Dim i = 0; i < a.rows; ++i)
    for (Dim k = 0; k < a.columns; ++k)
      for (Dim j = 0; j < b.columns; ++j) out(i, j) += a(i, k) * b(k, j);
  return out;
}
Matrix identity(Dim n) {
  Matrix out(n, n);
  for (Dim i = 0; i < n; ++i) out(i, i) = 1.0;
  return out;
}
/// The triangle alone, the other half zero.
Matrix triangle(Matrix a, bool lower) {
  for (Dim i = 0; i < a.rows; ++i)
    for (Dim j = 0; j < a.columns; ++j)
      if (lower ? j > i : j < i) a(i, j) = 0.0;
  return a;
}

/// Solves a x = b by elimination with the largest pivots, in place of b; returns the sign of the determinant
/// and the logarithm of its size.
std::pair<double, double> eliminate(Matrix a, Matrix& b) {
  double sign = 1.0, logarithm = 0.0;
  const Dim n = a.rows;
  for (Dim k = 0; k < n; ++k) {
    Dim pivot = k;
    for (Dim i = k + 1; i < n; ++i)
      if (std::abs(a(i, k)) > std::abs(a(pivot, k))) pivot = i;
    if (pivot != k) {
      sign = -sign;
      for (Dim j = 0; j < n; ++j) std::swap(a(k, j), a(pivot, j));
      for (Dim j = 0; j < b.columns; ++j) std::swap(b(k, j), b(pivot, j));
    }
    const double top = a(k, k);
    sign = top == 0.0 ? 0.0 : top < 0.0 ? -sign : sign;
    logarithm += std::log(std::abs(top));
    for (Dim i = 0; i < n; ++i) {
      if (i == k) continue;
      const double share = a(i, k) / top;
      for (Dim j = k; j < n; ++j) a(i, j) -= share * a(k, j);
      for (Dim j = 0; j < b.columns; ++j) b(i, j) -= share * b(k, j);
    }
  }
  for (Dim i = 0; i < n; ++i)
    for (Dim j = 0; j < b.columns; ++j) b(i, j) /= a(i, i);
  return {sign, logarithm};
}

Matrix solved(const Matrix& a, Matrix b) {
  eliminate(a, b);
  return b;
}
Matrix inverse(const Matrix& a) { return solved(a, identity(a.rows)); }

/// L with L L^T = a, of which the lower half is read.
Matrix cholesky(const Matrix& a) {
  Matrix l(a.rows, a.rows);
  for (Dim j = 0; j < a.rows; ++j)
    for (Dim i = j; i < a.rows; ++i) {
      double rest = a(i, j);
      for (Dim k = 0; k < j; ++k) rest -= l(i, k) * l(j, k);
      l(i, j) = i == j ? std::sqrt(rest) : rest / l(j, j);
    }
  return l;
}

/// What an operation makes of a batch of square matrices, one by one.
class MatrixOperation : public OperationLayer {
 public:
  using OperationLayer::OperationLayer;
  bool takes(DType dtype) const override { return is_floating(dtype); }

 protected:
  Shape expect_square(const CallSpec& spec) const {
    const Shape& x = spec.shape();
    if (x.rank() < 2 || (x[-1] >= 0 && x[-2] >= 0 && x[-1] != x[-2]))
      fail("expected square matrices. Received shape {}.", to_string(x));
    return x;
  }
  static Dim count(const Shape& x) { return x.product(0, x.rank() - 2); }
};

/// Det, Logdet, Slogdet. d log|det x| = x^-T, and the sign is constant.
class DeterminantOperation final : public MatrixOperation {
 public:
  explicit DeterminantOperation(OperationCall&& call)
      : MatrixOperation(std::move(call)),
        plain_(call_.class_name == "Det"),
        signs_(call_.class_name == "Slogdet") {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape x = expect_square(spec);
    const TensorSpec y{x.slice(0, x.rank() - 2), real_dtype(spec)};
    return std::vector<TensorSpec>(signs_ ? 2 : 1, y);
  }
  void call(Call& c) const override {
    dispatch_real(c.real(), [&]<class T>(T) {
      each(c, [&](Dim i, const Matrix& x) {
        Matrix none(x.rows, 0);
        const auto [sign, logarithm] = eliminate(x, none);
        if (signs_) c.output(0).data<T>()[i] = static_cast<T>(sign);
        c.output(signs_ ? 1 : 0).data<T>()[i] = static_cast<T>(plain_ ? sign * std::exp(logarithm)
                                                               : signs_ || sign > 0 ? logarithm
                                                                                    : std::nan(""));
      });
    });
  }
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    dispatch_real(b.real(), [&]<class T>(T) {
      each(b, [&](Dim i, const Matrix& x) {
        const int of = signs_ ? 1 : 0;
        const double scale = static_cast<double>(b.dy(of).data<T>()[i]) *
                             (plain_ ? static_cast<double>(b.output().data<T>()[i]) : 1.0);
        Matrix gradient = transposed(inverse(x));
        for (double& v : gradient.values) v *= scale;
        write(gradient, b.dx().data<T>() + i * x.rows * x.rows);
      });
    });
  }

 private:
  template <class F>
  static void each(const StepContext& c, F&& f) {
    const Shape& x = c.input().shape();
    dispatch_real(c.real(), [&]<class T>(T) {
      for (Dim i = 0; i < count(x); ++i) f(i, read(c.input().data<T>() + i * x[-1] * x[-1], x[-1], x[-1]));
    });
  }
  bool plain_, signs_;
};

/// Inv, Cholesky, CholeskyInverse: a matrix of one.
class FactorOperation final : public MatrixOperation {
 public:
  explicit FactorOperation(OperationCall&& call)
      : MatrixOperation(std::move(call)),
        upper_(OperationArguments(call_, "x, upper").boolean("upper", false)),
        inverts_(call_.class_name != "Cholesky"),
        factor_(call_.class_name == "CholeskyInverse") {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {{expect_square(spec), real_dtype(spec)}};
  }
  void call(Call& c) const override {
    each(c, [&]<class T>(T, Dim at, const Matrix& x) { write(value(x), c.output().data<T>() + at); });
  }
  void backward(Backward& b) const override {
    if (!b.dx()) return;
    each(b, [&]<class T>(T, Dim at, const Matrix& x) {
      const Matrix y = read(b.output().data<T>() + at, x.rows, x.rows),
                   dy = read(b.dy().data<T>() + at, x.rows, x.rows);
      write(gradient(x, y, dy), b.dx().data<T>() + at);
    });
  }

 private:
  Matrix value(const Matrix& x) const {
    if (factor_) {  // of L L^T, from L
      const Matrix l = upper_ ? transposed(triangle(x, false)) : triangle(x, true);
      return inverse(product(l, transposed(l)));
    }
    if (inverts_) return inverse(x);
    const Matrix l = cholesky(x);
    return upper_ ? transposed(l) : l;
  }
  Matrix gradient(const Matrix& x, const Matrix& y, const Matrix& dy) const {
    const auto negative = [](Matrix m) {
      for (double& v : m.values) v = -v;
      return m;
    };
    // y = x^-1: dx = -y^T dy y^T
    if (inverts_ && !factor_) return negative(product(product(transposed(y), dy), transposed(y)));
    if (factor_) {  // y = (L L^T)^-1: dL = -y (dy + dy^T) y L, in the triangle
      const Matrix l = upper_ ? transposed(triangle(x, false)) : triangle(x, true);
      Matrix both = dy;
      for (Dim i = 0; i < x.rows; ++i)
        for (Dim j = 0; j < x.rows; ++j) both(i, j) += dy(j, i);
      const Matrix dl = triangle(negative(product(product(product(y, both), y), l)), true);
      return upper_ ? transposed(dl) : dl;
    }
    // Phi takes the lower half with the diagonal halved: dx is the symmetric part of L^-T Phi(L^T dL) L^-1.
    const Matrix l = upper_ ? transposed(y) : y, lt = transposed(l);
    Matrix phi = triangle(product(lt, triangle(upper_ ? transposed(dy) : dy, true)), true);
    for (Dim i = 0; i < x.rows; ++i) phi(i, i) /= 2;
    const Matrix s = transposed(solved(lt, transposed(solved(lt, phi))));
    Matrix out(x.rows, x.rows);
    for (Dim i = 0; i < x.rows; ++i)
      for (Dim j = 0; j < x.rows; ++j) out(i, j) = (s(i, j) + s(j, i)) / 2;
    return out;
  }
  template <class F>
  static void each(const StepContext& c, F&& f) {
    const Shape& x = c.input().shape();
    const Dim n = x[-1];
    dispatch_real(c.real(), [&]<class T>(T zero) {
      for (Dim i = 0; i < count(x); ++i) f(zero, i * n * n, read(c.input().data<T>() + i * n * n, n, n));
    });
  }
  bool upper_, inverts_, factor_;
};

/// Solve and SolveTriangular: x with a x = b. db = a^-T dx, da = -db x^T.
class SolveOperation final : public MatrixOperation {
 public:
  explicit SolveOperation(OperationCall&& call)
      : MatrixOperation(std::move(call)), triangular_(call_.class_name == "SolveTriangular") {
    const OperationArguments arguments(call_, "a, b");
    lower_ = arguments.boolean("lower", false);
    if (arguments.tensor("a") < 0 || arguments.tensor("b") < 0)
      throw NotSupported(label() + ": systems of constants");
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape a = expect_square(spec);
    const Shape& b = spec.shape(1);
    const bool vectors = b.rank() == a.rank() - 1;
    const Shape batch = b.slice(0, std::max(b.rank() - (vectors ? 1 : 2), 0));
    const Dim rows = vectors ? b.back() : b.rank() == a.rank() ? b[-2] : Dim{0};
    if (!batch.compatible(a.slice(0, a.rank() - 2)) || (rows != a[-1] && rows >= 0 && a[-1] >= 0))
      fail("the right sides do not fit the matrices. Received shapes {}.", to_string(spec.shapes()));
    return {{b, real_dtype(spec)}};
  }
  void call(Call& c) const override {
    each(c, [&]<class T>(T, Dim, Dim at, const Matrix& a, Dim columns) {
      write(solved(a, read(c.input(1).data<T>() + at, a.rows, columns)), c.output().data<T>() + at);
    });
  }
  void backward(Backward& b) const override {
    each(b, [&]<class T>(T, Dim at_a, Dim at, const Matrix& a, Dim columns) {
      const Matrix x = read(b.output().data<T>() + at, a.rows, columns);
      const Matrix db = solved(transposed(a), read(b.dy().data<T>() + at, a.rows, columns));
      if (b.dx(1)) write(db, b.dx(1).data<T>() + at);
      if (!b.dx(0)) return;
      Matrix da = product(db, transposed(x));
      for (double& v : da.values) v = -v;
      write(triangular_ ? triangle(da, lower_) : da, b.dx(0).data<T>() + at_a);
    });
  }

 private:
  template <class F>
  void each(const StepContext& c, F&& f) const {
    const Shape &a = c.input(0).shape(), &b = c.input(1).shape();
    const Dim n = a[-1], columns = b.rank() == a.rank() ? b.back() : 1;
    dispatch_real(c.real(), [&]<class T>(T zero) {
      for (Dim i = 0; i < count(a); ++i) {
        const Matrix whole = read(c.input(0).data<T>() + i * n * n, n, n);
        f(zero, i * n * n, i * n * columns, triangular_ ? triangle(whole, lower_) : whole, columns);
      }
    });
  }
  bool triangular_, lower_ = false;
};

}  // namespace

void detail::add_linear_algebra(OperationTable& table) {
  for (const char* name : {"Det", "Logdet", "Slogdet"})
    table.emplace_back(name, &make_plain<DeterminantOperation>);
  for (const char* name : {"Inv", "Cholesky", "CholeskyInverse"})
    table.emplace_back(name, &make_plain<FactorOperation>);
  for (const char* name : {"Solve", "SolveTriangular"}) table.emplace_back(name, &make_plain<SolveOperation>);
}

}  // namespace rhyton
