#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nn/config.hpp"
#include "serialization/json_text.hpp"
#include "tests/fuzz/targets.hpp"

namespace rhyton::fuzz {

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// In an order of their own, so that runs are repeatable.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

/// A model of one layer, from what Keras recorded of it.
void add_layers(const Json& golden, std::vector<std::string>& out) {
  constexpr std::size_t cases_a_layer = 4;
  std::size_t taken = 0;
  for (const auto& [name, facts] : golden["cases"].items()) {
    if (!facts.contains("inputs") || facts["inputs"].size() != 1 || ++taken > cases_a_layer) continue;
    Json shape = facts["inputs"][0]["shape"];
    if (!shape.is_array() || shape.empty()) continue;
    shape[0] = nullptr;
    const Json input = {{"class_name", "InputLayer"},
                        {"config", {{"batch_shape", shape}, {"dtype", facts["inputs"][0]["dtype"]}}}};
    const Json layer = {{"module", "keras.layers"},
                        {"class_name", golden["layer"]},
                        {"config", facts["config"]},
                        {"registered_name", nullptr}};
    out.push_back(Json({{"module", "keras"},
                        {"class_name", "Sequential"},
                        {"config", {{"name", "m"}, {"layers", {input, layer}}}}})
                      .dump());
  }
}

}  // namespace

std::vector<std::string> seeds(const std::string& kind, const std::string& tests) {
  constexpr std::uintmax_t most_bytes = 200'000;
  const std::string ending = kind == "hdf5" ? ".h5" : "." + kind;
  std::vector<std::string> out;
  for (const char* folder : {"data", "serialization"})
    for (const auto& path : files_below(tests + "/" + folder)) {
      const std::string text = path.extension() == ending ? read(path) : std::string();
      if (!text.empty() && text.size() <= most_bytes && text.find("weight_map") == std::string::npos)
        out.push_back(text);
    }
  if (kind == "json")
    for (const auto& path : files_below(tests + "/golden")) {
      if (path.extension() != ".json") continue;
      const Json golden = parse_json_text(read(path), path.string());
      if (golden.contains("layer") && golden.contains("cases")) add_layers(golden, out);
    }
  return out;
}

}  // namespace rhyton::fuzz
