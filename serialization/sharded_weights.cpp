#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nn/raise.hpp"
#include "serialization/atomic_file.hpp"
#include "serialization/json_text.hpp"
#include "serialization/keras_file.hpp"
#include "serialization/limits.hpp"
#include "serialization/weights_tree.hpp"

namespace rhyton {

namespace {

/// One variable and the shard that it goes to.
struct Placed {
  const WeightGroup* group;
  std::size_t index, shard;
};

/// "x" of "x.weights.json".
std::string stem_of(const std::filesystem::path& path) {
  constexpr std::string_view ending = ".weights.json";
  std::string stem = path.filename().string();
  stem.resize(stem.size() - ending.size());
  return stem;
}

std::string shard_name(const std::string& stem, std::size_t shard) {
  const std::string number = std::to_string(shard);
  return fmt::format("{}_{}{}.weights.h5", stem,
                     std::string(5 - std::min<std::size_t>(5, number.size()), '0'), number);
}

/// The shards of the index at `path` that only it can own, by their names; none if no index is there.
std::set<std::string> shards_of(const std::filesystem::path& path) {
  std::set<std::string> names;
  try {
    const Json index = parse_json_text(open_file_source(path)->read_all(limits::json_bytes), path.string());
    for (const Json& files : index.at("weight_map"))
      for (const Json& file : files.is_array() ? files : Json::array({files})) {
        check_shard_name(file, path.string());
        const std::string name = file.get<std::string>();
        if (name.starts_with(stem_of(path) + "_") && name.ends_with(".weights.h5")) names.insert(name);
      }
  } catch (const std::exception&) {
    return {};  // something else lies there, which is replaced as any file is
  }
  return names;
}

/// Takes the names that Keras gives its shards, if nobody has: puts an empty file where the first one
/// belongs. (Other names still need it: Keras opens this file before it looks into the index.)
bool take_plain_names(const std::filesystem::path& first) {
  AtomicFile file(first);
  Hdf5Writer(file.path()).close();
  std::error_code error;
  std::filesystem::create_hard_link(file.path(), first, error);
  if (!error) return true;
  if (std::filesystem::exists(first)) return false;
  file.commit();  // a file system without links
  return true;
}

void remove_files(const std::filesystem::path& folder, const std::set<std::string>& names) {
  std::error_code ignored;
  for (const std::string& name : names) std::filesystem::remove(folder / name, ignored);
}

/// The shards of a save that is under way. Without an index that names them they are gone in the end.
struct NewShards {
  explicit NewShards(std::filesystem::path where) : folder(std::move(where)) {}
  NewShards(const NewShards&) = delete;
  NewShards& operator=(const NewShards&) = delete;
  ~NewShards() {
    if (!named) remove_files(folder, committed);
  }
  void commit() {
    for (auto& [name, file] : files) {
      file.commit();
      committed.insert(name);
    }
  }

  std::filesystem::path folder;
  std::map<std::string, AtomicFile> files;
  std::set<std::string> committed;
  bool named = false;
};

}  // namespace

void write_sharded_weights(const std::filesystem::path& path, const GraphLayer& model,
                           std::uint64_t max_shard_bytes, FileDialect dialect) {
  AtomicFile index(path);
  // The index is replaced in one step, and with it the shards: so none may lie where one of the old index
  // does, or one of another process that saves here.
  const std::filesystem::path folder = path.parent_path(), first = folder / shard_name(stem_of(path), 0);
  std::error_code ignored;
  const bool replaces = std::filesystem::exists(path, ignored);
  const bool plain = take_plain_names(first) && !replaces;
  const std::string stem = plain ? stem_of(path) : fmt::format("{}_{}", stem_of(path), random_suffix());
  NewShards shards(folder);
  if (plain) shards.committed.insert(first.filename().string());

  const auto groups = weight_groups(model);
  std::vector<Placed> placed;
  std::size_t shard = 0;
  std::uint64_t used = 0, total = 0;
  Json map = Json::object();
  for (const auto& group : groups)
    for (std::size_t i = 0; i < group.weights.size(); ++i) {
      const std::uint64_t bytes = group.weights[i]->value.bytes();
      if (bytes > max_shard_bytes)
        raise<ValueError>(
            "The weight '{}' of {} has {} bytes, more than a shard may have ({}). Increase max_shard_size.",
            group.weights[i]->name, group.layer->label(), bytes, max_shard_bytes);
      if (used + bytes > max_shard_bytes && used > 0) {
        ++shard;
        used = 0;
      }
      used += bytes;
      total += bytes;
      placed.push_back({&group, i, shard});
      Json& files = map["/" + path_in(dialect, group.path) + "/vars"];
      if (const Json name = shard_name(stem, shard); files.empty() || files.back() != name)
        files.push_back(name);
    }

  for (std::size_t s = 0; s <= shard; ++s) {
    const std::string name = shard_name(stem, s);
    AtomicFile& file = shards.files.try_emplace(name, folder / name).first->second;
    Hdf5Writer writer(file.path());
    for (const auto& item : placed) {
      if (item.shard != s) continue;
      const std::string vars = path_in(dialect, item.group->path) + "/vars";
      writer.write(fmt::format("{}/{}", vars, item.index), item.group->weights[item.index]->value);
    }
    writer.close();
  }
  const Json metadata = {{"total_size", static_cast<double>(total)}};
  index.write(write_json_text({{"metadata", metadata}, {"weight_map", map}}, 4));
  shards.commit();
  auto old = shards_of(path);
  index.commit();
  shards.named = true;
  // What only the old index needed.
  for (const std::string& name : shards.committed) old.erase(name);
  if (old.erase(first.filename().string()) != 0) {
    AtomicFile empty(first);
    Hdf5Writer(empty.path()).close();
    empty.commit();
  }
  remove_files(folder, old);
}

}  // namespace rhyton
