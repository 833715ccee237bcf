// Regular expressions of optimizers' arguments.
#include "nn/pattern.hpp"

#include <doctest/doctest.h>

#include "rhyton.hpp"

namespace rhyton::test {

TEST_CASE("patterns: Python's expressions, anywhere or whole") {
  CHECK(Pattern("ense", "x").found_in("my/dense/kernel"));
  CHECK(!Pattern("^ense", "x").found_in("my/dense/kernel"));
  CHECK(Pattern(R"(^(?!conv)\w+_\d+$)", "x").found_in("dense_1"));
  CHECK(!Pattern(R"(^(?!conv)\w+_\d+$)", "x").found_in("conv_1"));
  CHECK(Pattern(R"((?P<part>a+)b(?P=part))", "x").found_in("aabaa"));
  CHECK(Pattern("a|ab", "x").matches("ab"));  // whole, whichever comes first
  CHECK(!Pattern("dense", "x").matches("my/dense"));
  CHECK(Pattern("^.$", "x").matches("\u00e9"));
  CHECK(!Pattern("y", "x").found_in("\xff\xfe"));
  CHECK(Pattern("", "x").found_in(""));
}

TEST_CASE("patterns: of files, too, they end in time and in little memory") {
  CHECK_THROWS_WITH_AS(Pattern("((", "Muon"), doctest::Contains("Muon: '((' is no regular expression"),
                       ValueError);
  CHECK_THROWS_AS(Pattern(std::string(1'000'000, '('), "x"), ValueError);
  CHECK_THROWS_AS(Pattern("((a{1000}){1000}){1000}", "x"), ValueError);
  CHECK_THROWS_AS(Pattern("\xff", "x"), ValueError);
  // Exponential, and deeply recursive in std::regex.
  CHECK_THROWS_WITH_AS(Pattern("(a|aa)+$", "x").found_in(std::string(64, 'a') + "b"),
                       doctest::Contains("limit exceeded"), ValueError);
  const std::string path(400'000, 'a');
  CHECK_THROWS_AS(Pattern("(.|x)*[yz]", "x").found_in(path), ValueError);
  CHECK(Pattern("a+$", "x").found_in(path));
}

TEST_CASE("patterns: an optimizer tells of its own") {
  CHECK_THROWS_WITH_AS(Muon({.exclude_layers = {"a", "(("}}), doctest::Contains("Muon: '(('"), ValueError);
  Sequential model({Input(Shape{3}), Dense({.units = 2, .name = std::string(64, 'a')})});
  model.compile({.optimizer = Muon({.exclude_layers = {"(a|aa)+$"}}), .loss = "mse"});
  CHECK_THROWS_WITH_AS(model.train_on_batch(Tensor({4, 3}), Tensor({4, 2})),
                       doctest::Contains("Use a simpler one"), ValueError);
}

}  // namespace rhyton::test
