#include "serialization/dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "nn/error.hpp"

namespace rhyton {

namespace {

using Names = std::vector<std::string_view>;

bool is_one_of(const std::string& name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// An argument that Keras 3 does not have. It goes without a word if it has the one value under which the
/// layer does the same without it; `harmless` ones go whatever they say.
struct Dropped {
  Names classes;  ///< empty: all
  const char* key;
  const char* neutral;  ///< JSON; null: any value is
  bool harmless = false;
};

const Names recurrent = {"LSTM",    "GRU",           "SimpleRNN",  "RNN",        "Bidirectional", "LSTMCell",
                         "GRUCell", "SimpleRNNCell", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"};
const Names grouped_once = {"DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D",
                            "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"};
const Names separable = {"SeparableConv1D", "SeparableConv2D"};
const Names spatial_dropout = {"SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"};

const std::vector<Dropped>& dropped_keys() {
  static const std::vector<Dropped> keys = {
      {{}, "batch_input_shape", nullptr},
      {{}, "input_dtype", "null", true},
      {{}, "dynamic", "false", true},
      {{}, "input_spec", nullptr},
      {{}, "autocast", "true", true},
      {recurrent, "implementation", nullptr},
      {recurrent, "time_major", "false"},
      {recurrent, "input_dim", nullptr},
      {recurrent, "input_length", nullptr},
      {{"Embedding"}, "input_length", nullptr},
      {grouped_once, "groups", "1"},
      {separable, "kernel_initializer", nullptr},
      {separable, "kernel_regularizer", "null"},
      {separable, "kernel_constraint", "null"},
      {{"DepthwiseConv1D", "DepthwiseConv2D"}, "kernel_initializer", nullptr},
      {{"DepthwiseConv1D", "DepthwiseConv2D"}, "kernel_regularizer", "null"},
      {{"DepthwiseConv1D", "DepthwiseConv2D"}, "kernel_constraint", "null"},
      {{"DepthwiseConv1D", "DepthwiseConv2D"}, "filters", nullptr},
      {spatial_dropout, "noise_shape", "null"},
      {{"InputLayer"}, "sparse", "false"},
      {{"InputLayer"}, "ragged", "false"},
      {{"InputLayer"}, "type_spec", "null"},
      {{"BatchNormalization"}, "fused", nullptr},
      {{"BatchNormalization"}, "virtual_batch_size", "null"},
      {{"BatchNormalization"}, "adjustment", "null"},
      {{"BatchNormalization"}, "mode", "0"},
      {{"MultiHeadAttention"}, "query_shape", nullptr},
      {{"MultiHeadAttention"}, "key_shape", nullptr},
      {{"MultiHeadAttention"}, "value_shape", nullptr},
      {{"MultiHeadAttention"}, "softmax_robust_masking", "null", true},
      {{"CategoryEncoding"}, "sparse", "false"},
  };
  return keys;
}

/// Old names of classes that are still there.
const std::map<std::string, std::string>& renamed_classes() {
  static const std::map<std::string, std::string> names = {
      {"BatchNormalizationV1", "BatchNormalization"},
      {"BatchNormalizationV2", "BatchNormalization"},
      {"SyncBatchNormalization", "BatchNormalization"},
      {"LayerNormalizationV2", "LayerNormalization"},
      {"Convolution1D", "Conv1D"},
      {"Convolution2D", "Conv2D"},
      {"Convolution3D", "Conv3D"},
      {"Deconvolution2D", "Conv2DTranspose"},
      {"SeparableConvolution2D", "SeparableConv2D"},
      {"GroupedQueryAttention", "GroupQueryAttention"},
      {"CuDNNLSTM", "LSTM"},
      {"CuDNNGRU", "GRU"},
      {"Custom>CustomScaleLayer", "CustomScaleLayer"},
      {"Custom>LayerScale", "LayerScale"},
      {"Custom>StochasticDepth", "StochasticDepth"},
  };
  return names;
}

void rename_key(Json& config, const char* from, const char* to) {
  const auto old = config.find(from);
  if (old == config.end()) return;
  if (config.find(to) == config.end()) config[to] = *old;
  config.erase(from);
}

/// NVIDIA's layers have no such arguments.
void modernize_cudnn(const std::string& class_name, Json& config) {
  if (class_name != "CuDNNLSTM" && class_name != "CuDNNGRU") return;
  config["activation"] = "tanh";
  config["recurrent_activation"] = "sigmoid";
  if (class_name == "CuDNNGRU") config["reset_after"] = true;
}

/// {"class_name": "Policy", "config": {"name": "mixed_float16"}} and the like, anywhere but in Keras 3.
void modernize_policy(Json& config) {
  const auto dtype = config.find("dtype");
  if (dtype == config.end() || !dtype->is_object()) return;
  const auto name = dtype->find("class_name");
  const auto inner = dtype->find("config");
  if (name == dtype->end() || *name != "Policy" || inner == dtype->end() || !inner->is_object()) return;
  const Json policy = inner->value("name", "float32");
  *dtype = policy;
}

void drop_keys(const std::string& class_name, Json& config, std::vector<std::string>& notes,
               std::vector<std::string>* problems) {
  for (const auto& dropped : dropped_keys()) {
    if (!dropped.classes.empty() && !is_one_of(class_name, dropped.classes)) continue;
    const auto found = config.find(dropped.key);
    if (found == config.end()) continue;
    const bool neutral =
        dropped.neutral == nullptr || found->is_null() || *found == parse_json(dropped.neutral);
    if (!neutral && !dropped.harmless) {
      const std::string text =
          fmt::format("{} '{}': the argument {}={} of older Keras is not supported.", class_name,
                      config.value("name", ""), dropped.key, found->dump().substr(0, 80));
      if (problems == nullptr) throw NotSupported(text);
      problems->push_back(text);
    } else if (!neutral) {
      notes.push_back(fmt::format("{} '{}': the argument {}={} of older Keras has no effect and was dropped.",
                                  class_name, config.value("name", ""), dropped.key,
                                  found->dump().substr(0, 80)));
    }
    config.erase(dropped.key);
  }
}

/// Keras saves a layer with LoRA with the product of its two matrices added to the kernel.
void drop_lora(const std::string& class_name, Json& config, std::vector<std::string>& notes) {
  const auto rank = config.find("lora_rank");
  if (rank == config.end() || rank->is_null()) return;
  notes.push_back(fmt::format("{} '{}': LoRA's matrices were added to the kernel; lora_rank={} was dropped.",
                              class_name, config.value("name", ""), rank->dump().substr(0, 20)));
  config.erase(rank);
  config.erase("lora_alpha");
}

/// A one-element list where Keras 3 writes the number: BatchNormalization's axis.
void unpack_axis(Json& config) {
  const auto axis = config.find("axis");
  if (axis != config.end() && axis->is_array() && axis->size() == 1) {
    const Json only = (*axis)[0];
    *axis = only;
  }
}

void modernize_config(const std::string& class_name, Json& config, Dialect dialect) {
  if (class_name == "InputLayer") rename_key(config, "batch_input_shape", "batch_shape");
  if (class_name == "LeakyReLU") rename_key(config, "alpha", "negative_slope");
  if (class_name == "BatchNormalization") unpack_axis(config);
  if (dialect != Dialect::keras2) return;
  // Before this argument, there was only the form that it now calls false.
  if ((class_name == "GRU" || class_name == "GRUCell") && config.find("reset_after") == config.end())
    config["reset_after"] = false;
  if (is_one_of(class_name, spatial_dropout)) config.erase("noise_shape");
  if (class_name == "Dropout" && config.find("noise_shape") != config.end() &&
      config["noise_shape"].is_null())
    config.erase("noise_shape");
  if (class_name == "Attention" && config.find("score_mode") == config.end()) config["score_mode"] = "dot";
}

}  // namespace

Dialect detect_dialect(const Json& model, const std::string& version) {
  const auto of_version = [](const std::string& v) {
    return v[0] == '3' ? Dialect::keras3 : Dialect::keras2;
  };
  if (!version.empty()) return of_version(version);
  if (!model.is_object()) return Dialect::keras2;
  const auto own = model.find("keras_version");
  if (own != model.end() && own->is_string() && !own->get<std::string>().empty())
    return of_version(own->get<std::string>());
  const auto module = model.find("module");
  if (module == model.end()) return Dialect::keras2;
  const bool old_module =
      module->is_string() && module->get<std::string>().find("engine") != std::string::npos;
  return old_module ? Dialect::keras2 : Dialect::keras3;
}

void modernize_layer(Json& layer, Dialect dialect, std::vector<std::string>& notes,
                     std::vector<std::string>* problems) {
  if (!layer.is_object() || !layer.contains("class_name") || !layer["class_name"].is_string()) return;
  std::string class_name = layer["class_name"].get<std::string>();
  if (layer.contains("config") && layer["config"].is_object()) modernize_cudnn(class_name, layer["config"]);
  if (const auto renamed = renamed_classes().find(class_name); renamed != renamed_classes().end()) {
    class_name = renamed->second;
    layer["class_name"] = class_name;
  }
  const auto found = layer.find("config");
  if (found == layer.end() || !found->is_object()) return;
  Json& config = *found;
  modernize_policy(config);
  drop_lora(class_name, config, notes);
  modernize_config(class_name, config, dialect);
  drop_keys(class_name, config, notes, problems);
  for (const char* key : {"layer", "forward_layer", "backward_layer", "cell"})
    if (const auto inner = config.find(key); inner != config.end())
      modernize_layer(*inner, dialect, notes, problems);
  if (const auto cells = config.find("cells"); cells != config.end() && cells->is_array())
    for (Json& cell : *cells) modernize_layer(cell, dialect, notes, problems);
}

}  // namespace rhyton
