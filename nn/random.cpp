#include "nn/random.hpp"

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "nn/raise.hpp"
#include "nn/rng.hpp"

namespace rhyton::random {

namespace {

Rng generator(const Seed& seed) { return seed ? Rng(*seed) : next_global_rng(); }

Tensor real(const char* function, const Shape& shape, DType dtype) {
  if (!is_floating(dtype))
    raise<ValueError>("random.{}: dtype must be float32 or float64. Received: {}.", function,
                      to_string(dtype));
  return Tensor::uninitialized(shape, dtype);
}

}  // namespace

Tensor normal(const Shape& shape, double mean, double stddev, DType dtype, Seed seed) {
  Tensor out = real("normal", shape, dtype);
  generator(seed).fill_normal(out.view(), mean, stddev);
  return out;
}

Tensor truncated_normal(const Shape& shape, double mean, double stddev, DType dtype, Seed seed) {
  Tensor out = real("truncated_normal", shape, dtype);
  generator(seed).fill_truncated_normal(out.view(), mean, stddev);
  return out;
}

Tensor uniform(const Shape& shape, double minval, double maxval, DType dtype, Seed seed) {
  Tensor out = real("uniform", shape, dtype);
  generator(seed).fill_uniform(out.view(), minval, maxval);
  return out;
}

Tensor randint(const Shape& shape, std::int64_t minval, std::int64_t maxval, DType dtype, Seed seed) {
  if (minval >= maxval)
    raise<ValueError>("random.randint: minval must be below maxval. Received: minval={}, maxval={}.", minval,
                      maxval);
  Tensor out(shape, DType::int64);
  Rng rng = generator(seed);
  const auto span = static_cast<std::uint64_t>(maxval) - static_cast<std::uint64_t>(minval);
  for (std::int64_t *v = out.data<std::int64_t>(), *end = v + out.size(); v != end; ++v)
    *v = static_cast<std::int64_t>(static_cast<std::uint64_t>(minval) + rng.below(span));
  return dtype == DType::int64 ? out : out.cast(dtype);
}

Tensor shuffle(const Tensor& x, int axis, Seed seed) {
  const int a = normalize_axis(axis, x.rank(), "random.shuffle: axis");
  const Dim count = x.shape()[a], outer = x.shape().product(0, a);
  std::vector<Dim> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Dim{0});
  Rng rng = generator(seed);
  for (Dim i = count - 1; i > 0; --i)
    std::swap(order[static_cast<std::size_t>(i)],
              order[static_cast<std::size_t>(rng.below(static_cast<std::uint64_t>(i) + 1))]);
  Tensor out(x.shape(), x.dtype());
  const Shape inner = x.shape().from(a + 1);
  const auto offset = [&](Dim o, Dim i) {
    return static_cast<std::size_t>((o * count + i) * inner.size()) * size_of(x.dtype());
  };
  const char* from = static_cast<const char*>(x.raw());
  char* to = static_cast<char*>(out.raw());
  for (Dim o = 0; o < outer; ++o)
    for (Dim i = 0; i < count; ++i)
      copy(ConstView(from + offset(o, order[static_cast<std::size_t>(i)]), inner, x.dtype()),
           View(to + offset(o, i), inner, x.dtype()));
  return out;
}

}  // namespace rhyton::random
