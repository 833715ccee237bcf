// train, evaluate and bench.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/cli/models.hpp"
#include "tests/cli/program.hpp"

using namespace rhyton;
using test::TemporaryFolder;

namespace {

Json parse(const std::string& text) { return Json::parse(text); }

/// A folder with an uncompiled model as JSON and data for it.
struct Workshop {
  Workshop() {
    test::write_text(folder / "model.json", to_json(test::classifier()));
    x = test::random_tensor({50, 3}, 1);
    y = test::labels_of(x);
    write_npz(folder / "data.npz", {{"x", x}, {"y", y}});
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  TemporaryFolder folder;
  Tensor x, y;
};

}  // namespace

TEST_CASE("cli: train is fit with the same seed, step by step") {
  const Workshop shop;
  const auto result = test::rhyton({"train",
                                    shop.path("model.json"),
                                    "--data",
                                    shop.path("data.npz"),
                                    "--optimizer",
                                    "adam",
                                    "--learning-rate",
                                    "0.01",
                                    "--loss",
                                    "sparse_categorical_crossentropy",
                                    "--metrics",
                                    "accuracy",
                                    "--epochs",
                                    "3",
                                    "--batch-size",
                                    "16",
                                    "--validation-split",
                                    "0.2",
                                    "--seed",
                                    "5",
                                    "--save",
                                    shop.path("trained.keras"),
                                    "--history",
                                    shop.path("history.json"),
                                    "--report",
                                    shop.path("report.html"),
                                    "--threads",
                                    "1"});
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  CHECK(result.out.find("Epoch 3/3") != std::string::npos);

  set_random_seed(5);
  Sequential model = test::classifier();
  model.compile({.optimizer = Adam({.learning_rate = 0.01}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  const History history =
      model.fit(shop.x, shop.y, {.batch_size = 16, .epochs = 3, .verbose = 0, .validation_split = 0.2});
  const Json written = parse(test::read_text(shop.folder / "history.json"));
  for (const auto& [name, values] : history.history)
    CHECK(written["epoch"][name].get<std::vector<double>>() == values);
  CHECK(written["epoch"].size() == 4);
  CHECK(written["step"]["loss"].size() == 9);  // 40 samples, 16 at a time

  const Model trained = load_model(shop.folder / "trained.keras");
  CHECK(trained.compiled());
  const auto got = trained.get_weights(), want = model.get_weights();
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i].values() == want[i].values());

  const std::string report = test::read_text(shop.folder / "report.html");
  CHECK(report.find("<svg") != std::string::npos);
  CHECK(report.find("val_accuracy") != std::string::npos);
  CHECK(report.find("http") == std::string::npos);
}

TEST_CASE("cli: the mean of the steps' losses is the epoch's") {
  const Workshop shop;
  REQUIRE(test::rhyton({"train", shop.path("model.json"), "--data", shop.path("data.npz"), "--loss",
                        "sparse_categorical_crossentropy", "--batch-size", "25", "--no-shuffle", "--quiet",
                        "--history", shop.path("history.json")})
              .out.empty());
  const Json written = parse(test::read_text(shop.folder / "history.json"));
  const auto steps = written["step"]["loss"].get<std::vector<double>>();
  REQUIRE(steps.size() == 2);
  CHECK(written["epoch"]["loss"][0].get<double>() ==
        doctest::Approx((steps[0] + steps[1]) / 2).epsilon(1e-6));
}

TEST_CASE("cli: a compiled model goes on with what it carries") {
  const Workshop shop;
  Sequential model = test::classifier();
  model.compile({.optimizer = Adam({.learning_rate = 0.02}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  model.fit(shop.x, shop.y, {.epochs = 2, .verbose = 0, .shuffle = false});
  save_model(model, shop.path("half.keras"));
  model.fit(shop.x, shop.y, {.epochs = 1, .verbose = 0, .shuffle = false});
  REQUIRE(test::rhyton({"train", shop.path("half.keras"), "--data", shop.path("data.npz"), "--no-shuffle",
                        "--save", shop.path("whole.h5")})
              .code == 0);
  const auto got = load_model(shop.folder / "whole.h5").get_weights(), want = model.get_weights();
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i].values() == want[i].values());

  const auto result =
      test::rhyton({"evaluate", shop.path("whole.h5"), "--data", shop.path("data.npz"), "--json"});
  REQUIRE(result.code == 0);
  const Json json = parse(result.out);
  for (const auto& [name, value] : model.evaluate(shop.x, shop.y))
    CHECK(json.at(name).get<double>() == doctest::Approx(value).epsilon(1e-6));

  // A flag takes the place of one argument and leaves the others.
  const auto other = test::rhyton({"evaluate", shop.path("whole.h5"), "--data", shop.path("data.npz"),
                                   "--json", "--metrics", "sparse_top_k_categorical_accuracy"});
  CHECK(parse(other.out).contains("sparse_top_k_categorical_accuracy"));
  CHECK(parse(other.out)["loss"] == json["loss"]);
}

TEST_CASE("cli: optimizer from a file, validation arrays, sample weights, several outputs") {
  const Workshop shop;
  test::write_text(
      shop.folder / "sgd.json",
      R"({"class_name": "SGD", "config": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": true}})");
  const Tensor left = test::random_tensor({20, 2}, 1), right = test::random_tensor({20, 3}, 2);
  const Tensor sum = test::random_tensor({20, 4}, 3), small = test::random_tensor({20, 1}, 4);
  save_model(test::branches(), shop.path("branches.keras"));
  write_npz(shop.path("named.npz"), {{"x_left", left},
                                     {"x_right", right},
                                     {"y_sum", sum},
                                     {"y_small", small},
                                     {"sample_weight", Tensor::full({20}, 0.5)}});
  write_npz(shop.path("numbered.npz"), {{"x_0", left},
                                        {"x_1", right},
                                        {"y_0", sum},
                                        {"y_1", small},
                                        {"x_val_0", left},
                                        {"x_val_1", right},
                                        {"y_val_0", sum},
                                        {"y_val_1", small}});
  auto train = [&](const std::string& data) {
    const auto result = test::rhyton({"train", shop.path("branches.keras"), "--data", shop.path(data),
                                      "--optimizer", shop.path("sgd.json"), "--loss", "mse", "--no-shuffle",
                                      "--history", shop.path("h.json")});
    CAPTURE(result.err);
    REQUIRE(result.code == 0);
    return parse(test::read_text(shop.folder / "h.json"))["epoch"];
  };
  const Json weighted = train("named.npz"), plain = train("numbered.npz");
  CHECK(plain.contains("sum_loss"));
  CHECK(plain.contains("val_small_loss"));
  CHECK(weighted["loss"][0].get<double>() ==
        doctest::Approx(plain["loss"][0].get<double>() / 2).epsilon(1e-5));

  write_npz(shop.path("partial.npz"), {{"x_left", left}, {"y_sum", sum}, {"y_small", small}});
  const auto result = test::rhyton(
      {"train", shop.path("branches.keras"), "--data", shop.path("partial.npz"), "--loss", "mse"});
  CHECK(result.code == 1);
  CHECK(result.err.find("x_right") != std::string::npos);
}

TEST_CASE("cli: sample weights for each output, and for validation") {
  const Workshop shop;
  Model model = test::branches();
  model.compile({.optimizer = "sgd", .loss = "mse", .weighted_metrics = {{"mae"}, {"mae"}}});
  save_model(model, shop.path("branches.keras"));
  const std::vector<Tensor> x = {test::random_tensor({20, 2}, 1), test::random_tensor({20, 3}, 2)},
                            y = {test::random_tensor({20, 4}, 3), test::random_tensor({20, 1}, 4)};
  std::vector<Tensor> weights = {Tensor({20}), Tensor({20})};
  for (std::uint64_t i = 0; i < 2; ++i) Rng(i).fill_uniform(weights[i].view(), 0, 1);
  NamedTensors arrays;
  for (const std::string suffix : {"", "_val"})
    for (std::size_t i = 0; i < 2; ++i) {
      const std::string end = suffix + "_" + std::to_string(i);
      arrays.emplace_back("x" + end, x[i]);
      arrays.emplace_back("y" + end, y[i]);
      arrays.emplace_back("sample_weight" + end, weights[i]);
    }
  write_npz(shop.path("data.npz"), arrays);
  const Results expected = model.evaluate(x, y, {.sample_weight = weights});
  for (const bool validation : {false, true}) {
    std::vector<std::string> arguments = {"evaluate", shop.path("branches.keras"), "--data",
                                          shop.path("data.npz"), "--json"};
    if (validation) arguments.push_back("--validation");
    const auto result = test::rhyton(arguments);
    CAPTURE(result.err);
    REQUIRE(result.code == 0);
    const Json json = parse(result.out);
    for (const auto& [name, value] : expected)
      CHECK(json.at(name).get<double>() == doctest::Approx(value).epsilon(1e-6));
  }
  REQUIRE(test::rhyton({"train", shop.path("branches.keras"), "--data", shop.path("data.npz"),
                        "--learning-rate", "0", "--history", shop.path("h.json")})
              .code == 0);
  const Json history = parse(test::read_text(shop.folder / "h.json"))["epoch"];
  for (const auto& [name, value] : expected)
    CHECK(history.at("val_" + name)[0].get<double>() == doctest::Approx(value).epsilon(1e-6));
}

TEST_CASE("cli: a loss of the user's own is in the way of training alone") {
  const Workshop shop;
  Sequential model = test::classifier();
  model.compile({.optimizer = "sgd", .loss = "mean_squared_error"});
  std::string text = model.to_json();
  const std::string known = "\"mean_squared_error\"";
  REQUIRE(text.find(known) != std::string::npos);
  text.replace(text.find(known), known.size(), "\"my_own_loss\"");
  test::write_text(shop.folder / "own.json", text);
  write_npy(shop.path("x.npy"), test::random_tensor({5, 3}, 1));
  const std::string path = shop.path("own.json"), x = shop.path("x.npy"), y = shop.path("y.npy");
  CHECK(test::rhyton({"summary", path}).code == 0);
  CHECK(test::rhyton({"predict", path, "--input", x, "--output", y}).code == 0);
  CHECK(test::rhyton({"bench", path, "--seconds", "0.01"}).code == 0);
  CHECK(test::rhyton({"verify", path, "--input", x, "--expected", y, "--atol", "100"}).code == 0);
  const auto trained = test::rhyton({"train", path, "--data", shop.path("data.npz")});
  CHECK(trained.code == 1);
  CHECK(trained.err.find("my_own_loss") != std::string::npos);
}

TEST_CASE("cli: bench measures, profiles and traces both directions") {
  const Workshop shop;
  for (const std::string mode : {"predict", "train"}) {
    auto run = [&](const std::vector<std::string>& more) {
      std::vector<std::string> all = {"bench",        shop.path("model.json"),
                                      "--mode",       mode,
                                      "--batch-size", "4",
                                      "--seconds",    "0.02",
                                      "--threads",    "1"};
      all.insert(all.end(), more.begin(), more.end());
      const auto result = test::rhyton(all);
      CAPTURE(result.err);
      CHECK(result.code == 0);
      return result.out;
    };
    const std::string line = run({"--json"});
    CHECK(line.find('\n') == line.size() - 1);
    const Json json = parse(line);
    for (const char* key : {"best_ms", "median_ms", "samples_per_second", "load_ms", "peak_rss_mib",
                            "weights_mib", "arena_mib", "arena_needed_mib"})
      CHECK(json.at(key).get<double>() > 0.0);
    CHECK(json["arena_needed_mib"] <= json["arena_mib"]);
    CHECK(json["best_ms"] <= json["median_ms"]);
    const std::string table = run({"--profile"});
    CHECK(table.find("GFLOP/s") != std::string::npos);
    CHECK((table.find("backward") != std::string::npos) == (mode == "train"));
    run({"--trace", shop.path("trace.json")});
    const Json trace = parse(test::read_text(shop.folder / "trace.json"));
    std::vector<double> forward, backward;  // operations of the first step's products
    for (const auto& event : trace.at("traceEvents")) {
      if (event.at("cat") == "step" && !forward.empty()) break;
      const double flops = event.at("args").value("flops", 0.0);
      if (flops > 0.0) (event.at("cat") == "backward" ? backward : forward).push_back(flops);
    }
    REQUIRE(forward.size() > 1);
    REQUIRE(backward.size() == (mode == "train" ? forward.size() : 0));
    std::reverse(backward.begin(), backward.end());
    // The first one's input needs no gradient.
    for (std::size_t i = 0; i < backward.size(); ++i) CHECK(backward[i] == (i == 0 ? 1.0 : 2.0) * forward[i]);
  }
}
