#include "layers/preprocessing/augmentations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nn/raise.hpp"

namespace rhyton::detail {

namespace {

Json arguments_of(const std::string& class_name, const AugmentationArguments& a) {
  Json out = Json::object();
  ConfigWriter writer(out);
  writer("data_format", a.data_format);
  const auto moves = [&](std::initializer_list<const char*> factors) {
    for (const char* factor : factors) writer(factor, a.factor);
    writer("interpolation", a.interpolation);
  };
  if (class_name == "RandomShear") return moves({"x_factor", "y_factor"}), out;
  if (class_name == "RandomTranslation") return moves({"height_factor", "width_factor"}), out;
  if (class_name == "RandomRotation") return moves({"factor"}), out;
  writer("value_range", a.value_range);
  if (class_name == "Solarization")
    writer("addition_factor", a.factor)("threshold_factor", a.factor);
  else if (class_name == "RandomPosterization")  // a number of bits
    writer("factor", Factor(std::max(1.0, std::floor(8.0 * a.factor.high))));
  else if (class_name != "AutoContrast" && class_name != "Equalization")
    writer("factor", a.factor);
  return out;
}

}  // namespace

void expect_length(const Layer& owner, const char* argument, std::int64_t value) {
  constexpr std::int64_t most = 1000;
  if (value < 0 || value > most)
    raise<ValueError>("{}: `{}` must be from 0 to {}. Received: {}={}.", owner.label(), argument, most,
                      argument, value);
}

std::vector<LayerRef> make_augmentations(const Layer& owner, const std::vector<std::string>& class_names,
                                         const AugmentationArguments& arguments) {
  std::vector<LayerRef> out;
  for (const std::string& class_name : class_names) {
    Json config = arguments_of(class_name, arguments);
    config["name"] = fmt::format("{}/{}", owner.name(), snake_case(class_name));
    try {
      out.emplace_back(Registry<Layer>::global().make(class_name, config));
    } catch (const ValueError& error) {
      raise<ValueError>("{}: {}", owner.label(), error.what());
    }
  }
  return out;
}

Augmentations::Augmentations(const std::vector<LayerRef>& layers, const Shape& images,
                             const KernelOptions& options, const std::vector<std::size_t>& lengths,
                             bool gradients)
    : gradient_(images, options.dtype) {
  std::size_t longest = 0;
  for (const std::size_t length : lengths) {
    chains_.emplace_back(length);
    longest = std::max(longest, length);
  }
  stages_.resize(longest);
  RunOptions how;
  how.kernel = options;
  how.training = true;
  how.gradients = how.input_gradients = gradients;
  CallSpec spec;
  spec.inputs = {{images, DType::float32}};
  const SymbolicTensors x = placeholders(spec);
  for (const LayerRef& layer : layers) {
    const auto plan =
        std::make_shared<Plan>(x, SymbolicTensors{call_layer(layer, x, {""}, {{"training", true}})});
    runs_.push_back(std::make_unique<Run>(plan, Shapes{images}, how));
  }
  for (Tensor& stage : stages_) stage = Tensor(images, options.dtype);
}

Run& Augmentations::run(const Link& link, ConstView x) {
  Run& run = *runs_[link.layer];
  run.set_input(0, x);
  run.forward(link.seed);
  return run;
}

ConstView Augmentations::forward(std::size_t k, ConstView x) {
  const Chain& chain = chains_[k];
  for (std::size_t i = 0; i < chain.size(); ++i) {
    copy(run(chain[i], x).output(0), stages_[i].view());
    x = stages_[i];
  }
  return x;
}

ConstView Augmentations::backward(std::size_t k, ConstView x, ConstView dy) {
  const Chain& chain = chains_[k];
  forward(k, x);
  copy(dy, gradient_.view());
  for (std::size_t i = chain.size(); i-- > 0;) {
    Run& of = run(chain[i], i > 0 ? ConstView(stages_[i - 1]) : x);
    if (!of.output_gradient(0)) {  // steps, through which no gradient passes
      fill(gradient_.view(), 0.0);
      break;
    }
    copy(gradient_, of.output_gradient(0));
    of.backward();
    copy(of.input_gradient(0), gradient_.view());
  }
  return gradient_;
}

}  // namespace rhyton::detail
