#include "serialization/hdf5_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <thread>

#include "nn/error.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::data_file;
using test::TemporaryFolder;

namespace {

Tensor ramp() {
  Tensor t(Shape{60, 100});
  std::iota(t.data(), t.data() + t.size(), 0.0f);
  return t;
}

void read_everything(const Hdf5File& file, const std::string& group, int depth) {
  if (depth > 5) return;
  for (const auto& name : file.datasets(group)) {
    file.facts(group + "/" + name);
    file.read(group + "/" + name);
  }
  for (const auto& name : file.groups(group)) read_everything(file, group + "/" + name, depth + 1);
}

}  // namespace

TEST_CASE("hdf5: numbers of every kind and byte order") {
  const Hdf5File file(data_file("serialization/kinds.h5"));
  const std::vector<std::tuple<const char*, const char*, DType>> kinds = {
      {"f2", "float16", DType::float32}, {"f4", "float32", DType::float32}, {"f8", "float64", DType::float64},
      {"i1", "int8", DType::int32},      {"i2", "int16", DType::int32},     {"i4", "int32", DType::int32},
      {"i8", "int64", DType::int64},     {"u1", "uint8", DType::uint8},     {"u2", "uint16", DType::int32},
      {"u4", "uint32", DType::int64},    {"u8", "uint64", DType::int64}};
  for (const auto& [kind, name, dtype] : kinds)
    for (const std::string suffix : {"", "_big"}) {
      const std::string path = "values/" + (kind + suffix);
      CAPTURE(path);
      const auto facts = file.facts(path);
      CHECK(facts.dtype == name);
      CHECK(facts.tensor_dtype == dtype);
      CHECK(facts.shape == Shape{2, 3});
      CHECK(facts.bytes == 6 * static_cast<unsigned>(kind[1] - '0'));
      const Tensor own = file.read(path);
      CHECK(own.dtype() == dtype);
      CHECK(own.cast(DType::float32).values() == std::vector<float>{0, 1, 2, 3, 100, 5});
      Tensor into(Shape{2, 3});
      file.read(path, into.view());
      CHECK(into.values() == std::vector<float>{0, 1, 2, 3, 100, 5});
    }
  CHECK(file.read("values/f2_special").values() == std::vector<float>{std::ldexp(1.0f, -24), -65504,
                                                                      std::numeric_limits<float>::infinity(),
                                                                      1.0009765625f});
  CHECK(file.facts("values/bf16").dtype == "bfloat16");
  CHECK(file.read("values/bf16").values() == std::vector<float>{1.5f, -2, 3.140625f});
  Tensor wide(Shape{3}, DType::float64);
  file.read("values/bf16", wide.view());
  CHECK(wide.values<double>() == std::vector<double>{1.5, -2, 3.140625});
  CHECK(file.read("values/bool").values<bool>() == std::vector<bool>{true, false});
  CHECK(file.read("/values/scalar").shape() == Shape{});
  CHECK(file.read("values/scalar").values() == std::vector<float>{7.5f});
  CHECK(file.read("values/empty").shape() == Shape{0, 3});
  CHECK(file.read("values/gzip").values() == ramp().values());
  CHECK(file.read("values/chunked").values() == ramp().values());
}

TEST_CASE("hdf5: attributes in each of h5py's encodings") {
  const Hdf5File file(data_file("serialization/kinds.h5"));
  using Texts = std::vector<std::string>;
  CHECK(file.texts("attributes", "fixed") == Texts{"kernel:0", "bé"});
  CHECK(file.texts("attributes", "variable") == Texts{"kernel:0", "bé", ""});
  CHECK(file.texts("attributes", "none").empty());
  CHECK(file.texts("attributes", "names") == Texts{"a", "b", "c"});
  CHECK(file.text("attributes", "scalar") == "žluť");
  CHECK(file.text("attributes", "bytes") == "old");
  CHECK(file.text("", "model_config") == std::string(100000, 'x'));
  CHECK(file.text("values/bf16", "dtype") == "bfloat16");
  CHECK(file.has_attribute("attributes", "names"));
  CHECK_FALSE(file.has_attribute("attributes", "nothing"));
  CHECK_FALSE(file.has_attribute("nowhere", "nothing"));
  CHECK_THROWS_AS(file.texts("attributes", "number"), FormatError);
  CHECK_THROWS_AS(file.text("attributes", "variable"), FormatError);
  CHECK_THROWS_WITH_AS(file.texts("attributes", "nothing"), doctest::Contains("nothing"), FormatError);
}

TEST_CASE("hdf5: groups, from memory as from a file") {
  const Hdf5File file(memory_source(test::read_text(data_file("serialization/kinds.h5")), "kinds"));
  CHECK(file.groups("") == std::vector<std::string>{"attributes", "deep", "values"});
  CHECK(file.groups("deep/er") == std::vector<std::string>{"still"});
  CHECK(file.has_group("deep//er/./still"));
  CHECK_FALSE(file.has_group("deep/er/not"));
  CHECK_FALSE(file.has_group("values/f4"));
  CHECK_FALSE(file.has_group("values/f4/more"));
  CHECK(file.has_dataset("values/f4"));
  CHECK(file.datasets("values").size() == 29);
  CHECK(file.name() == "kinds");
}

TEST_CASE("hdf5: what is refused is named") {
  const Hdf5File file(data_file("serialization/hostile.h5"));
  using doctest::Contains;
  CHECK(file.read("real/kernel").size() == 3);
  CHECK_THROWS_WITH_AS(file.read("links/soft"), Contains("link"), FormatError);
  CHECK_THROWS_WITH_AS(file.read("links/external"), Contains("link"), FormatError);
  CHECK_THROWS_WITH_AS(file.groups("links"), Contains("link"), FormatError);
  CHECK_THROWS_WITH_AS(file.read("external"), Contains("another file"), FormatError);
  CHECK_THROWS_WITH_AS(file.read("virtual"), Contains("virtual"), FormatError);
  CHECK_THROWS_WITH_AS(file.read("unstored"), Contains("none"), FormatError);
  CHECK_THROWS_WITH_AS(file.read("bomb"), Contains("ratio"), FormatError);
  CHECK_THROWS_WITH_AS(file.read("filter"), Contains("filter"), FormatError);
  CHECK_THROWS_AS(file.read("text"), NotSupported);
  CHECK_THROWS_AS(file.read("complex"), NotSupported);
  CHECK_THROWS_WITH_AS(file.read("big_u8"), Contains("int64"), FormatError);
  CHECK_THROWS_WITH_AS(file.read("real/bias"), Contains("real/bias"), FormatError);
  CHECK_THROWS_AS(file.read("real"), FormatError);
  Tensor wrong(Shape{4});
  CHECK_THROWS_WITH_AS(file.read("real/kernel", wrong.view()), Contains("(3,)"), FormatError);
  std::string loop = "loop";
  for (int i = 0; i < 200; ++i) loop += "/again";
  CHECK_THROWS_WITH_AS(file.read(loop), Contains("leads back"), FormatError);
}

TEST_CASE("hdf5: compressed chunks are measured before libhdf5 unpacks them") {
  using doctest::Contains;
  const Hdf5File file(data_file("serialization/chunks.h5"));
  const std::vector<float> ones(32, 1.0f);
  CHECK(file.read("right").values() == ones);
  CHECK(file.read("plain").values() == ones);
  for (const char* name : {"short", "long", "damaged", "plain_short"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(file.read(name), Contains("64 bytes of the others"), FormatError);
  }
}

TEST_CASE("hdf5: values that claim to lie in the header, which has none") {
  std::string bytes = test::read_text(data_file("data/keras2/dense_trained.h5"));
  // The layout message of the kernel: version 3, contiguous, address, 120 bytes.
  std::size_t at = bytes.find(std::string("\x78\0\0\0\0\0\0\0", 8));
  while (at != std::string::npos && bytes.substr(at - 10, 2) != "\x03\x01")
    at = bytes.find(std::string("\x78\0\0\0\0\0\0\0", 8), at + 1);
  REQUIRE(at != std::string::npos);
  bytes.replace(at - 9, 9, std::string(9, '\0'));
  const Hdf5File file(memory_source(bytes, "compact"));
  CHECK_THROWS_AS(
      [&] {
        for (const char* path :
             {"model_weights/first/first/kernel:0", "optimizer_weights/Adam/m/first/kernel:0",
              "optimizer_weights/Adam/v/first/kernel:0"})
          file.read(path);
      }(),
      FormatError);
}

TEST_CASE("hdf5: text whose characters claim to be large") {
  std::string bytes = test::read_text(data_file("data/keras3/branches.weights.h5"));
  CHECK(Hdf5File(memory_source(bytes, "whole")).text("layers/dense/vars", "name") == "q");
  // The datatype message: of variable length, 16 bytes each, made of integers of one byte.
  const std::string type("\x19\x01\x01\0\x10\0\0\0\x10\0\0\0\x01\0\0", 15);
  int changed = 0;
  for (std::size_t at = bytes.find(type); at != std::string::npos; at = bytes.find(type, at + 1), ++changed)
    bytes[at + type.size()] = '\x25';
  REQUIRE(changed > 1);
  CHECK_THROWS_WITH_AS(Hdf5File(memory_source(bytes, "large")).text("layers/dense/vars", "name"),
                       doctest::Contains("larger than a byte"), FormatError);
}

TEST_CASE("hdf5: cut off and foreign files") {
  const std::string good = test::read_text(data_file("serialization/kinds.h5"));
  CHECK_THROWS_WITH_AS(Hdf5File(memory_source(good.substr(0, good.size() - 1), "cut")),
                       doctest::Contains("cut off"), FormatError);
  CHECK_THROWS_AS(Hdf5File(memory_source(good.substr(0, 20), "short")), FormatError);
  CHECK_THROWS_AS(Hdf5File(memory_source("", "empty")), FormatError);
  CHECK_THROWS_AS(Hdf5File(memory_source(std::string(5000, 'x'), "foreign")), FormatError);
  CHECK_THROWS_AS(Hdf5File("/nonexistent.h5"), Error);
  const TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "pipe.h5").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(Hdf5File(folder / "pipe.h5"), doctest::Contains("not a regular file"), Error);
  CHECK(is_hdf5(data_file("serialization/kinds.h5")));
  CHECK_FALSE(is_hdf5(data_file("serialization/arrays.npz")));
}

TEST_CASE("hdf5: what is written is read back") {
  const TemporaryFolder folder;
  std::vector<std::string> many;
  for (int i = 0; i < 9001; ++i) many.push_back("layer_" + std::to_string(i));
  {
    Hdf5Writer writer(folder / "w.h5");
    writer.group("/vars");
    writer.group("layers/dense/vars");
    writer.group("layers/dense/vars");
    writer.write("layers/dense/vars/0", ramp());
    writer.write("layers/dense/vars/1", Tensor({2}, {0.5, 0.25}));
    writer.write("layers/count", Tensor({}, std::vector<std::int64_t>{-5}));
    writer.write("new/flag", Tensor({2}, std::vector<std::uint8_t>{1, 0}).cast(DType::boolean));
    writer.write("none", Tensor(Shape{0, 2}));
    writer.write("žluť/kůň", Tensor(Shape{1}));
    writer.attribute("layers/dense/vars", "name", "dense_é");
    writer.attribute("", "model_config", std::string(200000, 'y'));
    writer.attribute("layers", "layer_names", many);
    writer.attribute("layers", "weight_names", std::vector<std::string>{});
    writer.close();
  }
  const Hdf5File file(folder / "w.h5");
  CHECK(file.read("layers/dense/vars/0").values() == ramp().values());
  CHECK(file.read("layers/dense/vars/1").values<double>() == std::vector<double>{0.5, 0.25});
  CHECK(file.read("layers/count").values<std::int64_t>() == std::vector<std::int64_t>{-5});
  CHECK(file.read("new/flag").values<bool>() == std::vector<bool>{true, false});
  CHECK(file.read("none").shape() == Shape{0, 2});
  CHECK(file.read("žluť/kůň").shape() == Shape{1});
  CHECK(file.text("layers/dense/vars", "name") == "dense_é");
  CHECK(file.text("", "model_config").size() == 200000);
  CHECK(file.texts("layers", "layer_names") == many);
  CHECK(file.texts("layers", "weight_names").empty());
  CHECK_THROWS_AS(Hdf5Writer(folder / "no/such/folder.h5"), Error);
  // Superblock version 0 and groups of the old form, as Keras writes them.
  const std::string bytes = test::read_text(folder / "w.h5");
  CHECK(bytes[8] == 0);
  CHECK(bytes.find("SNOD") != std::string::npos);
  CHECK(bytes.find("OHDR") == std::string::npos);
}

TEST_CASE("hdf5: several threads, each with its own file") {
  std::vector<std::thread> threads;
  std::vector<int> right(4, 0);
  for (std::size_t i = 0; i < right.size(); ++i)
    threads.emplace_back([&right, i] {
      for (int round = 0; round < 20; ++round) {
        const Hdf5File file(data_file("serialization/kinds.h5"));
        right[i] += file.read("values/gzip").values() == ramp().values() ? 1 : 0;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(right == std::vector<int>(4, 20));
}

TEST_CASE("hdf5: damaged bytes are errors") {
  const std::string good = test::read_text(data_file("serialization/kinds.h5"));
  // In a process of its own: libhdf5 complains at exit about what it left behind in its own error paths.
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::mt19937 random(11);
    int refused = 0;
    for (int round = 0; round < 400; ++round) {
      std::string bad = good;
      for (int k = 0; k < 3; ++k) bad[random() % bad.size()] = static_cast<char>(random());
      try {
        read_everything(Hdf5File(memory_source(bad, "bad")), "", 0);
      } catch (const Error&) {
        ++refused;
      }
    }
    _exit(refused > 0 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
