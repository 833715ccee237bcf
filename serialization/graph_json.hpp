#pragma once
/// @file graph_json.hpp  The configuration of a functional model, in any dialect, as one plain description.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nn/config.hpp"
#include "nn/load_scope.hpp"
#include "nn/models/graph_layer.hpp"

namespace rhyton {

/// Output `tensor` of call `call` (from 0) of a layer.
struct TensorAddress {
  std::string layer;
  int call = 0;
  int tensor = 0;
  friend bool operator==(const TensorAddress&, const TensorAddress&) = default;
};

/// One call of a layer.
struct CallDescription {
  std::vector<TensorAddress> inputs;
  /// Of each input: "" for positional ones, else the name of the argument.
  std::vector<std::string> roles;
  std::vector<std::pair<std::string, bool>> flags;
  /// The name under which the first argument was given, if there are others beside it: Keras follows it in
  /// the order of names.
  std::string first_name = {};
  /// What Keras 3 states of each input, so that a layer can be judged though those before it are unknown.
  std::vector<std::optional<TensorSpec>> stated = {};
  bool empty_mask = false;  ///< an argument for a mask stands there, and is null
  /// All arguments as they stand, with {"$": i} for input i: what operations need.
  Json args = Json::array(), kwargs = Json::object();
};

struct LayerDescription {
  std::string name, class_name, module;
  Json object;  ///< {"class_name", "config", ...} in the terms of Keras 3
  bool is_model = false;
  std::vector<std::string> problems = {};  ///< what older Keras asks for that cannot be expressed
  std::vector<CallDescription> calls;
};

struct GraphDescription {
  std::string name;
  std::vector<LayerDescription> layers;
  std::vector<TensorAddress> inputs, outputs;
  Structure input_structure = Structure::list, output_structure = Structure::list;
  std::vector<std::string> input_keys, output_keys;  ///< of dictionaries, sorted
};

/// Reads "config" of a functional model. Throws FormatError where it contradicts itself, with the layer's
/// name; adds notes on what was dropped.
GraphDescription read_graph(const Json& config, Dialect dialect, std::vector<std::string>& notes);

/// A shape such as [null, 28, 28, 1] under `key`; nullopt if there is none.
std::optional<Shape> stated_shape(const Json& object, const char* key);
/// The input's shape in a layer's or model's "build_config", where Keras 3 states what it was built for.
std::optional<Shape> built_shape(const Json& object);

/// Whether a layer's object is a model, by what its configuration holds: subclasses have names of their own.
bool is_model_object(const Json& layer);

}  // namespace rhyton
