#include "nn/kernels/box.hpp"

#include "tests/kernels/support.hpp"

using namespace rhyton;

namespace {

Shape position(Dim i, const Shape& shape) {
  Shape at = shape;
  for (int d = shape.rank() - 1; d >= 0; --d) at[d] = i % shape[d], i /= shape[d];
  return at;
}

Dim offset_in(const Shape& at, const Shape& shape) {
  Dim i = 0;
  for (int d = 0; d < shape.rank(); ++d) i = i * shape[d] + at[d];
  return i;
}

void check_box(const Shape& in, const Shape& offset, const Shape& out) {
  CAPTURE(to_string(in));
  CAPTURE(to_string(offset));
  CAPTURE(to_string(out));
  Tensor x(in), y = Tensor::full(out, std::nan(""));
  for (Dim i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i);
  box_copy(x, offset, 7.5, y.view());
  for (Dim i = 0; i < y.size(); ++i) {
    Shape at = position(i, out);
    bool inside = true;
    for (int d = 0; d < at.rank(); ++d) {
      at[d] += offset[d];
      inside = inside && at[d] >= 0 && at[d] < in[d];
    }
    REQUIRE(y.data()[i] == (inside ? x.data()[offset_in(at, in)] : 7.5f));
  }
}

}  // namespace

TEST_CASE("box_copy crops, pads and mixes both in any rank") {
  check_box({5}, {1}, {3});
  check_box({5}, {-2}, {9});
  check_box({4, 5}, {0, 2}, {4, 3});
  check_box({2, 6, 6, 3}, {0, 1, 2, 0}, {2, 4, 3, 3});
  check_box({2, 3, 6, 6}, {0, 0, -1, 2}, {2, 3, 9, 3});
  check_box({2, 4, 4, 4, 3}, {0, 1, -1, 0, 0}, {2, 3, 6, 4, 3});
  check_box({2, 3, 4}, {0, 0, 0}, {2, 3, 4});
  check_box({2, 3, 4}, {0, 5, 0}, {2, 2, 4});
  check_box({2, 3, 4}, {0, 0, -6}, {2, 3, 5});
}

TEST_CASE("box_copy of other dtypes") {
  const Tensor numbers({3}, {1, 2, 3});
  Tensor padded({5}, DType::int32);
  box_copy(numbers, {-1}, 9.0, padded.view());
  CHECK(padded.values<std::int32_t>() == std::vector<std::int32_t>{9, 1, 2, 3, 9});
  const Tensor flags = Tensor({2}, {1, 0}).cast(DType::boolean);
  Tensor more({3}, DType::boolean);
  box_copy(flags, {0}, 1.0, more.view());
  CHECK(more.cast(DType::int32).values<std::int32_t>() == std::vector<std::int32_t>{1, 0, 1});
  const Tensor text({2}, std::vector<std::string>{"a", "b"});
  Tensor last({1}, DType::string);
  box_copy(text, {1}, 0.0, last.view());
  CHECK(last.at<std::string>({0}) == "b");
}

TEST_CASE("transpose agrees with its definition for every permutation of four axes") {
  const Shape in{2, 17, 1, 5};
  const Tensor x = random_tensor(in);
  std::vector<Dim> order{0, 1, 2, 3};
  do {
    const Shape permutation{std::span<const Dim>(order)};
    Shape out = in;
    for (int d = 0; d < 4; ++d) out[d] = in[static_cast<int>(order[static_cast<std::size_t>(d)])];
    Tensor y = Tensor::full(out, std::nan("")), wide(out, DType::float64);
    transpose(x, permutation, y.view());
    transpose(x.cast(DType::float64), permutation, wide.view());
    for (Dim i = 0; i < y.size(); ++i) {
      const Shape at = position(i, out);
      Shape from = at;
      for (int d = 0; d < 4; ++d) from[static_cast<int>(permutation[d])] = at[d];
      REQUIRE(y.data()[i] == x.data()[offset_in(from, in)]);
      REQUIRE(wide.data<double>()[i] == double{y.data()[i]});
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("transpose of text") {
  const Tensor x({2, 2}, std::vector<std::string>{"a", "b", "c", "d"});
  Tensor y({2, 2}, DType::string);
  transpose(x, {1, 0}, y.view());
  CHECK(y.values<std::string>() == std::vector<std::string>{"a", "c", "b", "d"});
}
