#include "nn/keras_config.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "nn/arguments.hpp"

namespace rhyton {

namespace {

KerasConfig read_config() {
  KerasConfig config;
  std::string folder;
  if (const char* home = std::getenv("KERAS_HOME")) {
    folder = home;
  } else if (const char* user = std::getenv("HOME")) {
    folder = std::string(user) + "/.keras";
  }
  std::ifstream file(folder + "/keras.json");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const Json json = Json::parse(text.data(), text.data() + text.size(), nullptr, false);
  if (!json.is_object()) return config;
  const auto format = json.find("image_data_format");
  if (format != json.end() && (*format == "channels_first" || *format == "channels_last"))
    config.image_data_format = format->get<std::string>();
  const auto epsilon = json.find("epsilon");
  if (epsilon != json.end() && epsilon->is_number_float()) config.epsilon = epsilon->get<double>();
  const auto floatx = json.find("floatx");
  if (floatx != json.end() && floatx->is_string()) config.floatx = floatx->get<std::string>();
  return config;
}

KerasConfig& instance() {
  static KerasConfig config = read_config();
  return config;
}

}  // namespace

const KerasConfig& keras_config() { return instance(); }

void set_image_data_format(const std::string& format) {
  check_choice("image_data_format", format, {"channels_last", "channels_first"});
  instance().image_data_format = format;
}

void reload_keras_config() { instance() = read_config(); }

}  // namespace rhyton
