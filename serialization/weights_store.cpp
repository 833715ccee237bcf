#include "serialization/weights_store.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nn/raise.hpp"
#include "serialization/json_text.hpp"
#include "serialization/limits.hpp"
#include "serialization/npy.hpp"
#include "serialization/zip_archive.hpp"

namespace rhyton {

namespace {

std::string variables(const std::string& path) { return join_path(path, "vars"); }

[[noreturn]] void missing(const std::string& store, const std::string& path, std::size_t i) {
  raise<FormatError>("'{}': has no variable {}/{}.", store, variables(path), i);
}

class Hdf5Weights final : public WeightsStore {
 public:
  explicit Hdf5Weights(std::shared_ptr<const Hdf5File> file) : file_(std::move(file)) {}

  std::string name() const override { return file_->name(); }
  std::uint64_t bytes() const override { return file_->bytes(); }
  bool has(const std::string& path) const override { return file_->has_group(path); }
  std::vector<std::string> children(const std::string& path) const override {
    auto names = has(path) ? file_->groups(path) : std::vector<std::string>();
    std::erase(names, "vars");
    return names;
  }
  std::size_t count(const std::string& path) const override {
    const std::string group = variables(path);
    return file_->has_group(group) ? file_->datasets(group).size() : 0;
  }
  DatasetFacts facts(const std::string& path, std::size_t i) const override {
    return file_->facts(at(path, i));
  }
  void read(const std::string& path, std::size_t i, View into) const override {
    file_->read(at(path, i), into);
  }
  std::vector<std::string> variable_names(const std::string& path) const override {
    const std::string group = variables(path);
    return file_->has_group(group) ? file_->datasets(group) : std::vector<std::string>();
  }
  Tensor read(const std::string& path, const std::string& name) const override {
    return file_->read(fmt::format("{}/{}", variables(path), name));
  }
  bool holds(const std::string& path, std::size_t i) const { return file_->has_dataset(at(path, i)); }
  std::string layer_name(const std::string& path) const override {
    const std::string group = variables(path);
    return file_->has_attribute(group, "name") ? file_->text(group, "name") : std::string();
  }

 private:
  static std::string at(const std::string& path, std::size_t i) {
    return fmt::format("{}/{}", variables(path), i);
  }

  std::shared_ptr<const Hdf5File> file_;
};

/// Several HDF5 files and a map of which path is in which of them; one path's variables may be in more than
/// one.
class ShardedWeights final : public WeightsStore {
 public:
  ShardedWeights(const std::filesystem::path& path, const Json& map) : path_(path) {
    const auto entries = map.find("weight_map");
    if (entries == map.end() || !entries->is_object()) fail("has no weight_map.");
    for (const auto& [key, files] : entries->items()) {
      auto& shards = map_[key];
      const Json list = files.is_array() ? files : Json::array({files});
      for (const Json& file : list) shards.push_back(shard(file));
    }
  }

  std::string name() const override { return path_.string(); }
  std::uint64_t bytes() const override {
    std::uint64_t total = 0;
    for (const auto& [file, shard] : shards_) total += shard->bytes();
    return total;
  }
  bool has(const std::string& path) const override {
    for (const auto& [file, shard] : shards_)
      if (shard->has(path)) return true;
    return false;
  }
  std::vector<std::string> children(const std::string& path) const override {
    std::set<std::string> names;
    for (const auto& [file, shard] : shards_)
      for (auto& child : shard->children(path)) names.insert(std::move(child));
    return {names.begin(), names.end()};
  }
  std::size_t count(const std::string& path) const override {
    std::size_t total = 0;
    for (const auto& shard : of(path)) total += shard->count(path);
    return total;
  }
  DatasetFacts facts(const std::string& path, std::size_t i) const override {
    return find(path, i).facts(path, i);
  }
  void read(const std::string& path, std::size_t i, View into) const override {
    find(path, i).read(path, i, into);
  }
  std::string layer_name(const std::string& path) const override {
    for (const auto& shard : of(path))
      if (auto name = shard->layer_name(path); !name.empty()) return name;
    return {};
  }

 private:
  using ShardPtr = std::shared_ptr<const Hdf5Weights>;

  [[noreturn]] void fail(const std::string& what) const {
    raise<FormatError>("'{}': {}", path_.string(), what);
  }

  ShardPtr shard(const Json& name) {
    check_shard_name(name, path_.string());
    auto& slot = shards_[name.get<std::string>()];
    if (!slot)
      slot = std::make_shared<Hdf5Weights>(
          std::make_shared<Hdf5File>(path_.parent_path() / name.get<std::string>()));
    return slot;
  }

  const std::vector<ShardPtr>& of(const std::string& path) const {
    static const std::vector<ShardPtr> none;
    const auto found = map_.find("/" + variables(path));
    return found == map_.end() ? none : found->second;
  }

  const Hdf5Weights& find(const std::string& path, std::size_t i) const {
    for (const auto& shard : of(path))
      if (shard->holds(path, i)) return *shard;
    missing(path_.string(), path, i);
  }

  std::filesystem::path path_;
  std::map<std::string, ShardPtr> shards_;
  std::map<std::string, std::vector<ShardPtr>> map_;
};

/// Plain arrays under names like "layers/dense/vars/0".
class NpzWeights final : public WeightsStore {
 public:
  NpzWeights(std::string name, std::uint64_t bytes, NamedTensors tensors)
      : name_(std::move(name)), bytes_(bytes) {
    for (auto& [key, tensor] : tensors) tensors_.emplace(std::move(key), std::move(tensor));
  }

  std::string name() const override { return name_; }
  std::uint64_t bytes() const override { return bytes_; }
  bool has(const std::string& path) const override { return path.empty() || !below(path).empty(); }
  std::vector<std::string> children(const std::string& path) const override {
    std::set<std::string> names;
    for (const auto& rest : below(path))
      if (rest.find('/') != std::string::npos) names.insert(rest.substr(0, rest.find('/')));
    names.erase("vars");
    return {names.begin(), names.end()};
  }
  std::size_t count(const std::string& path) const override { return below(variables(path)).size(); }
  DatasetFacts facts(const std::string& path, std::size_t i) const override {
    const Tensor& tensor = at(path, i);
    return {tensor.shape(), std::string(to_string(tensor.dtype())), tensor.dtype(), tensor.bytes()};
  }
  void read(const std::string& path, std::size_t i, View into) const override {
    const Tensor& tensor = at(path, i);
    if (tensor.shape() != into.shape())
      raise<FormatError>("'{}', {}/{}: has the shape {}; expected {}.", name_, variables(path), i,
                         to_string(tensor.shape()), to_string(into.shape()));
    copy(tensor, into);
  }
  std::string layer_name(const std::string&) const override { return {}; }

 private:
  std::vector<std::string> below(const std::string& path) const {
    std::vector<std::string> rests;
    const std::string prefix = path.empty() ? path : path + "/";
    for (auto it = tensors_.lower_bound(prefix); it != tensors_.end() && it->first.starts_with(prefix); ++it)
      rests.push_back(it->first.substr(prefix.size()));
    return rests;
  }
  const Tensor& at(const std::string& path, std::size_t i) const {
    const auto found = tensors_.find(fmt::format("{}/{}", variables(path), i));
    if (found == tensors_.end()) missing(name_, path, i);
    return found->second;
  }

  std::string name_;
  std::uint64_t bytes_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace

std::vector<std::string> WeightsStore::variable_names(const std::string&) const { return {}; }

Tensor WeightsStore::read(const std::string& path, const std::string& name) const {
  raise<FormatError>("'{}': has no variable {}/{}.", this->name(), variables(path), name);
}

void check_shard_name(const Json& name, const std::string& file) {
  const std::string text = name.is_string() ? name.get<std::string>() : std::string();
  if (text.empty() || text[0] == '.' || text.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos)
    raise<FormatError>("'{}': names a shard that is not a plain file name: {}.", file,
                       name.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 80));
}

std::unique_ptr<WeightsStore> open_weights(std::shared_ptr<const Hdf5File> file) {
  return std::make_unique<Hdf5Weights>(std::move(file));
}

std::unique_ptr<WeightsStore> open_npz_weights(const ByteSource& source) {
  return std::make_unique<NpzWeights>(
      source.name(), source.size(),
      read_npz(ZipReader(source.read_all(limits::member_bytes), source.name())));
}

std::unique_ptr<WeightsStore> open_weights(const std::filesystem::path& path) {
  if (is_hdf5(path)) return open_weights(std::make_shared<const Hdf5File>(path));
  if (is_zip(path)) return open_npz_weights(*open_file_source(path));
  if (path.extension() == ".json")
    return std::make_unique<ShardedWeights>(
        path, parse_json_text(open_file_source(path)->read_all(limits::json_bytes), path.string()));
  raise<FormatError>("'{}' is not a weights file: expected HDF5, .npz or .weights.json.", path.string());
}

}  // namespace rhyton
