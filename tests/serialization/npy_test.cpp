#include "serialization/npy.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "nn/error.hpp"
#include "serialization/zip_archive.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::TemporaryFolder;

namespace {

Tensor parse(const std::string& bytes) { return read_npy(*memory_source(bytes, "x.npy")); }

std::string with_header(const std::string& header, const std::string& data) {
  std::string bytes("\x93NUMPY\1\0", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + data;
}

template <class T>
void expect(const NamedTensors& arrays, const std::string& name, const Shape& shape, std::vector<T> values) {
  CAPTURE(name);
  const Tensor* tensor = find(arrays, name);
  REQUIRE(tensor != nullptr);
  REQUIRE(tensor->dtype() == dtype_of<T>);
  CHECK(tensor->shape() == shape);
  CHECK(tensor->values<T>() == values);
}

}  // namespace

TEST_CASE("npz: every kind of array that NumPy writes") {
  const auto a = read_npz(test::data_file("serialization/arrays.npz"));
  CHECK(a.size() == 18);
  CHECK(a.front().first == "f2");
  const float inf = std::numeric_limits<float>::infinity();
  expect<float>(a, "f2", {2, 3}, {1.5f, -0.0f, 65504, std::ldexp(1.0f, -24), inf, -2});
  CHECK(std::signbit(find(a, "f2")->data()[1]));
  expect<float>(a, "f4", {2, 3}, {0, .25f, .5f, .75f, 1, 1.25f});
  expect<double>(a, "f8_big", {2, 3}, {0, .125, .25, .375, .5, .625});
  std::vector<float> row_major(24);
  for (std::size_t i = 0; i < 24; ++i) row_major[i] = static_cast<float>(i);
  expect<float>(a, "f4_fortran", {2, 3, 4}, row_major);
  expect<std::int32_t>(a, "i1", {2}, {-128, 127});
  expect<std::int32_t>(a, "i2_big", {2}, {-2, 300});
  expect<std::int32_t>(a, "i4", {2}, {-2, 70000});
  expect<std::int64_t>(a, "i8", {2, 1}, {-2, std::int64_t{1} << 40});
  expect<std::uint8_t>(a, "u1", {2}, {0, 255});
  expect<std::int32_t>(a, "u2", {2}, {0, 65535});
  expect<std::int64_t>(a, "u4", {2}, {0, 4294967295});
  expect<std::int64_t>(a, "u8", {2}, {0, std::numeric_limits<std::int64_t>::max()});
  expect<bool>(a, "bool", {2, 2}, {true, false, false, true});
  expect<std::string>(a, "text", {4}, {"a", "žluťoučký", "😀", ""});
  expect<std::string>(a, "text_big", {2}, {"ab", "c"});
  expect<std::string>(a, "bytes", {2}, {"ab", "cde"});
  expect<float>(a, "scalar", {}, {7.5f});
  CHECK(find(a, "empty")->shape() == Shape{0, 3});
}

TEST_CASE("npz: what is written is read back") {
  const TemporaryFolder folder;
  const NamedTensors out = {{"x", Tensor({2, 2}, {1.0f, 2.0f, 3.0f, 4.0f})},
                            {"d", Tensor({1}, {0.1})},
                            {"n", Tensor({3}, std::vector<std::int64_t>{1, -2, 3})},
                            {"b", Tensor({2}, std::vector<std::uint8_t>{1, 255})},
                            {"t", Tensor({2}, std::vector<std::string>{"čaj", ""})}};
  write_npz(folder / "a.npz", out);
  const auto in = read_npz(folder / "a.npz");
  REQUIRE(in.size() == out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    CHECK(in[i].first == out[i].first);
    CHECK(in[i].second.shape() == out[i].second.shape());
    CHECK(in[i].second.dtype() == out[i].second.dtype());
  }
  CHECK(find(in, "x")->values() == out[0].second.values());
  CHECK(find(in, "t")->values<std::string>() == out[4].second.values<std::string>());
  CHECK(find(in, "missing") == nullptr);

  write_npy(folder / "x.npy", out[0].second);
  CHECK(read_npy(folder / "x.npy").values() == out[0].second.values());
  CHECK(format_npy(out[0].second).size() == 128 + 16);
}

TEST_CASE("npy: refusals name the file and the reason") {
  const auto header = [](const std::string& descr, const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
  };
  CHECK_THROWS_WITH_AS(parse("hello world"), doctest::Contains("x.npy"), FormatError);
  CHECK_THROWS_WITH_AS(parse(with_header(header("|O", "(1,)"), "")), doctest::Contains("pickled"),
                       NotSupported);
  CHECK_THROWS_AS(parse(with_header(header("<c8", "(1,)"), "12345678")), NotSupported);
  CHECK_THROWS_AS(
      parse(with_header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "1234")),
      NotSupported);
  CHECK_THROWS_WITH_AS(parse(with_header(header("<f4", "(1000000000000,)"), "1234")),
                       doctest::Contains("only 4 bytes"), FormatError);
  CHECK_THROWS_AS(parse(with_header(header("<f4", "(4294967296, 4294967296, 4)"), "1234")), FormatError);
  CHECK_THROWS_AS(parse(with_header(header("<f4", "(-1,)"), "1234")), FormatError);
  CHECK_THROWS_AS(parse(with_header(header("<U0", "(100000000,)"), "")), FormatError);
  CHECK_THROWS_AS(parse(with_header(header("<f4", "(1,1,1,1,1,1,1,1,1)"), "1234")), NotSupported);
  CHECK_THROWS_AS(parse(with_header(header("<u8", "(1,)"), "\xff\xff\xff\xff\xff\xff\xff\xff")), FormatError);
  CHECK_THROWS_AS(parse(with_header(header("<U1", "(1,)"), "\xff\xff\xff\xff")), FormatError);
  CHECK_THROWS_AS(parse(with_header("{'descr': '<f4'}", "")), FormatError);
  CHECK_THROWS_AS(read_npy("/nonexistent/x.npy"), Error);
}

TEST_CASE("npz: damaged bytes never crash") {
  const std::string good = test::read_text(test::data_file("serialization/arrays.npz"));
  const TemporaryFolder folder;
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bad = good;
    for (int k = 0; k < 4; ++k) bad[random() % bad.size()] = static_cast<char>(random());
    if (round % 3 == 0) bad.resize(random() % bad.size());
    test::write_text(folder / "bad.npz", bad);
    try {
      read_npz(folder / "bad.npz");
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 0);
}
