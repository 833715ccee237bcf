#include <algorithm>

#include "nn/error.hpp"
#include "serialization/atomic_file.hpp"
#include "serialization/json_text.hpp"
#include "serialization/keras_file.hpp"
#include "serialization/weights_tree.hpp"

namespace rhyton {

namespace {

/// One variable and the shard that it goes to.
struct Placed {
  const WeightGroup* group;
  std::size_t index, shard;
};

std::string shard_name(const std::filesystem::path& path, std::size_t shard) {
  constexpr std::string_view ending = ".weights.json";
  std::string stem = path.filename().string();
  stem.resize(stem.size() - ending.size());
  const std::string number = std::to_string(shard);
  return stem + "_" + std::string(5 - std::min<std::size_t>(5, number.size()), '0') + number + ".weights.h5";
}

}  // namespace

void write_sharded_weights(const std::filesystem::path& path, const GraphLayer& model,
                           std::uint64_t max_shard_bytes, FileDialect dialect) {
  const auto groups = weight_groups(model);
  std::vector<Placed> placed;
  std::size_t shard = 0;
  std::uint64_t used = 0, total = 0;
  Json map = Json::object();
  for (const auto& group : groups)
    for (std::size_t i = 0; i < group.weights.size(); ++i) {
      const std::uint64_t bytes = group.weights[i]->value.bytes();
      if (bytes > max_shard_bytes)
        throw ValueError("The weight '" + group.weights[i]->name + "' of " + group.layer->label() + " has " +
                         std::to_string(bytes) + " bytes, more than a shard may have (" +
                         std::to_string(max_shard_bytes) + "). Increase max_shard_size.");
      if (used + bytes > max_shard_bytes && used > 0) {
        ++shard;
        used = 0;
      }
      used += bytes;
      total += bytes;
      placed.push_back({&group, i, shard});
      Json& files = map["/" + path_in(dialect, group.path) + "/vars"];
      if (const Json name = shard_name(path, shard); files.empty() || files.back() != name)
        files.push_back(name);
    }

  for (std::size_t s = 0; s <= shard; ++s) {
    AtomicFile file(path.parent_path() / shard_name(path, s));
    Hdf5Writer writer(file.path());
    for (const auto& item : placed) {
      if (item.shard != s) continue;
      const std::string vars = path_in(dialect, item.group->path) + "/vars";
      writer.write(vars + "/" + std::to_string(item.index), item.group->weights[item.index]->value);
    }
    writer.close();
    file.commit();
  }
  const Json metadata = {{"total_size", static_cast<double>(total)}};
  write_file(path, write_json_text({{"metadata", metadata}, {"weight_map", map}}, 4));
}

}  // namespace rhyton
