// rhyton inspect FILE
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "nn/raise.hpp"
#include "serialization/inspection.hpp"
#include "serialization/json_text.hpp"

namespace rhyton::cli {

namespace {

struct InspectOptions {
  std::string file;
  bool json = false;
};

std::string size_text(std::uint64_t bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

std::string counted(std::size_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// Columns are aligned to the longest name, but not to one without end: each line would be as long.
int column(std::size_t width) {
  constexpr std::size_t widest = 100;
  return static_cast<int>(std::min(width, widest));
}

/// A loss or metric, or several by their place or output, in few words.
std::string described(const Json& object) {
  if (object.is_string()) return object.get<std::string>();
  if (!object.is_structured()) return write_json_text(object);
  const auto name = object.find("class_name");
  if (object.is_object() && name != object.end() && name->is_string()) {
    const auto config = object.find("config");
    const bool function = *name == "function" && config != object.end() && config->is_string();
    return (function ? *config : *name).get<std::string>();
  }
  std::string text;
  for (const auto& [key, value] : object.items())
    text += (text.empty() ? "" : ", ") + (object.is_object() ? key + ": " : std::string()) + described(value);
  return text;
}

Json arrays_json(const std::vector<FileArray>& arrays) {
  Json out = Json::array();
  for (const auto& array : arrays) {
    Json entry = {{"path", array.path}};
    if (array.problem.empty()) {
      entry["dtype"] = array.facts.dtype;
      Json& shape = entry["shape"] = Json::array();
      for (int i = 0; i < array.facts.shape.rank(); ++i) shape.push_back(array.facts.shape[i]);
      entry["bytes"] = array.facts.bytes;
    } else {
      entry["problem"] = array.problem;
    }
    out.push_back(std::move(entry));
  }
  return out;
}

void print_json(const FileFacts& facts) {
  Json out = {{"file", facts.file}, {"kind", facts.kind}, {"bytes", facts.bytes}};
  const auto text = [&](const char* key, const std::string& value) {
    out[key] = value.empty() ? Json() : Json(value);
  };
  text("keras_version", facts.keras_version);
  text("date_saved", facts.date_saved);
  text("backend", facts.backend);
  text("dialect", facts.dialect);
  out["model"] = Json();
  if (facts.has_model()) {
    Json layers = Json::array();
    for (const auto& layer : facts.layers)
      layers.push_back({{"class_name", layer.class_name},
                        {"name", layer.name},
                        {"depth", layer.depth},
                        {"known", layer.known}});
    out["model"] = {{"class_name", facts.model_class}, {"name", facts.model_name}, {"layers", layers}};
  }
  out["weights"] = arrays_json(facts.weights);
  out["weight_values"] = facts.weight_values();
  out["weight_bytes"] = facts.weight_bytes();
  text("optimizer", facts.optimizer);
  out["optimizer_state"] = arrays_json(facts.optimizer_state);
  out["training"] = facts.training;
  Json& members = out["members"] = Json::array();
  for (const auto& [name, bytes] : facts.members) members.push_back({{"name", name}, {"bytes", bytes}});
  std::printf("%s\n", write_json_text(out).c_str());
}

void print_arrays(const std::vector<FileArray>& arrays) {
  std::size_t width = 0, shape_width = 0;
  for (const auto& array : arrays) {
    width = std::max(width, printable(array.path).size());
    shape_width = std::max(shape_width, to_string(array.facts.shape).size());
  }
  for (const auto& array : arrays) {
    const std::string path = printable(array.path);
    if (array.problem.empty()) {
      std::printf("  %-*s  %-8s  %-*s  %s\n", column(width), path.c_str(), array.facts.dtype.c_str(),
                  static_cast<int>(shape_width), to_string(array.facts.shape).c_str(),
                  size_text(array.facts.bytes).c_str());
    } else {
      std::printf("  %-*s  REFUSED: %s\n", column(width), path.c_str(), printable(array.problem).c_str());
    }
  }
}

void print_head(const FileFacts& facts) {
  std::printf("%s: %s, %s\n", printable(facts.file).c_str(), facts.kind.c_str(),
              size_text(facts.bytes).c_str());
  std::string writer;
  if (!facts.keras_version.empty()) writer += "Keras " + facts.keras_version;
  if (!facts.backend.empty()) writer += ", backend " + facts.backend;
  if (!facts.date_saved.empty()) writer += ", saved " + facts.date_saved;
  if (!writer.empty()) std::printf("Written by: %s\n", printable(writer).c_str());
  if (facts.has_model())
    std::printf("Configuration: of %s%s\n", facts.dialect.c_str(),
                facts.keras_version.empty() ? ", by its form" : "");
  for (const auto& [name, bytes] : facts.members)
    std::printf("  %s  %s\n", printable(name).c_str(), size_text(bytes).c_str());
}

void print_text(const FileFacts& facts) {
  print_head(facts);
  if (facts.has_model()) {
    std::printf("\n%s '%s', %s\n", printable(facts.model_class).c_str(), printable(facts.model_name).c_str(),
                counted(facts.layers.size(), "layer").c_str());
    std::size_t width = 0;
    for (const auto& layer : facts.layers)
      width = std::max(width, 2 * static_cast<std::size_t>(layer.depth) + printable(layer.name).size());
    for (const auto& layer : facts.layers) {
      const std::string name = std::string(2 * static_cast<std::size_t>(layer.depth), ' ') + layer.name;
      const char* remark = layer.class_name == "Lambda" ? "  (Python code: never executed)"
                           : layer.known                ? ""
                                                        : "  (not known to this library)";
      std::printf("  %-*s  %s%s\n", column(width), printable(name).c_str(),
                  printable(layer.class_name).c_str(), remark);
    }
  }
  if (!facts.weights.empty()) {
    std::printf("\nWeights: %s, %s, %s\n", counted(facts.weights.size(), "array").c_str(),
                counted(facts.weight_values(), "value").c_str(), size_text(facts.weight_bytes()).c_str());
    print_arrays(facts.weights);
  }
  if (!facts.optimizer.empty() || !facts.optimizer_state.empty()) {
    std::printf("\nOptimizer: %s, %s\n",
                facts.optimizer.empty() ? "(not named)" : printable(facts.optimizer).c_str(),
                counted(facts.optimizer_state.size(), "array").c_str());
    print_arrays(facts.optimizer_state);
  }
  if (facts.training.is_object() && facts.training.contains("loss"))
    std::printf("\nLoss: %s\n", printable(described(facts.training["loss"])).c_str());
}

void inspect(const InspectOptions& o) {
  const FileFacts facts = inspect_file(o.file);
  o.json ? print_json(facts) : print_text(facts);
  const auto unreadable = facts.unreadable();
  if (!unreadable.empty())
    raise<FormatError>("{} cannot be read, the first: {}", counted(unreadable.size(), "array"),
                       unreadable.front()->problem);
}

}  // namespace

void add_inspect(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  Command command(app, "inspect", "Say what a file is and what is in it, without loading it");
  command.positional("FILE", options->file,
                     "a .keras, .h5, .weights.h5, .weights.json, .json, .npz or .npy file");
  command.flag("--json", options->json, "one line of JSON");
  command.run([options] { inspect(*options); });
}

}  // namespace rhyton::cli
