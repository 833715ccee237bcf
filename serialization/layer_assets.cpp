#include "serialization/layer_assets.hpp"

#include <fmt/format.h>

#include "nn/assets.hpp"
#include "nn/error.hpp"
#include "serialization/limits.hpp"
#include "serialization/weights_tree.hpp"

namespace rhyton {

namespace {

/// Calls f(path, layer) for every layer that has assets.
template <class F>
void for_assets(const GraphLayer& model, F&& f) {
  for (const WeightGroup& group : layer_groups(model))
    if (const auto* layer = dynamic_cast<const HasAssets*>(group.layer))
      f(group.path, const_cast<HasAssets&>(*layer));
}

/// "layers/a" and "b/c" to "layers/a/b/vars/c".
std::string variable_path(const std::string& path, const std::string& name) {
  const auto slash = name.rfind('/');
  if (slash == std::string::npos) return fmt::format("{}/vars/{}", path, name);
  return fmt::format("{}/{}/vars/{}", path, name.substr(0, slash), name.substr(slash + 1));
}

}  // namespace

void read_assets(const ZipReader& archive, const WeightsStore& store, const GraphLayer& model,
                 LoadReport& report) {
  for_assets(model, [&](const std::string& path, HasAssets& layer) {
    try {
      Assets assets;
      const std::string folder = fmt::format("assets/{}/", path);
      for (const ZipMember& member : archive.members())
        if (member.name.starts_with(folder))
          assets.files[member.name.substr(folder.size())] = archive.read(member.name, limits::json_bytes);
      for (const std::string& name : store.variable_names(path))
        if (name.find_first_not_of("0123456789") != std::string::npos)
          assets.variables[name] = store.read(path, name);
      layer.load_assets(assets);
    } catch (const Error& error) {
      report.add(error, "");
    }
  });
}

void write_asset_files(ZipWriter& archive, const GraphLayer& model) {
  for_assets(model, [&](const std::string& path, const HasAssets& layer) {
    for (auto& [name, text] : layer.save_assets().files)
      archive.add(fmt::format("assets/{}/{}", path, name), text);
  });
}

void write_asset_variables(Hdf5Writer& weights, const GraphLayer& model) {
  for_assets(model, [&](const std::string& path, const HasAssets& layer) {
    for (const auto& [name, values] : layer.save_assets().variables)
      weights.write(variable_path(path, name), values);
  });
}

}  // namespace rhyton
