#include "layers/operations/operation_layer.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "nn/name_lists.hpp"
#include "nn/raise.hpp"

namespace rhyton {

OperationLayer::OperationLayer(OperationCall&& call) : Layer(call.name, true, ""), call_(std::move(call)) {}

void OperationLayer::write_config(ConfigWriter& writer) const {
  writer("name", name());
  if (!call_.config) return;
  for (const auto& [key, value] : call_.config->items())
    if (key != "name") writer(key.c_str(), value);
}

std::shared_ptr<const Json> OperationLayer::call_arguments() const {
  Json arguments = Json::object();
  arguments["args"] = call_.args ? *call_.args : Json::array();
  arguments["kwargs"] = call_.kwargs ? *call_.kwargs : Json::object();
  return std::make_shared<const Json>(std::move(arguments));
}

const Json* OperationArguments::find(std::string_view name) const {
  auto lookup = [&](const std::shared_ptr<const Json>& object) -> const Json* {
    if (!object || !object->is_object()) return nullptr;
    const auto it = object->find(std::string(name));
    return it == object->end() || it->is_null() ? nullptr : &*it;
  };
  const Json* found = lookup(call_.kwargs);
  if (!found) {
    const auto position = position_in(positions_, name);
    if (position && call_.args && *position < call_.args->size()) found = &(*call_.args)[*position];
  }
  if (!found) found = lookup(call_.config);
  return found && !found->is_null() ? found : nullptr;
}

namespace {
[[noreturn]] void wrong(const OperationCall& call, std::string_view name, const Json& json) {
  raise<ValueError>("the operation {} ('{}'): unexpected argument {}={}.", call.class_name, call.name, name,
                    json.dump().substr(0, 100));
}
}  // namespace

std::int64_t OperationArguments::integer(std::string_view name, std::int64_t fallback) const {
  const Json* json = find(name);
  if (json && !json->is_number_integer()) wrong(call_, name, *json);
  return json ? json->get<std::int64_t>() : fallback;
}
double OperationArguments::number(std::string_view name, double fallback) const {
  const Json* json = find(name);
  if (json && !json->is_number()) wrong(call_, name, *json);
  return json ? json->get<double>() : fallback;
}
bool OperationArguments::boolean(std::string_view name, bool fallback) const {
  const Json* json = find(name);
  if (json && !json->is_boolean()) wrong(call_, name, *json);
  return json ? json->get<bool>() : fallback;
}
std::string OperationArguments::text(std::string_view name, const char* fallback) const {
  const Json* json = find(name);
  if (json && !json->is_string()) wrong(call_, name, *json);
  return json ? json->get<std::string>() : fallback;
}
std::vector<std::int64_t> OperationArguments::integers(std::string_view name) const {
  const Json* json = find(name);
  std::vector<std::int64_t> out;
  if (!json) return out;
  if (json->is_number_integer()) return {json->get<std::int64_t>()};
  if (!json->is_array()) wrong(call_, name, *json);
  for (const Json& item : *json) {
    if (!item.is_number_integer() && !item.is_null()) wrong(call_, name, *json);
    out.push_back(item.is_null() ? unknown : item.get<std::int64_t>());
  }
  return out;
}
int OperationArguments::tensor(std::string_view name) const {
  const Json* json = find(name);
  if (!json || !json->is_object() || !json->contains("$")) return -1;
  return (*json)["$"].get<int>();
}

namespace {
const std::map<std::string, detail::OperationFactory>& factories() {
  static const auto table = [] {
    detail::OperationTable list;
    detail::add_unary_operations(list);
    detail::add_casts(list);
    detail::add_binary_operations(list);
    detail::add_reductions(list);
    detail::add_movements(list);
    detail::add_joins(list);
    detail::add_products(list);
    detail::add_where(list);
    detail::add_scans(list);
    detail::add_sorts(list);
    detail::add_lookups(list);
    detail::add_fourier(list);
    detail::add_linear_algebra(list);
    detail::add_selections(list);
    detail::add_einsum(list);
    detail::add_composed_sums(list);
    detail::add_composed_products(list);
    detail::add_composed_movements(list);
    detail::add_composed_networks(list);
    detail::add_composed_images(list);
    detail::add_composed_windows(list);
    detail::add_convolutions(list);
    return std::map<std::string, detail::OperationFactory>(list.begin(), list.end());
  }();
  return table;
}
}  // namespace

std::shared_ptr<Layer> make_operation(OperationCall&& call) {
  const auto it = factories().find(call.class_name);
  if (it == factories().end()) raise<NotSupported>("the operation {} ('{}')", call.class_name, call.name);
  return it->second(std::move(call));
}

std::vector<std::string> operation_names() {
  std::vector<std::string> out;
  for (const auto& [name, factory] : factories()) out.push_back(name);
  return out;
}

}  // namespace rhyton
