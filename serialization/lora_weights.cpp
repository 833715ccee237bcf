#include "serialization/lora_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/kernels/dense.hpp"
#include "nn/raise.hpp"
#include "serialization/json_text.hpp"

namespace rhyton {

namespace {

std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }
std::string last(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// alpha / rank of the layer of this name, wherever it is in the configuration; 0: not there.
double scale_in(const Json& json, const std::string& layer) {
  if (!json.is_structured()) return 0;
  if (json.is_object() && json.value("name", Json()) == layer && json.contains("lora_rank") &&
      json["lora_rank"].is_number() && json["lora_rank"].get<double>() > 0) {
    const double rank = json["lora_rank"].get<double>();
    const Json alpha = json.value("lora_alpha", Json());
    return alpha.is_number() ? alpha.get<double>() / rank : 1;
  }
  for (const auto& [key, item] : json.items())
    if (const double found = scale_in(item, layer); found != 0) return found;
  return 0;
}

double scale_of(const Hdf5File& file, const std::string& layer) {
  const double scale = file.has_attribute("", "model_config")
                           ? scale_in(parse_json_text(file.text("", "model_config"), file.name()), layer)
                           : 0;
  if (scale == 0)
    raise<NotSupported>("'{}': the layer '{}' has weights of LoRA, and the file does not say its lora_rank.",
                        file.name(), layer);
  return scale;
}

}  // namespace

std::vector<LegacyWeight> fold_lora(const Hdf5File& file, const std::vector<std::string>& paths) {
  std::vector<LegacyWeight> out;
  for (const auto& path : paths) out.push_back({path});
  for (const auto& a : paths) {
    const std::string name = last(a), layer = parent(a);
    if (!name.starts_with("lora_") || !name.ends_with("_a")) continue;
    const std::string kernel = fmt::format("{}/{}", layer, name.substr(5, name.size() - 7));
    const std::string b = a.substr(0, a.size() - 1) + "b";
    const auto is = [](const std::string& path) {
      return [&path](const LegacyWeight& weight) { return weight.path == path; };
    };
    if (std::none_of(out.begin(), out.end(), is(kernel)) || std::none_of(out.begin(), out.end(), is(b)))
      continue;
    for (const auto* path : {&a, &b, &kernel}) std::erase_if(out, is(*path));
    const auto first = std::find_if(out.begin(), out.end(),
                                    [&](const LegacyWeight& weight) { return parent(weight.path) == layer; });
    out.insert(first, {kernel, a, b, scale_of(file, last(layer))});
  }
  return out;
}

void read_legacy_weight(const Hdf5File& file, const LegacyWeight& weight, View into) {
  if (weight.cudnn != CudnnPart::none)
    return read_cudnn_weight(file, weight.path, weight.cudnn, weight.gates, into);
  file.read(weight.path, into);
  if (weight.lora_a.empty()) return;
  const Shape a_shape = file.facts(weight.lora_a).shape, b_shape = file.facts(weight.lora_b).shape;
  const int last_axis = into.shape().rank() - 1;
  const bool fits = last_axis > 0 && a_shape.rank() == last_axis + 1 && b_shape.rank() == 2 &&
                    a_shape.slice(0, last_axis) == into.shape().slice(0, last_axis) &&
                    a_shape[-1] == b_shape[0] && b_shape[1] == into.shape()[-1];
  if (!fits)
    raise<FormatError>("'{}', {}: LoRA's matrices {} and {} do not fit a weight of the shape {}.",
                       file.name(), weight.lora_a, to_string(a_shape), to_string(b_shape),
                       to_string(into.shape()));
  const auto matrix = [&](const std::string& path, const Shape& shape) {
    Tensor values = Tensor::uninitialized(shape, into.dtype());
    file.read(path, values.view());
    return values;
  };
  const Tensor a = matrix(weight.lora_a, a_shape), b = matrix(weight.lora_b, b_shape);
  const Dim columns = b_shape[1], rank = b_shape[0];
  gemm(into.dtype(), false, false, into.size() / columns, columns, rank, weight.scale, a.raw(), rank, b.raw(),
       columns, 1.0, into.raw(), columns);
}

}  // namespace rhyton
