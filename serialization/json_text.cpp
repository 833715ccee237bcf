#include "serialization/json_text.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nn/raise.hpp"
#include "serialization/byte_source.hpp"
#include "serialization/limits.hpp"

namespace rhyton {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// JSON has no word for these numbers; while parsing they stand as text that no file contains.
struct Special {
  std::string_view word, stand_in;
  double value;
};
constexpr Special specials[] = {
    {"-Infinity", "\x7f-Infinity\x7f", -infinity},
    {"Infinity", "\x7fInfinity\x7f", infinity},
    {"NaN", "\x7fNaN\x7f", std::numeric_limits<double>::quiet_NaN()},
};

/// Checks depth, number of values and keys, which the parser does not, and replaces the words; returns
/// whether there were any.
bool prepare(std::string_view text, std::string& prepared, const std::string& name) {
  int depth = 0;
  std::uint64_t values = 0, comparisons = 0;
  std::array<std::uint64_t, limits::json_depth + 1> keys{};  // so far in each object around
  bool quoted = false, found = false;
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') {
      if (++depth > limits::json_depth)
        raise<FormatError>("{}: JSON nested more than {} deep.", name, limits::json_depth);
      keys[static_cast<std::size_t>(depth)] = 0;
    }
    if (c == ':' && depth > 0 &&
        (comparisons += keys[static_cast<std::size_t>(depth)]++) > limits::json_comparisons)
      throw FormatError(name + ": a JSON object of too many keys.");
    // One that closes nothing is for the parser to refuse.
    if ((c == '}' || c == ']') && depth > 0) --depth;
    if ((c == ',' || c == '{' || c == '[') && ++values > limits::json_values)
      raise<FormatError>("{}: more than {} values of JSON.", name, limits::json_values);
    if (c != 'N' && c != 'I' && c != '-') continue;
    for (const auto& special : specials)
      if (text.substr(i, special.word.size()) == special.word) {
        prepared.append(text.substr(copied, i - copied))
            .append(1, '"')
            .append(special.stand_in)
            .append(1, '"');
        i += special.word.size() - 1;
        copied = i + 1;
        found = true;
        break;
      }
  }
  if (found) prepared.append(text.substr(copied));
  return found;
}

void restore(Json& json) {
  if (json.is_structured()) {
    for (auto& item : json) restore(item);
  } else if (json.is_string()) {
    for (const auto& special : specials)
      if (json.get_ref<const std::string&>() == special.stand_in) {
        json = special.value;
        break;
      }
  }
}

void write(const Json& json, int indent, int level, std::string& out) {
  const auto line = [&](int at) {
    if (indent >= 0) out.append(1, '\n').append(static_cast<std::size_t>(indent * at), ' ');
  };
  const char* separator = indent >= 0 ? "," : ", ";
  if (json.is_structured() && !json.empty()) {
    const bool object = json.is_object();
    out += object ? '{' : '[';
    bool first = true;
    for (const auto& [key, value] : json.items()) {
      if (!first) out += separator;
      first = false;
      line(level + 1);
      if (object) out.append(Json(key).dump(-1, ' ', true)).append(": ");
      write(value, indent, level + 1, out);
    }
    line(level);
    out += object ? '}' : ']';
  } else if (json.is_number_float() && !std::isfinite(json.get<double>())) {
    const double value = json.get<double>();
    out += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  } else {
    out += json.dump(-1, ' ', true, Json::error_handler_t::replace);
  }
}

}  // namespace

Json parse_json_text(std::string_view text, const std::string& name) {
  if (text.size() > limits::json_bytes)
    raise<FormatError>("{}: {} bytes of JSON; at most {} are accepted.", name, text.size(),
                       limits::json_bytes);
  std::string prepared;
  const bool special = prepare(text, prepared, name);
  try {
    const std::string_view whole = special ? prepared : text;
    Json json = Json::parse(whole.data(), whole.data() + whole.size());
    if (special) restore(json);
    return json;
  } catch (const nlohmann::json::exception& error) {
    // It may quote a number or a text of any length.
    constexpr std::size_t longest = 300;
    const std::string what = error.what();
    raise<FormatError>("{}: not valid JSON: {}", name,
                       what.size() > longest ? what.substr(0, longest) + "..." : what);
  }
}

std::string read_json_file(const ByteSource& source) {
  std::string text = source.read_all(limits::json_bytes);
  const auto first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");  // the last three mark UTF-8
  if (first == std::string::npos) raise<FormatError>("'{}' is empty.", source.name());
  if (text[first] != '{' && text[first] != '[')
    raise<FormatError>(
        "'{}' is not a model: it is neither a .keras archive, nor HDF5, nor the JSON of to_json().",
        source.name());
  return text;
}

std::string write_json_text(const Json& json, int indent) {
  std::string out;
  write(json, indent, 0, out);
  return out;
}

}  // namespace rhyton
