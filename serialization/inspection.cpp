#include "serialization/inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "nn/layer.hpp"
#include "nn/raise.hpp"
#include "serialization/dialect.hpp"
#include "serialization/graph_json.hpp"
#include "serialization/json_text.hpp"
#include "serialization/legacy_weights.hpp"
#include "serialization/limits.hpp"
#include "serialization/npy.hpp"
#include "serialization/weights_store.hpp"
#include "serialization/zip_archive.hpp"

namespace rhyton {

namespace {

std::string text_of(const Json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& member(const Json& object, const char* key) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

/// "9" before "10".
bool natural_less(const std::string& a, const std::string& b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto number = [&](const std::string& text, std::size_t& at) {
    while (at + 1 < text.size() && text[at] == '0' && is_digit(text[at + 1])) ++at;
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return text.substr(begin, at - begin);
  };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string x = number(a, i), y = number(b, j);
      if (x != y) return std::make_tuple(x.size(), x) < std::make_tuple(y.size(), y);
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i, ++j;
    }
  }
  return a.size() - i < b.size() - j;
}

/// The optimizer's arrays have a place of their own in every format.
bool is_optimizer_path(const std::string& path) {
  return path.starts_with("optimizer/") || path.starts_with("optimizer_weights/");
}

class Inspector {
 public:
  explicit Inspector(const std::filesystem::path& path) : path_(path) { out.file = path.string(); }

  void inspect() {
    const auto source = open_file_source(path_);
    out.bytes = source->size();
    if (is_zip(path_)) return archive();
    if (is_hdf5(path_)) return hdf5(Hdf5File(source));
    char start[6] = {};
    if (source->size() >= sizeof start) source->read(0, start, sizeof start);
    if (std::string_view(start, sizeof start) == "\x93NUMPY") {
      out.kind = "NumPy array";
      return add(out.file, [&] { return npy_facts(*source); });
    }
    json(parse_json_text(read_json_file(*source), out.file));
  }

  FileFacts out;

 private:
  void archive() {
    const ZipReader zip(path_);
    for (const auto& m : zip.members()) out.members.emplace_back(m.name, m.bytes);
    if (!zip.has("config.json")) {
      out.kind = "NumPy archive";
      arrays(zip);
      if (out.weights.empty())
        raise<FormatError>("'{}' is a zip file without config.json and without .npy arrays.", out.file);
      return;
    }
    out.kind = "Keras archive";
    if (zip.has("metadata.json")) {
      const Json metadata =
          parse_json_text(zip.read("metadata.json", limits::json_bytes), out.file + ":metadata.json");
      out.keras_version = text_of(metadata, "keras_version");
      out.date_saved = text_of(metadata, "date_saved");
    }
    const Json config =
        parse_json_text(zip.read("config.json", limits::json_bytes), out.file + ":config.json");
    model(config);
    training(member(config, "compile_config"), "optimizer");
    if (zip.has("model.weights.h5")) walk(Hdf5File(zip.open("model.weights.h5")), "", "");
    if (zip.has("model.weights.npz")) {
      const auto weights = zip.open("model.weights.npz");
      arrays(ZipReader(weights->read_all(limits::member_bytes), weights->name()));
    }
  }

  void hdf5(const Hdf5File& file) {
    for (const char* place : {"", "model_weights"}) {
      if (out.keras_version.empty()) out.keras_version = attribute(file, place, "keras_version");
      if (out.backend.empty()) out.backend = attribute(file, place, "backend");
    }
    if (file.has_attribute("", "model_config")) {
      out.kind = "whole-model HDF5";
      // Before this attribute there was only Keras 1 and 2.
      if (out.keras_version.empty()) out.keras_version = "2.0.0";
      model(parse_json_text(file.text("", "model_config"), out.file + ":model_config"));
      if (file.has_attribute("", "training_config"))
        training(parse_json_text(file.text("", "training_config"), out.file + ":training_config"),
                 "optimizer_config");
    } else {
      out.kind = has_legacy_weights(file, "") ? "Keras 2 weights" : "Keras 3 weights";
    }
    walk(file, "", "");
  }

  void json(const Json& json) {
    const Json& map = member(json, "weight_map");
    if (map.is_object()) return shards(map);
    if (text_of(json, "class_name").empty())
      raise<FormatError>("'{}' is JSON, but neither a model nor the map of sharded weights.", out.file);
    out.kind = "model JSON";
    out.keras_version = text_of(json, "keras_version");
    out.backend = text_of(json, "backend");
    model(json);
    training(member(json, "compile_config"), "optimizer");
  }

  void shards(const Json& map) {
    out.kind = "sharded weights";
    std::vector<std::string> names;
    for (const auto& [key, files] : map.items())
      for (const Json& file : files.is_array() ? files : Json::array({files})) {
        check_shard_name(file, out.file);
        names.push_back(file.get<std::string>());
      }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (const auto& name : names) {
      const auto source = open_file_source(path_.parent_path() / name);
      out.members.emplace_back(name, source->size());
      walk(Hdf5File(source), "", name + ": ");
    }
  }

  void model(const Json& object) {
    const Dialect dialect = detect_dialect(object, out.keras_version);
    out.dialect = dialect == Dialect::keras3 ? "Keras 3" : "Keras 2";
    out.model_class = text_of(object, "class_name");
    out.model_name = text_of(member(object, "config"), "name");
    layers(member(object, "config"), 0);
  }

  void layers(const Json& config, int depth) {
    const Json& list = config.is_array() ? config : member(config, "layers");
    if (depth > limits::nested_models || !list.is_array()) return;
    const auto& registry = Registry<Layer>::global();
    for (const Json& entry : list) {
      if (out.layers.size() >= limits::layers)
        raise<FormatError>("'{}' lists more than {} layers.", out.file, limits::layers);
      Json layer = entry;
      // Old names of classes become today's; what cannot be expressed is for loading to say.
      std::vector<std::string> ignored;
      modernize_layer(layer, Dialect::keras2, ignored, &ignored);
      const bool is_model = is_model_object(entry);
      FileLayer facts{text_of(layer, "class_name"), text_of(member(entry, "config"), "name"), depth, true};
      if (facts.name.empty()) facts.name = text_of(entry, "name");
      facts.known = is_model || registry.contains(facts.class_name) ||
                    registry.contains(text_of(entry, "registered_name")) ||
                    text_of(entry, "module").find(".ops.") != std::string::npos ||
                    facts.class_name == "TFOpLambda" || facts.class_name == "SlicingOpLambda";
      out.layers.push_back(std::move(facts));
      if (is_model) layers(member(entry, "config"), depth + 1);
    }
  }

  void training(const Json& config, const char* optimizer_key) {
    if (!config.is_object() || config.empty()) return;
    out.training = config;
    const Json& optimizer = member(config, optimizer_key);
    out.optimizer = optimizer.is_string() ? optimizer.get<std::string>() : text_of(optimizer, "class_name");
  }

  static std::string attribute(const Hdf5File& file, const char* object, const char* name) {
    const bool there = (*object == '\0' || file.has_group(object)) && file.has_attribute(object, name);
    return there ? file.text(object, name) : std::string();
  }

  /// All datasets below a group. `prefix` goes before their paths.
  void walk(const Hdf5File& file, const std::string& group, const std::string& prefix) {
    const auto at = [&](const std::string& name) {
      return group.empty() ? name : fmt::format("{}/{}", group, name);
    };
    auto datasets = file.datasets(group), groups = file.groups(group);
    std::sort(datasets.begin(), datasets.end(), natural_less);
    std::sort(groups.begin(), groups.end(), natural_less);
    for (const auto& name : datasets) add(prefix + at(name), [&] { return file.facts(at(name)); });
    for (const auto& name : groups) walk(file, at(name), prefix);
  }

  void arrays(const ZipReader& zip) {
    constexpr std::string_view ending = ".npy";
    for (const auto& m : zip.members())
      if (m.name.ends_with(ending))
        add(m.name.substr(0, m.name.size() - ending.size()), [&] { return npy_facts(*zip.open(m.name)); });
  }

  template <class Facts>
  void add(const std::string& path, Facts&& facts) {
    FileArray array{path, {}, {}};
    try {
      array.facts = facts();
    } catch (const Error& error) {
      array.problem = error.what();
    }
    (is_optimizer_path(path) ? out.optimizer_state : out.weights).push_back(std::move(array));
    if (out.weights.size() + out.optimizer_state.size() > limits::group_members)
      raise<FormatError>("'{}' has too many arrays.", out.file);
  }

  const std::filesystem::path& path_;
};

}  // namespace

std::uint64_t FileFacts::weight_values() const {
  std::uint64_t total = 0;
  for (const auto& array : weights)
    if (array.problem.empty()) total += static_cast<std::uint64_t>(array.facts.shape.size());
  return total;
}

std::uint64_t FileFacts::weight_bytes() const {
  std::uint64_t total = 0;
  for (const auto& array : weights)
    if (array.problem.empty()) total += array.facts.bytes;
  return total;
}

std::vector<const FileArray*> FileFacts::unreadable() const {
  std::vector<const FileArray*> out;
  for (const auto* list : {&weights, &optimizer_state})
    for (const auto& array : *list)
      if (!array.problem.empty()) out.push_back(&array);
  return out;
}

FileFacts inspect_file(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path))
    raise<NotSupported>("'{}' is a folder: TensorFlow's SavedModel is not supported.", path.string());
  Inspector inspector(path);
  inspector.inspect();
  return std::move(inspector.out);
}

}  // namespace rhyton
