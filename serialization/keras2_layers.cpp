// Layers of Keras 3 as Keras 2 knows them.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "nn/activations/activation_fn.hpp"
#include "serialization/keras2_config.hpp"

namespace rhyton {

namespace {

/// Keras 3's additions: left out where they have this value, or always.
struct Addition {
  const char* key;
  const char* neutral;  ///< JSON; null: whatever it is, it changes no result
  std::set<std::string> classes = {};
};

const std::set<std::string> seedless = {"LSTM",
                                        "GRU",
                                        "SimpleRNN",
                                        "LSTMCell",
                                        "GRUCell",
                                        "SimpleRNNCell",
                                        "ConvLSTM1D",
                                        "ConvLSTM2D",
                                        "ConvLSTM3D",
                                        "Attention",
                                        "AdditiveAttention",
                                        "MultiHeadAttention",
                                        "ConvLSTM1DCell",
                                        "ConvLSTM2DCell",
                                        "ConvLSTM3DCell"};
const std::set<std::string> without_format = {"CenterCrop",       "RandomBrightness",  "RandomContrast",
                                              "RandomCrop",       "RandomFlip",        "RandomRotation",
                                              "RandomZoom",       "RandomTranslation", "Resizing",
                                              "SpatialDropout2D", "SpatialDropout3D",  "ZeroPadding1D"};

const std::vector<Addition>& additions() {
  static const std::vector<Addition> list = {
      {"quantization_config", "null"},
      {"renorm", "false"},
      {"renorm_clipping", nullptr},
      {"renorm_momentum", nullptr},
      {"synchronized", "false"},
      {"sliding_window", "null"},
      {"use_gate", "false"},
      {"rms_scaling", "false"},
      {"optional", "false"},
      {"zero_output_for_mask", "false"},
      {"seed", nullptr, seedless},
      {"noise_shape", "null", {"AlphaDropout"}},
      {"data_format", "\"channels_last\"", without_format},
      {"value_range", nullptr, {"RandomContrast"}},
      {"dilation_rate", "[1,1,1]", {"Conv3DTranspose"}},
      {"oov_method", "\"floormod\""},
      {"salt", "null", {"IntegerLookup", "StringLookup"}},
      {"antialias", "false"},
      {"pad_to_aspect_ratio", "false"},
      {"fill_mode", nullptr, {"Resizing"}},
      {"fill_value", nullptr, {"Resizing"}},
      {"lora_rank", "null"},
      {"lora_alpha", "null"},
      {"flash_attention", "null"},
  };
  return list;
}

const std::set<std::string>& classes_of_keras3() {
  static const std::set<std::string> names = {"AdaptiveAveragePooling1D",
                                              "AdaptiveAveragePooling2D",
                                              "AdaptiveAveragePooling3D",
                                              "AdaptiveMaxPooling1D",
                                              "AdaptiveMaxPooling2D",
                                              "AdaptiveMaxPooling3D",
                                              "AugMix",
                                              "AutoContrast",
                                              "CutMix",
                                              "Equalization",
                                              "GroupQueryAttention",
                                              "MaxNumBoundingBoxes",
                                              "MelSpectrogram",
                                              "MixUp",
                                              "Pipeline",
                                              "RMSNormalization",
                                              "RandAugment",
                                              "RandomColorDegeneration",
                                              "RandomColorJitter",
                                              "RandomElasticTransform",
                                              "RandomErasing",
                                              "RandomGaussianBlur",
                                              "RandomGrayscale",
                                              "RandomHue",
                                              "RandomInvert",
                                              "RandomPerspective",
                                              "RandomPosterization",
                                              "RandomSaturation",
                                              "RandomSharpness",
                                              "RandomShear",
                                              "ReversibleEmbedding",
                                              "STFTSpectrogram",
                                              "Solarization"};
  return names;
}

/// Keras 2's name of an activation; empty if it has none that computes the same.
std::string activation_of_keras2(const std::string& name) {
  static const std::set<std::string> same = {"elu",     "exponential", "gelu",     "linear",
                                             "mish",    "relu",        "selu",     "sigmoid",
                                             "softmax", "softplus",    "softsign", "tanh"};
  if (name == "silu") return "swish";
  return same.count(name) != 0 ? name : std::string();
}

/// What Keras 2 has a name for and Keras 3 writes as an object: its own hard_sigmoid, and functions of one's
/// own.
void name_functions(Json& config) {
  for (const char* key : {"activation", "recurrent_activation"}) {
    const auto found = config.find(key);
    if (found == config.end() || !found->is_object()) continue;
    const Json class_name = found->value("class_name", Json());
    if (class_name == "function" && found->contains("config")) {
      const Json name = (*found)["config"];
      *found = name;
    } else if (class_name == "Sequential") {
      ActivationFn function;
      from_config(*found, function);
      if (function.spec().kind == ActivationKind::hard_sigmoid_keras2) *found = "hard_sigmoid";
    }
  }
}

void rename(Json& config, const char* from, const char* to) {
  const auto found = config.find(from);
  if (found == config.end()) return;
  config[to] = *found;
  config.erase(from);
}

/// What Keras 3 writes as objects or with keys of its own, anywhere below.
void simplify(Json& json) {
  if (json.is_object()) {
    const auto name = json.find("class_name");
    if (name != json.end() && *name == "DTypePolicy" && json.contains("config")) {
      const Json policy = json["config"].value("name", "float32");
      json = policy;
      return;
    }
    if (name != json.end() && *name == "OrthogonalInitializer") *name = "Orthogonal";
    json.erase("input_axes");
    json.erase("output_axes");
    json.erase("build_config");
  }
  if (json.is_structured())
    for (auto& [key, item] : json.items()) simplify(item);
}

}  // namespace

Json layer_to_keras2(const Json& layer, std::vector<std::string>& problems) {
  Json out = layer;
  if (!out.is_object() || !out.contains("config") || !out["config"].is_object()) return out;
  simplify(out);
  Json& config = out["config"];
  const std::string class_name = out.value("class_name", "");
  const std::string where = fmt::format("{} '{}'", class_name, config.value("name", ""));
  if (classes_of_keras3().count(class_name) != 0)
    problems.push_back(where + ": Keras 2 does not have this class.");
  for (const Addition& addition : additions()) {
    const auto found = config.find(addition.key);
    if (found == config.end() || (!addition.classes.empty() && addition.classes.count(class_name) == 0))
      continue;
    const bool neutral =
        addition.neutral == nullptr || *found == parse_json(addition.neutral) || found->is_null();
    if (!neutral && std::string_view(addition.key) != "zero_output_for_mask")
      problems.push_back(
          fmt::format("{}: Keras 2 does not have the argument {}={}.", where, addition.key, found->dump()));
    if (neutral) config.erase(addition.key);
  }
  if (class_name == "InputLayer") rename(config, "batch_shape", "batch_input_shape");
  if (class_name == "LeakyReLU") rename(config, "negative_slope", "alpha");
  for (const char* key : {"activation", "recurrent_activation"}) {
    const auto found = config.find(key);
    if (found == config.end()) continue;
    if (found->is_object() && found->value("class_name", Json()) == "Gelu")
      problems.push_back(where + ": Keras 2 does not have gelu with approximate=true as an activation.");
    if (!found->is_string()) continue;
    const std::string name = activation_of_keras2(found->get<std::string>());
    if (name.empty())
      problems.push_back(
          fmt::format("{}: Keras 2 does not have the activation {} as it is here.", where, found->dump()));
    else
      *found = name;
  }
  name_functions(config);
  for (const char* key : {"layer", "forward_layer", "backward_layer", "cell", "activation"})
    if (const auto inner = config.find(key); inner != config.end() && inner->is_object()) {
      const bool model = inner->contains("config") && (*inner)["config"].is_object() &&
                         (*inner)["config"].contains("layers");
      *inner = model ? to_keras2(*inner, problems) : layer_to_keras2(*inner, problems);
    }
  if (const auto cells = config.find("cells"); cells != config.end() && cells->is_array())
    for (Json& cell : *cells) cell = layer_to_keras2(cell, problems);
  return out;
}

}  // namespace rhyton
