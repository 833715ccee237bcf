#pragma once
/// @file model_builder.hpp  Inside of graph_from_json: layers and nested models from their objects.
#include <map>
#include <memory>
#include <string>

#include "nn/models/graph_layer.hpp"
#include "serialization/graph_json.hpp"
#include "serialization/load_report.hpp"

namespace rhyton {

/// Makes layers and models; what cannot be made goes to the report, and null comes back.
class ModelBuilder {
 public:
  ModelBuilder(Dialect dialect, LoadReport& report) : dialect_(dialect), report_(report) {}

  std::shared_ptr<GraphLayer> make_model(const Json& object);

 private:
  std::shared_ptr<GraphLayer> make_functional(const Json& config);
  std::shared_ptr<GraphLayer> make_sequential(const Json& object);
  /// Makes the graph of a Sequential without Input from whatever says its shape.
  void build_sequential(SequentialLayer& model, const Json& object, const std::shared_ptr<Layer>& first);
  std::shared_ptr<Layer> make_layer(const Json& object);

  Dialect dialect_;
  LoadReport& report_;
  /// A layer made before from the same object, for one that is marked as shared.
  std::shared_ptr<Layer> find_made(const Json& object, const std::string& name) const;

  struct Made {
    Json object;
    std::shared_ptr<Layer> layer;
  };
  std::map<std::int64_t, std::shared_ptr<Layer>> shared_;
  std::map<std::int64_t, int> marks_;      ///< how often each number of a shared object stands in the file
  std::multimap<std::string, Made> made_;  ///< models and layers without a mark, by name
  std::size_t layer_count_ = 0;
  int depth_ = 0;
};

}  // namespace rhyton
