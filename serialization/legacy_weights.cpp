#include "serialization/legacy_weights.hpp"

#include <map>

#include "nn/error.hpp"
#include "serialization/keras_file.hpp"
#include "serialization/lora_weights.hpp"
#include "serialization/weights_store.hpp"

namespace rhyton {

namespace {

/// A layer's weights as this format lists them: those of nested models that are not trained go to the end.
std::vector<std::shared_ptr<Weight>> legacy_order(const Layer& layer) {
  auto out = layer.trainable_weights();
  const auto rest = layer.non_trainable_weights();
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

/// One layer's group in the file.
struct LegacyGroup {
  std::string name;
  std::vector<LegacyWeight> weights;
};

struct Assignment {
  LegacyWeight from;
  std::shared_ptr<Weight> weight;
};

std::vector<LegacyGroup> list_groups(const Hdf5File& file, const std::string& group) {
  std::vector<LegacyGroup> groups;
  for (const auto& layer : file.texts(group, "layer_names")) {
    LegacyGroup entry{layer, {}};
    const std::string path = join_path(group, layer);
    std::vector<std::string> paths;
    for (const auto& weight : file.texts(path, "weight_names")) paths.push_back(join_path(path, weight));
    entry.weights = fold_lora(file, paths);
    if (!entry.weights.empty()) groups.push_back(std::move(entry));
  }
  return groups;
}

class Matcher {
 public:
  Matcher(const Hdf5File& file, LoadReport& report, bool skip) : file_(file), report_(report), skip_(skip) {}

  std::vector<Assignment> plan;

  void problem(const std::string& text) {
    if (skip_) {
      report_.notes.push_back(text);
    } else {
      report_.fault(text);
    }
  }

  void match(const Layer& layer, const LegacyGroup& group) {
    const auto weights = legacy_order(layer);
    if (weights.size() != group.weights.size()) {
      problem("'" + file_.name() + "', " + group.name + ": " + layer.label() + " expects " +
              std::to_string(weights.size()) + " weights; the file has " +
              std::to_string(group.weights.size()) + ".");
      return;
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Shape& expected = weights[i]->value.shape();
      try {
        const std::string& path = group.weights[i].path;
        const Shape found = file_.facts(path).shape;
        if (found == expected || is_cudnn(weights, i, found)) {
          plan.push_back({group.weights[i], weights[i]});
          if (found != expected) mark_cudnn(found);
        } else {
          problem("'" + file_.name() + "', " + path + ": " + layer.label() + " expects the weight '" +
                  weights[i]->name + "' in the shape " + to_string(expected) + "; the file has " +
                  to_string(found) + ".");
        }
      } catch (const Error& error) {
        problem(error.what());
      }
    }
  }

 private:
  /// Whether weight i gets the bias of one of NVIDIA's layers, behind the two kernels.
  bool is_cudnn(const std::vector<std::shared_ptr<Weight>>& weights, std::size_t i, const Shape& bias) const {
    return i >= 2 && plan.size() >= 2 && plan[plan.size() - 2].weight == weights[i - 2] &&
           plan.back().weight == weights[i - 1] && weights[i - 1]->name == "recurrent_kernel" &&
           cudnn_gates(weights[i - 1]->value.shape(), weights[i]->value.shape(), bias) != 0;
  }
  void mark_cudnn(const Shape& bias) {
    Assignment* parts = &plan[plan.size() - 3];
    const Dim gates = cudnn_gates(parts[1].weight->value.shape(), parts[2].weight->value.shape(), bias);
    const CudnnPart names[] = {CudnnPart::kernel, CudnnPart::recurrent_kernel, CudnnPart::bias};
    for (int k = 0; k < 3; ++k) {
      parts[k].from.cudnn = names[k];
      parts[k].from.gates = gates;
    }
  }

  const Hdf5File& file_;
  LoadReport& report_;
  bool skip_;
};

}  // namespace

bool has_legacy_weights(const Hdf5File& file, const std::string& group) {
  return file.has_attribute(group, "layer_names");
}

void read_legacy_weights(const Hdf5File& file, const std::string& group, const GraphLayer& model,
                         const LegacyOptions& options, LoadReport& report) {
  const auto groups = list_groups(file, group);
  std::vector<const Layer*> layers;
  for (const auto& layer : model.layers())
    if (!layer->weights().empty()) layers.push_back(layer.get());

  Matcher matcher(file, report, options.skip_mismatch);
  if (options.by_name) {
    std::map<std::string, const Layer*> by_name;
    for (const Layer* layer : layers) by_name[layer->name()] = layer;
    for (const auto& entry : groups)
      if (const auto found = by_name.find(entry.name); found != by_name.end())
        matcher.match(*found->second, entry);
  } else if (groups.size() != layers.size()) {
    report.fault("'" + file.name() + "': the model has " + std::to_string(layers.size()) +
                 " layers with weights; the file has " + std::to_string(groups.size()) + ".");
  } else {
    for (std::size_t i = 0; i < layers.size(); ++i) matcher.match(*layers[i], groups[i]);
  }
  if (!report.problems.empty()) return;

  std::vector<Tensor> values;
  for (const auto& item : matcher.plan) {
    View into = item.weight->value.view();
    if (options.staged) into = values.emplace_back(Tensor::uninitialized(into.shape(), into.dtype())).view();
    read_legacy_weight(file, item.from, into);
    if (!options.staged) item.weight->touch();
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    copy(values[i], matcher.plan[i].weight->value.view());
    matcher.plan[i].weight->touch();
  }
}

void write_legacy_weights(Hdf5Writer& file, const std::string& group, const GraphLayer& model,
                          const std::string& keras_version) {
  std::vector<std::string> layer_names;
  file.group(group.empty() ? "/" : group);
  for (const auto& layer : model.layers()) {
    layer_names.push_back(layer->name());
    const std::string path = join_path(group, layer->name());
    file.group(path);
    std::vector<std::string> weight_names;
    std::map<std::string, int> used;
    for (const auto& weight : legacy_order(*layer)) {
      // Names must differ within the group; inner layers have kernels too.
      std::string name = layer->name() + "/" + weight->name;
      if (const int count = used[name]++; count > 0) name += "_" + std::to_string(count);
      weight_names.push_back(name);
      file.write(join_path(path, name), weight->value);
    }
    file.attribute(path, "weight_names", weight_names);
  }
  file.attribute(group, "layer_names", layer_names);
  file.attribute(group, "backend", std::string("rhyton"));
  file.attribute(group, "keras_version", keras_version);
  file.group(join_path(group, "top_level_model_weights"));
  file.attribute(join_path(group, "top_level_model_weights"), "weight_names", std::vector<std::string>{});
}

}  // namespace rhyton
