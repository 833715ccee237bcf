#pragma once
/// @file keras_config.hpp  The user's `keras.json`: defaults that hold where an argument is not given.
#include <string>

namespace rhyton {

struct KerasConfig {
  std::string floatx = "float32";
  double epsilon = 1e-7;
  std::string image_data_format = "channels_last";
};

/// Read once from `$KERAS_HOME/keras.json`, else `~/.keras/keras.json`; a file that is missing or broken
/// changes nothing. Nothing is ever written there.
const KerasConfig& keras_config();

/// Keras's `set_image_data_format`, for this process; throws ValueError on an unknown format. Not to be
/// called while other threads make layers.
void set_image_data_format(const std::string& format);
/// Reads the file again, for processes that changed KERAS_HOME.
void reload_keras_config();

}  // namespace rhyton
