#include "cli/arrays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/command.hpp"
#include "nn/raise.hpp"

namespace rhyton::cli {

namespace {

Tensor* find_array(NamedTensors& arrays, const std::string& name) {
  return const_cast<Tensor*>(find(arrays, name));
}

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += fmt::format("{}{}'", text.empty() ? "'" : ", '", name);
  return text;
}

/// Position of the name before the "=", or -1 if the argument is a path alone.
int named_array(const std::string& argument, const std::string& role, const std::vector<std::string>& names,
                const std::string& option) {
  const auto at = argument.find('=');
  if (at == std::string::npos) return -1;
  const auto it = std::find(names.begin(), names.end(), argument.substr(0, at));
  if (it != names.end()) return static_cast<int>(it - names.begin());
  if (std::filesystem::exists(argument)) return -1;
  throw UsageError(fmt::format("{} {}: the model has no {} '{}', but {}.", option, argument, role,
                               argument.substr(0, at), quoted(names)));
}

}  // namespace

std::vector<std::string> input_names(const Model& model) {
  return model.graph().has_graph() ? model.graph().input_names() : std::vector<std::string>{"x"};
}
std::vector<std::string> output_names(const Model& model) {
  return model.graph().has_graph() ? model.graph().output_names() : std::vector<std::string>{"y"};
}

std::vector<Tensor> read_each(const std::vector<std::string>& arguments, const std::string& role,
                              const std::vector<std::string>& names, const std::string& option) {
  if (arguments.size() != names.size())
    throw UsageError(fmt::format("the model has {} {}(s), {}; give {} once for each. Received: {}.",
                                 names.size(), role, quoted(names), option, arguments.size()));
  std::vector<std::string> paths(names.size());
  std::size_t positional = 0;
  for (const auto& argument : arguments) {
    const int named = named_array(argument, role, names, option);
    std::string& path = paths[named < 0 ? positional++ : static_cast<std::size_t>(named)];
    if (!path.empty())
      throw UsageError(fmt::format("{} {}: this {} is given twice. Name all (NAME=A.npy) or none.", option,
                                   argument, role));
    path = named < 0 ? argument : argument.substr(argument.find('=') + 1);
  }
  std::vector<Tensor> out;
  for (const auto& path : paths) out.push_back(read_npy(path));
  return out;
}

std::vector<Tensor> read_inputs(const std::vector<std::string>& arguments, const Model& model) {
  return read_each(arguments, "input", input_names(model), "--input");
}

std::vector<Tensor> take_arrays(NamedTensors& arrays, const std::string& prefix,
                                const std::vector<std::string>& names) {
  std::vector<Tensor> out;
  if (Tensor* whole = find_array(arrays, prefix)) {
    if (names.size() > 1)
      raise<Error>("array '{}' cannot be given alone: there are {}, {}. Name them {}_NAME or {}_0, {}_1, ...",
                   prefix, names.size(), quoted(names), prefix, prefix, prefix);
    out.push_back(std::move(*whole));
    return out;
  }
  std::vector<std::string> by_name, by_number;
  for (std::size_t i = 0; i < names.size(); ++i) {
    by_name.push_back(fmt::format("{}_{}", prefix, names[i]));
    by_number.push_back(fmt::format("{}_{}", prefix, i));
  }
  for (const auto& keys : {by_name, by_number}) {
    std::vector<std::string> missing;
    for (const auto& key : keys)
      if (!find_array(arrays, key)) missing.push_back(key);
    if (missing.size() == keys.size()) continue;
    if (!missing.empty()) raise<Error>("missing array {}.", quoted(missing));
    for (const auto& key : keys) out.push_back(std::move(*find_array(arrays, key)));
    return out;
  }
  return out;
}

std::vector<Tensor> take_weights(NamedTensors& arrays, const std::string& prefix,
                                 const std::vector<std::string>& outputs) {
  return take_arrays(arrays, prefix, find_array(arrays, prefix) ? std::vector<std::string>{prefix} : outputs);
}

std::vector<Tensor> take_required(NamedTensors& arrays, const std::string& prefix,
                                  const std::vector<std::string>& names, const std::string& file) {
  auto out = take_arrays(arrays, prefix, names);
  if (!out.empty()) return out;
  std::vector<std::string> there;
  for (const auto& [name, tensor] : arrays) there.push_back(name);
  raise<Error>(
      "{}: no array '{}'{}. The file holds {}.", file, prefix,
      names.size() > 1 ? fmt::format(" for {} ({}_NAME or {}_0, ...)", quoted(names), prefix, prefix) : "",
      there.empty() ? "no arrays" : quoted(there));
}

}  // namespace rhyton::cli
