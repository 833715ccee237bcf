#include "serialization/json_text.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nn/error.hpp"

using namespace rhyton;

TEST_CASE("json: Python's numbers are read and written") {
  const Json json = parse_json_text(
      R"({"a": NaN, "b": [-Infinity, Infinity, -1.5, "NaN", "a\"Infinity"], "c": 2.0, "d": 2})", "x");
  CHECK(std::isnan(json["a"].get<double>()));
  CHECK(json["b"][0].get<double>() == -INFINITY);
  CHECK(json["b"][1].get<double>() == INFINITY);
  CHECK(json["b"][3] == "NaN");
  CHECK(json["b"][4] == "a\"Infinity");
  CHECK(json["c"].is_number_float());
  CHECK(json["d"].is_number_integer());
  CHECK(write_json_text(json) ==
        R"({"a": NaN, "b": [-Infinity, Infinity, -1.5, "NaN", "a\"Infinity"], "c": 2.0, "d": 2})");
  CHECK(write_json_text(Json::parse(R"({"a": [1, {}], "b": []})"), 1) ==
        "{\n \"a\": [\n  1,\n  {}\n ],\n \"b\": []\n}");
  CHECK(write_json_text(Json("é")) == R"("\u00e9")");
  CHECK(write_json_text(Json(1e-3)) == "0.001");
}

TEST_CASE("json: bad and hostile text is an error with a position") {
  CHECK_THROWS_WITH_AS(parse_json_text("{\"a\": }", "config.json"), doctest::Contains("config.json"),
                       FormatError);
  CHECK_THROWS_AS(parse_json_text("", "x"), FormatError);
  CHECK_THROWS_AS(parse_json_text("{\"a\": Nan}", "x"), FormatError);
  CHECK_THROWS_AS(parse_json_text("\"unfinished\\", "x"), FormatError);
  CHECK_THROWS_WITH_AS(parse_json_text(std::string(1000, '['), "x"), doctest::Contains("deep"), FormatError);
  std::string many = "[1";
  for (int i = 0; i < 4'000'000; ++i) many += ",1";
  CHECK_THROWS_WITH_AS(parse_json_text(many + "]", "x"), doctest::Contains("values"), FormatError);
  std::string keys = "{";
  for (int i = 0; i < 40'000; ++i) keys += "\"" + std::to_string(i) + "\": 0, ";
  CHECK_THROWS_WITH_AS(parse_json_text(keys + "\"\": 0}", "x"), doctest::Contains("keys"), FormatError);
  try {
    parse_json_text("[" + std::string(5000, '9') + "]", "x");
    FAIL("accepted");
  } catch (const FormatError& error) {
    CHECK(std::string(error.what()).size() < 400);
  }
  CHECK_NOTHROW(parse_json_text(std::string(100, '[') + std::string(100, ']'), "x"));
  CHECK_NOTHROW(parse_json_text("\"" + std::string(1000, '[') + "\"", "x"));
}
