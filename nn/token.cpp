#include "nn/token.hpp"

#include <nlohmann/json.hpp>

namespace rhyton {

void from_config(const Json& json, Token& value) {
  if (json.is_string()) {
    value = Token(json.get<std::string>());
  } else {
    std::int64_t integer = 0;
    from_config(json, integer);
    value = Token(integer);
  }
}

void to_config(Json& json, const Token& value) {
  if (value.text())
    json = *value.text();
  else
    json = *value.integer();
}

void from_config(const Json& json, Salt& value) {
  if (json.is_array() && json.size() == 2) {
    std::int64_t first = 0, second = 0;
    from_config(json[0], first);
    from_config(json[1], second);
    value = Salt(first, second);
  } else {
    std::int64_t both = 0;
    from_config(json, both);
    value = Salt(both);
  }
}

void to_config(Json& json, const Salt& value) {
  json = {static_cast<std::int64_t>(value.key()[0]), static_cast<std::int64_t>(value.key()[1])};
}

}  // namespace rhyton
