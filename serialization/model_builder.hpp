#pragma once
/// @file model_builder.hpp  Inside of graph_from_json: layers and nested models from their objects.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "serialization/graph_json.hpp"
#include "serialization/load_report.hpp"
#include "serialization/partial_model.hpp"

namespace rhyton {

/// Makes layers and models; what cannot be made goes to the report.
class ModelBuilder {
 public:
  /// `partial`: whether what can be made of a model that cannot be made whole is of use.
  ModelBuilder(Dialect dialect, LoadReport& report, bool partial)
      : dialect_(dialect), report_(report), partial_(partial) {}

  PartialLayer make_model(const Json& object);

 private:
  void make_functional(const Json& config, PartialLayer& model);
  void make_sequential(const Json& object, PartialLayer& model);
  /// Makes the graph of a Sequential without Input from whatever says its shape.
  void build_sequential(SequentialLayer& model, const Json& object, const std::shared_ptr<Layer>& first);
  PartialLayer make_layer(const Json& object);
  /// A layer that is no model; `where` names it.
  void make_single(const Json& object, const std::string& where, PartialLayer& part);
  /// Adds a problem of a layer, with its name unless the text has it.
  void add(const std::exception& error, const std::string& where, const std::string& name);
  /// "Dense layer 'a' in 'inner'".
  std::string place(const PartialLayer& layer) const;

  Dialect dialect_;
  LoadReport& report_;
  bool partial_;
  /// A layer made before from the same object, for one that is marked as shared.
  std::optional<PartialLayer> find_made(const Json& object, const std::string& name) const;

  struct Made {
    Json object;
    PartialLayer layer;
  };
  std::map<std::int64_t, PartialLayer> shared_;  ///< those that could not be made too: they are told of once
  std::map<std::int64_t, int> marks_;      ///< how often each number of a shared object stands in the file
  std::multimap<std::string, Made> made_;  ///< models and layers without a mark, by name
  std::size_t layer_count_ = 0;
  std::vector<std::string> names_;  ///< of the models around, the outermost excepted
  int depth_ = 0;
};

}  // namespace rhyton
