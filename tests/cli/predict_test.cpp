// predict, verify and summary.
#include <doctest/doctest.h>

#include "tests/cli/models.hpp"
#include "tests/cli/program.hpp"

using namespace rhyton;
using test::TemporaryFolder;

namespace {

void check_equal(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  CHECK(a.values() == b.values());
}

}  // namespace

TEST_CASE("cli: predict writes what the library predicts") {
  const TemporaryFolder folder;
  const Sequential model = test::classifier();
  const auto path = (folder / "model.keras").string(), x_path = (folder / "x.npy").string(),
             y_path = (folder / "y.npy").string();
  save_model(model, path);
  const Tensor x = test::random_tensor({7, 3}, 1);
  write_npy(x_path, x);
  for (const std::string batch : {"1", "3", "100"}) {
    REQUIRE(test::rhyton({"predict", path, "--input", x_path, "--output", y_path, "--batch-size", batch,
                          "--threads", "1"})
                .code == 0);
    const Tensor y = read_npy(y_path), expected = model.predict(x, {.batch_size = std::stol(batch)});
    check_equal(y, expected);
  }
  // One output may also go to an archive; the input may be named and of another type.
  Tensor integers = Tensor::full({2, 3}, 2.0, DType::uint8);
  write_npy(x_path, integers);
  const auto archive = (folder / "y.npz").string();
  REQUIRE(test::rhyton({"predict", path, "--input", model.graph().input_names()[0] + "=" + x_path, "--output",
                        archive})
              .code == 0);
  check_equal(*find(read_npz(archive), "output_0"), model.predict(integers));
}

TEST_CASE("cli: several inputs and outputs, by order and by name") {
  const TemporaryFolder folder;
  const Model model = test::branches();
  const auto path = (folder / "model.keras").string(), left = (folder / "left.npy").string(),
             right = (folder / "right.npy").string(), out = (folder / "y.npz").string();
  save_model(model, path);
  const std::vector<Tensor> x = {test::random_tensor({5, 2}, 1), test::random_tensor({5, 3}, 2)};
  write_npy(left, x[0]);
  write_npy(right, x[1]);
  const auto expected = model.predict_all(x);
  for (const auto& inputs : {std::vector<std::string>{left, right}, {"right=" + right, "left=" + left}}) {
    REQUIRE(
        test::rhyton({"predict", path, "--input", inputs[0], "--input", inputs[1], "--output", out}).code ==
        0);
    const auto y = read_npz(out);
    REQUIRE(y.size() == 2);
    check_equal(*find(y, "output_0"), expected[0]);
    check_equal(*find(y, "output_1"), expected[1]);
  }
  CHECK(test::rhyton({"verify", path, "--input", left, "--input", right, "--expected", out}).code == 0);
  const auto first = (folder / "y0.npy").string(), second = (folder / "y1.npy").string();
  write_npy(first, expected[0]);
  write_npy(second, expected[1]);
  std::vector<std::string> verify{"verify", path, "--input", left, "--input", right, "--expected", first};
  CHECK(test::rhyton(verify).code == 2);
  verify.insert(verify.end(), {"--expected", second});
  CHECK(test::rhyton(verify).code == 0);

  auto usage = [&](const std::vector<std::string>& arguments, const std::string& text) {
    std::vector<std::string> all = {"predict", path};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto result = test::rhyton(all);
    CAPTURE(result.err);
    CHECK(result.code == 2);
    CHECK(result.one_line());
    CHECK(result.err.find(text) != std::string::npos);
  };
  usage({"--input", left, "--output", out}, "'left', 'right'");
  usage({"--input", left, "--input", right, "--output", (folder / "y.npy").string()}, ".npz");
  usage({"--input", "left=" + left, "--input", "middle=" + right, "--output", out}, "'middle'");
  usage({"--input", "left=" + left, "--input", "left=" + right, "--output", out}, "twice");
}

TEST_CASE("cli: verify tells the largest errors and fails beyond the tolerance") {
  const TemporaryFolder folder;
  const Sequential model = test::classifier();
  const auto path = (folder / "model.h5").string(), x_path = (folder / "x.npy").string(),
             y_path = (folder / "y.npy").string();
  save_model(model, path);
  const Tensor x = test::random_tensor({4, 3}, 1);
  Tensor y = model.predict(x);
  write_npy(x_path, x);
  write_npy(y_path, y);
  auto result = test::rhyton({"verify", path, "--input", x_path, "--expected", y_path});
  CHECK(result.code == 0);
  CHECK(result.out.find("output_0: largest absolute error 0") != std::string::npos);

  y.at({2, 1}) += 0.01f;
  write_npy(y_path, y);
  result = test::rhyton({"verify", path, "--input", x_path, "--expected", y_path});
  CHECK(result.code == 1);
  CHECK(result.one_line());
  CHECK(result.out.find("worst at (2, 1)") != std::string::npos);
  CHECK(test::rhyton({"verify", path, "--input", x_path, "--expected", y_path, "--atol", "0.011"}).code == 0);

  write_npy(y_path, test::random_tensor({4, 5}, 1));
  CHECK(test::rhyton({"verify", path, "--input", x_path, "--expected", y_path}).code == 1);
}

TEST_CASE("cli: weights of another file, architecture from JSON") {
  const TemporaryFolder folder;
  const Sequential model = test::classifier();
  const auto json = (folder / "model.json").string(), weights = (folder / "model.weights.h5").string(),
             x_path = (folder / "x.npy").string(), y_path = (folder / "y.npy").string();
  test::write_text(json, to_json(model));
  save_weights(model, weights);
  const Tensor x = test::random_tensor({4, 3}, 1);
  write_npy(x_path, x);
  write_npy(y_path, model.predict(x));
  CHECK(test::rhyton({"verify", json, "--weights", weights, "--input", x_path, "--expected", y_path}).code ==
        0);
  CHECK(test::rhyton({"verify", json, "--input", x_path, "--expected", y_path}).code == 1);
  const auto summary = test::rhyton({"summary", json});
  CHECK(summary.code == 0);
  CHECK(summary.out.find("Total params: 50") != std::string::npos);
}
