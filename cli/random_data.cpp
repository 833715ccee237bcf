#include "cli/random_data.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/rng.hpp"

namespace rhyton::cli {

namespace {

constexpr Dim unknown_size = 32;

/// Number of indices that the layers which read an input have room for; 0 if they do not look anything up.
std::int64_t vocabulary(const GraphLayer& graph, const SymbolicTensor& input) {
  std::int64_t size = 0;
  for (const auto& node : graph.nodes()) {
    if (std::find(node->inputs.begin(), node->inputs.end(), input) == node->inputs.end()) continue;
    if (node->layer->class_name() != "Embedding") continue;
    const auto dim = node->layer->get_config().at("input_dim").get<std::int64_t>();
    size = size == 0 ? dim : std::min(size, dim);
  }
  return size;
}

Tensor random_tensor(const Shape& shape, DType dtype, std::int64_t below, Rng& rng) {
  Tensor out = Tensor::uninitialized(shape, DType::float32);
  if (below == 0 && is_floating(dtype)) {
    rng.fill_normal(out.view());
    return out.cast(dtype);
  }
  const std::int64_t bound = below > 0 ? below : dtype == DType::uint8 ? 256 : 2;
  if (dtype == DType::string) {
    Tensor words(shape, dtype);
    for (Dim i = 0; i < words.size(); ++i)
      words.data<std::string>()[i] = "word" + std::to_string(rng.below(1000));
    return words;
  }
  for (Dim i = 0; i < out.size(); ++i)
    out.data()[i] = static_cast<float>(rng.below(static_cast<std::uint64_t>(bound)));
  return out.cast(dtype);
}

std::string loss_name(const Model& model, std::size_t output) {
  const auto& losses = model.compile_arguments().loss;
  const Loss* loss = nullptr;
  if (!losses.named.empty()) {
    const auto it = losses.named.find(model.graph().output_names()[output]);
    if (it != losses.named.end()) loss = &it->second;
  } else if (!losses.list.empty()) {
    loss = &losses.list[std::min(output, losses.list.size() - 1)];
  }
  return loss && *loss ? (*loss)->class_name() : "";
}

}  // namespace

std::vector<Tensor> random_inputs(const Model& model, Dim batch_size, std::uint64_t seed) {
  std::vector<Tensor> out;
  Rng rng(seed);
  for (const SymbolicTensor& input : model.graph().inputs()) {
    Shape shape = input.shape();
    if (shape.rank() > 0 && shape[0] == unknown) shape[0] = batch_size;
    for (int axis = 1; axis < shape.rank(); ++axis)
      if (shape[axis] == unknown) shape[axis] = unknown_size;
    out.push_back(random_tensor(shape, input.dtype(), vocabulary(model.graph(), input), rng));
  }
  return out;
}

std::vector<Tensor> random_targets(const Model& model, const Shapes& outputs, std::uint64_t seed) {
  std::vector<Tensor> out;
  Rng rng(seed);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Shape& shape = outputs[i];
    const std::string loss = loss_name(model, i);
    const Shape labels = shape.slice(0, std::max(shape.rank() - 1, 1));
    if (loss.starts_with("Sparse")) {
      out.push_back(random_tensor(labels, DType::int32, shape.back(), rng));
    } else if (loss.starts_with("Categorical")) {
      const Tensor chosen = random_tensor(labels, DType::int32, shape.back(), rng);
      Tensor one_hot(shape);
      for (Dim k = 0; k < chosen.size(); ++k)
        one_hot.data()[k * shape.back() + chosen.data<std::int32_t>()[k]] = 1.0f;
      out.push_back(std::move(one_hot));
    } else if (loss.starts_with("Binary") || loss.find("Hinge") != std::string::npos) {
      out.push_back(random_tensor(shape, DType::float32, 2, rng));
    } else {
      out.push_back(random_tensor(shape, DType::float32, 0, rng));
    }
  }
  return out;
}

}  // namespace rhyton::cli
